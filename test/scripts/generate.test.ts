// Files that are made from the code say what the code says, and no others lie among them.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { generated } from '../../scripts/generate.ts'

const root = join(import.meta.dirname, '../..')

for (const [path, render] of Object.entries(generated)) {
  test(`${path} is what npm run generate writes`, () => {
    assert.ok(readFileSync(join(root, path), 'utf8') === render(), `npm run generate writes ${path} anew`)
  })
}

test('docs/schemas holds nothing else', () => {
  const schemas = Object.keys(generated).filter((path) => path.startsWith('docs/schemas/'))
  assert.deepEqual(readdirSync(join(root, 'docs/schemas')).toSorted(), schemas.map((path) => basename(path)).toSorted())
})
