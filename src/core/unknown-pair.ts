// The error for a name that no pair has, with the one that was probably meant.
import { MailhaulError } from './errors.ts'
import { suggest } from './suggest.ts'

/** So many names are listed at most. */
const mostNames = 10

/** `where`: who has no such pair, such as `The configuration has`. Error code: usage. */
export function unknownPair(name: string, names: readonly string[], where = 'The configuration has'): MailhaulError {
  const near = suggest(name, names)
  const known = names.slice(0, mostNames)
  const more = names.length > known.length ? `, and ${names.length - known.length} more` : ''
  const all = names.length === 0 ? 'It has none.' : `It has: ${known.join(', ')}${more}.`
  return new MailhaulError({
    code: 'usage',
    scope: 'run',
    retry: 'never',
    message: `${where} no pair called ${JSON.stringify(name)}.`,
    hint: near === undefined ? all : `Did you mean ${near}? ${all}`,
  })
}
