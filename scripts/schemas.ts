// Writes docs/schemas: the JSON Schema of every document that mailhaul prints.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { documentSchemas, jsonSchemaOf } from '../src/documents/schemas.ts'

const directory = join(import.meta.dirname, '../docs/schemas')
mkdirSync(directory, { recursive: true })
for (const kind of Object.keys(documentSchemas) as (keyof typeof documentSchemas)[]) {
  writeFileSync(join(directory, `${kind}.schema.json`), `${JSON.stringify(jsonSchemaOf(kind), null, 2)}\n`)
}
