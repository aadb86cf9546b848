// Did-you-mean: what was probably meant, and when to keep quiet.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { suggest } from '../../src/core/suggest.ts'

describe('did you mean', () => {
  const keys = ['host', 'port', 'tls', 'allowPlaintext', 'user', 'password', 'leave']
  it('finds what was probably meant, and keeps quiet otherwise', () => {
    const rows = [
      ['hots', 'host'],
      ['Host', 'host'],
      ['username', 'user'],
      ['pass', 'password'],
      ['passwort', 'password'],
      ['allow_plaintext', 'allowPlaintext'],
      ['prot', 'port'],
      ['ssl', undefined],
      ['x', undefined],
      ['', undefined],
      ['zebra', undefined],
    ] as const
    for (const [written, meant] of rows) assert.equal(suggest(written, keys), meant, written)
  })
})
