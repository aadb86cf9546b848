// Pages that are made from the code say what the code says.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pages } from '../../scripts/reference.ts'

for (const [name, render] of Object.entries(pages)) {
  test(`docs/${name} is what npm run reference writes`, () => {
    assert.equal(readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8'), render())
  })
}
