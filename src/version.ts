// The version of this package, read from where it is declared.
import { readFileSync } from 'node:fs'

const declared: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** As in package.json. */
export const version: string =
  typeof declared === 'object' && declared !== null && 'version' in declared ? String(declared.version) : 'unknown'
