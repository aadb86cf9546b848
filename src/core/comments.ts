// Takes comments out of structured header values (RFC 5322 §3.2.2).

const text = /[^()"\\]+/y

/**
 * The value with every comment replaced by one space, nested ones included. Parentheses in quoted strings stay, and so
 * do those without a partner: hostile values cost time in proportion to their length and nothing else.
 */
export function withoutComments(value: string): string {
  if (!value.includes('(')) return value
  const kept: string[] = []
  // Where in `kept` each open parenthesis stands.
  const open: number[] = []
  for (let at = 0; at < value.length; ) {
    const piece = value.slice(at, at + pieceLength(value, at, open.length > 0))
    at += piece.length
    const start = piece === ')' ? open.pop() : undefined
    if (start !== undefined) kept.length = start
    if (piece === '(') open.push(kept.length)
    kept.push(start === undefined ? piece : ' ')
  }
  return kept.join('')
}

/** How long a piece is: text without any meaning, a quoted string, a quoted pair, or one character. */
function pieceLength(value: string, from: number, isInComment: boolean): number {
  text.lastIndex = from
  if (text.test(value)) return text.lastIndex - from
  if (value[from] === '\\') return 2
  return value[from] === '"' && !isInComment ? quotedLength(value, from) : 1
}

/** How long the quoted string is that begins here: 1, the quote alone, if it never ends (RFC 5322 §3.2.4). */
export function quotedLength(value: string, from: number): number {
  for (let at = from + 1; at < value.length; at += 1) {
    if (value[at] === '\\') at += 1
    else if (value[at] === '"') return at + 1 - from
  }
  return 1
}
