// Writes every file that is made from the code: npm run generate.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jsonSchema } from '../src/config/json-schema.ts'
import { type DocumentKind, documentSchemas, jsonSchemaOf } from '../src/documents/schemas.ts'
import { renderConfiguration } from './pages/configuration.ts'
import { renderErrors } from './pages/errors.ts'
import { manualPage } from './pages/manual.ts'
import { renderProviders } from './pages/providers.ts'
import { renderQuirks } from './pages/quirks.ts'

const schemas = Object.keys(documentSchemas) as DocumentKind[]

/** Each file by its path in the repository, and what makes it. */
export const generated: Readonly<Record<string, () => string>> = {
  'docs/configuration.md': renderConfiguration,
  'docs/errors.md': renderErrors,
  'docs/providers.md': renderProviders,
  'docs/quirks.md': renderQuirks,
  'docs/mailhaul.1': manualPage,
  'configs/config.schema.json': () => json(jsonSchema()),
  ...Object.fromEntries(schemas.map((kind) => [`docs/schemas/${kind}.schema.json`, () => json(jsonSchemaOf(kind))])),
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

if (import.meta.main)
  for (const [path, render] of Object.entries(generated)) writeFileSync(join(import.meta.dirname, '..', path), render())
