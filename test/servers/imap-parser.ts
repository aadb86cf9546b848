// The grammar of IMAP commands: a line becomes tokens, tokens become values (RFC 3501 §9).

/** An argument of a command. */
export type ImapValue = ImapAtom | ImapString | ImapList

/** An unquoted word, flags and fetch items included. */
export type ImapAtom = { readonly kind: 'atom'; readonly text: string }

/** A quoted string or the content of a literal. */
export type ImapString = { readonly kind: 'string'; readonly bytes: Buffer }

/** A parenthesised list. */
export type ImapList = { readonly kind: 'list'; readonly items: readonly ImapValue[] }

/** The announcement of a literal at the end of a line (RFC 7888; `~` is RFC 3516's literal8). */
export type LiteralMark = { readonly size: number; readonly isSynchronising: boolean; readonly isBinary: boolean }

/** One line of a command: its tokens, and the literal that follows the line, if one does. */
export type Segment = { readonly tokens: readonly ImapToken[]; readonly literal: LiteralMark | undefined }

/** A value, or a parenthesis that has not found its partner yet. */
export type ImapToken = ImapAtom | ImapString | { readonly kind: 'open' } | { readonly kind: 'close' }

const LITERAL = /(~?)\{(\d+)(\+?)\}$/
// A fetch section such as BODY[HEADER.FIELDS (A B)]<0.99> is one token although it has blanks in it.
const TOKEN = / +|([()])|"((?:[^"\\]|\\.)*)"|((?:BODY|BINARY)[A-Z.]*\[[^\]]*\](?:<[\d.]*>)?|[^ ()"]+)/iy

/** Splits one line of a command; undefined when it is malformed. */
export function parseSegment(line: Buffer): Segment | undefined {
  const text = line.toString('latin1')
  const mark = LITERAL.exec(text)
  const end = mark ? mark.index : text.length
  const tokens: ImapToken[] = []
  const pattern = new RegExp(TOKEN)
  while (pattern.lastIndex < end) {
    const [, parenthesis, quoted, atom] = pattern.exec(text.slice(0, end)) ?? []
    if (pattern.lastIndex === 0) return undefined
    if (parenthesis) tokens.push({ kind: parenthesis === '(' ? 'open' : 'close' })
    else if (quoted !== undefined) tokens.push(stringToken(quoted.replace(/\\(.)/g, '$1')))
    else if (atom) tokens.push({ kind: 'atom', text: atom })
  }
  return { tokens, literal: mark ? literalMark(mark) : undefined }
}

/** Turns parentheses into lists; undefined when they do not match. */
export function nest(tokens: readonly ImapToken[]): ImapValue[] | undefined {
  const levels: ImapValue[][] = [[]]
  for (const token of tokens) {
    if (token.kind === 'open') {
      levels.push([])
    } else if (token.kind === 'close') {
      const items = levels.pop() ?? []
      const outer = levels.at(-1)
      if (!outer) return undefined
      outer.push({ kind: 'list', items })
    } else {
      levels.at(-1)?.push(token)
    }
  }
  return levels.length === 1 ? levels[0] : undefined
}

/** A string token with the given bytes. */
export function stringToken(content: string | Buffer): ImapString {
  return { kind: 'string', bytes: typeof content === 'string' ? Buffer.from(content, 'latin1') : content }
}

/** The text of an atom or a string (as UTF-8); undefined for a list or for nothing. */
export function textOf(value: ImapValue | undefined): string | undefined {
  if (value?.kind === 'atom') return value.text
  return value?.kind === 'string' ? value.bytes.toString('utf8') : undefined
}

/** The atoms of a list, or of a single atom standing for a list of one. */
export function wordsOf(value: ImapValue | undefined): string[] {
  if (!value) return []
  if (value.kind === 'list') return value.items.flatMap(wordsOf)
  return [textOf(value) ?? '']
}

/** A quoted string, for answers. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

function literalMark([, binary, size, plus]: RegExpExecArray): LiteralMark {
  return { size: Number(size), isSynchronising: plus === '', isBinary: binary === '~' }
}
