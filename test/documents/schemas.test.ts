// Every document has a published schema, and every golden file keeps to it.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type DocumentKind, documentSchemas, jsonSchemaOf } from '../../src/documents/schemas.ts'
import { assertOutput } from './strict.ts'

const root = join(import.meta.dirname, '../..')
const kinds = Object.keys(documentSchemas) as DocumentKind[]

test('every schema names its kind and the version of the format', () => {
  for (const kind of kinds) {
    const text = JSON.stringify(jsonSchemaOf(kind))
    assert.ok(text.includes(`"const":"${kind}"`) && text.includes('"format"'), kind)
    assert.ok(!text.includes('additionalProperties":false'))
  }
})

test('every golden file of a document keeps to its schema', () => {
  const directory = join(root, 'test/golden/reporters')
  const files = readdirSync(directory).filter((name) => /\.jsonl?$/.test(name))
  assert.ok(files.length >= 8)
  for (const name of files) assertOutput(readFileSync(join(directory, name), 'utf8'))
})
