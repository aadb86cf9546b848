// docs/configuration.md: every key there is, made from the schema that checks it.
import { jsonSchema } from '../../src/config/json-schema.ts'
import { cell, type Part, propertiesOf, rowsOf, tableOf, takes } from './schema-rows.ts'

const head = `# Configuration

Every key that a configuration may hold. Made by \`npm run generate\` from the schema that checks it, so it says what this
version takes; editors know the same by [config.schema.json](../configs/config.schema.json). What a file says that is not here is refused, all problems at
once, each with its line and what was probably meant.

mailhaul looks for \`./mailhaul.yaml\`, then \`$XDG_CONFIG_HOME/mailhaul/config.yaml\` (\`~/.config\` where that is not set);
\`--config FILE\` names another. Paths in it are relative to the file; \`~\` is the home directory. The smallest one:

\`\`\`yaml
pairs:
  - name: alice
    source: { host: pop.old.example, user: alice, password: { keyring: true } }
    destination: { host: imap.new.example, user: alice@new.example, password: { keyring: true } }
\`\`\`

Samples for many a purpose are in [configs/](../configs/).
`

/** The page as a whole. */
export function renderConfiguration(): string {
  const root: Part = jsonSchema()
  const pairs = part(root, 'pairs')
  const pair = pairs.anyOf?.find(({ items }) => items) ?? pairs
  const source = part(pair, 'source')
  const destination = part(pair, 'destination')
  const shared = Object.keys(propertiesOf(source)).filter(
    (key) => JSON.stringify(propertiesOf(source)[key]) === JSON.stringify(propertiesOf(destination)[key]),
  )
  const secret = part(source, 'password')
  return [
    head,
    section(
      'At the top',
      root,
      (key) =>
        ({
          pairs: '[a list](#each-of-pairs), or `{ csv: PATH }`: [a list of accounts](many-accounts.md)',
          defaults: '[keys of a pair](#defaults)',
        })[key],
    ),
    '## Defaults\n\nWhat stands under `defaults` holds for every pair that does not say otherwise: the keys of [a pair](#each-of-pairs), without its name. Lists are replaced as a whole.\n',
    section(
      'Each of pairs',
      pair,
      (key) => ({ source: '[the POP3 end](#both-ends)', destination: '[the IMAP end](#both-ends)' })[key],
    ),
    section(
      'Both ends',
      only(source, (key) => shared.includes(key)),
      (key) => ({ auth: '[OAuth](#sign-in-with-oauth-20)' })[key],
    ),
    section(
      'Only at the source',
      only(source, (key) => !shared.includes(key)),
    ),
    section(
      'Only at the destination',
      only(destination, (key) => !shared.includes(key)),
    ),
    section('Sign in with OAuth 2.0', part(source, 'auth')),
    `## Passwords and other secrets\n\nA password is written as one of these; [where secrets live](where-secrets-live.md) says which one is for whom.\n\n${secretTable(secret)}\n`,
  ].join('\n')
}

function section(title: string, of: Part, more: (key: string) => string | undefined = () => undefined): string {
  const rows = rowsOf(
    of,
    (key, inner) => more(key) ?? (isSecret(inner) ? '[a secret](#passwords-and-other-secrets)' : undefined),
  )
  return `## ${title}\n\n${tableOf(rows)}\n`
}

function part(of: Part, key: string): Part {
  const found = propertiesOf(of)[key]
  if (found === undefined) throw new Error(`The schema has no ${key}`)
  return found
}

function only(of: Part, holds: (key: string) => boolean): Part {
  return { properties: Object.fromEntries(Object.entries(propertiesOf(of)).filter(([key]) => holds(key))) }
}

/** Secrets have a form of their own wherever they stand: told by the environment as one of the choices. */
function isSecret({ anyOf = [] }: Part): boolean {
  return anyOf.some(({ properties = {} }) => 'env' in properties)
}

function secretTable({ anyOf = [] }: Part): string {
  const rows = anyOf.map((choice) => {
    const [key, inner] = Object.entries(choice.properties ?? {})[0] ?? []
    const form = key === undefined || inner === undefined ? 'a text' : `\`{ ${key}: … }\``
    return `| ${[form, inner === undefined ? '' : takes(inner), choice.description ?? ''].map(cell).join(' | ')} |`
  })
  return ['| form | takes | where it is kept |', '|---|---|---|', ...rows].join('\n')
}
