// Writes the pages of docs/ that are made from the code: npm run reference.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderConfiguration } from './reference/configuration.ts'
import { renderErrors } from './reference/errors.ts'
import { renderProviders } from './reference/providers.ts'

/** Each page by its name in docs/, and what makes it. */
export const pages: Readonly<Record<string, () => string>> = {
  'configuration.md': renderConfiguration,
  'errors.md': renderErrors,
  'providers.md': renderProviders,
}

if (import.meta.main)
  for (const [name, render] of Object.entries(pages))
    writeFileSync(join(import.meta.dirname, '../docs', name), render())
