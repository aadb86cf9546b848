// What `npm run fuzz` repeats: the properties of everything that reads what others wrote.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzzedFiles } from '../../scripts/fuzz.ts'

test('the wire, the upload replies, headers, dates and configurations are fuzzed', () => {
  const files = fuzzedFiles()
  for (const file of [
    'test/sources/pop3/wire.test.ts',
    'test/sources/pop3/fuzz.test.ts',
    'test/destinations/imap/append-wire.test.ts',
    'test/core/headers.test.ts',
    'test/core/internal-date.test.ts',
    'test/config/check-anything.test.ts',
  ])
    assert.ok(files.includes(file), file)
})
