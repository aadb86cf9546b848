// Turns the JSON Schema of the configuration into rows of a table: a key, what it takes, its default, what it is for.

/** A part of a JSON Schema, as far as it is looked at here. */
export interface Part {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly properties?: Readonly<Record<string, Part>>
  readonly items?: Part
  readonly anyOf?: readonly Part[]
}

/** One line of a reference. */
export interface Row {
  readonly key: string
  readonly takes: string
  readonly default: string
  readonly meaning: string
}

/** What has a place of its own on the page, told by its key: named there and not gone into. */
export type Elsewhere = (key: string, part: Part) => string | undefined

/** The rows of all that an object may hold, its inner objects included, keys with dots between. */
export function rowsOf(part: Part, elsewhere: Elsewhere, prefix = ''): readonly Row[] {
  return Object.entries(propertiesOf(part)).flatMap(([name, inner]) => {
    const key = `${prefix}${name}`
    const link = elsewhere(key, inner)
    const row = {
      key,
      takes: link ?? takes(inner),
      default: inner.default === undefined || isEmpty(inner.default) ? '' : code(inner.default),
      meaning: inner.description ?? '',
    }
    return link === undefined ? [row, ...rowsOf(inner, elsewhere, `${key}${isList(inner) ? '[]' : ''}.`)] : [row]
  })
}

/** What an object, the objects of a list, or the objects among several choices may hold. */
export function propertiesOf(part: Part): Readonly<Record<string, Part>> {
  const choices = [part, part.items, ...(part.anyOf ?? []), ...(part.items?.anyOf ?? [])]
  return Object.assign({}, ...choices.map((choice) => choice?.properties ?? choice?.items?.properties ?? {}))
}

/** A table in Markdown. */
export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(
    (row) => `| ${[`\`${row.key}\``, row.takes, row.default, row.meaning].map(cell).join(' | ')} |`,
  )
  return ['| key | takes | default | meaning |', '|---|---|---|---|', ...lines].join('\n')
}

/** What may stand behind a key, in a few words. */
export function takes(part: Part): string {
  if (part.anyOf) return [...new Set(part.anyOf.map(takes))].join(', or ')
  if (part.const !== undefined) return code(part.const)
  if (part.enum) return part.enum.map(code).join(', ')
  if (part.items || part.type === 'array')
    return part.items && !part.items.properties ? listWords(part.items) : 'a list'
  if (part.properties) return `keys ${Object.keys(part.properties).map(code).join(', ')}`
  if (Array.isArray(part.type)) return 'a number or a text'
  if (part.type === 'integer' || part.type === 'number') return numberWords(part)
  return part.type === 'boolean' ? '`true`, `false`' : 'a text'
}

function listWords(items: Part): string {
  if (items.anyOf?.some(({ properties }) => properties)) return 'a list'
  return items.enum ? `a list of ${takes(items)}` : 'a list of texts'
}

function numberWords({ minimum, maximum }: Part): string {
  const isBounded = minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER
  return isBounded ? `a number from ${minimum} to ${maximum}` : 'a number'
}

function isList(part: Part): boolean {
  return part.type === 'array' || part.items !== undefined
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

/** What a cell must not contain is written otherwise. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/<(?![a-z]+ ?\/?>)/g, '&lt;')
}
