// Status lines: +OK, -ERR and the continuation of AUTH, with their response codes (RFC 1939 §3, RFC 2449 §8, RFC 5034).

/** What a status line says: yes, no, or go on (AUTH only). */
export type StatusKind = 'ok' | 'err' | 'continue'

/** A status line. Its text is decoded when asked for, because of thousands of `+OK` nobody reads a word. */
export class Status {
  readonly kind: StatusKind
  readonly #text: Buffer

  constructor(kind: StatusKind, text: Buffer) {
    this.kind = kind
    this.#text = text
  }

  /** What follows the indicator, response code included. Written by the server: escape before printing. */
  get text(): string {
    return this.#text.toString('utf8').trim()
  }

  /** The same, one character per byte, for comparing with keys. */
  get latin1(): string {
    return this.#text.toString('latin1').trimStart()
  }

  /** The response code in upper case, such as `IN-USE` or `SYS/TEMP`. */
  get code(): string | undefined {
    return /^\[([^\]\s]{1,64})/.exec(this.text)?.[1]?.toUpperCase()
  }
}

const plus = 0x2b
const minus = 0x2d
const space = 0x20

/** Reads a status line without its line end; undefined when it is none. Case does not matter, text is optional. */
export function parseStatus(line: Buffer): Status | undefined {
  if (line[0] === plus) {
    if (spells(line, 'ok')) return new Status('ok', line.subarray(3))
    if (line.length === 1 || line[1] === space) return new Status('continue', line.subarray(2))
  }
  if (line[0] === minus && spells(line, 'err')) return new Status('err', line.subarray(4))
  return undefined
}

function spells(line: Buffer, word: string): boolean {
  if (line.length <= word.length) return false
  for (let i = 0; i < word.length; i += 1) if (((line[i + 1] ?? 0) | 0x20) !== word.charCodeAt(i)) return false
  return true
}
