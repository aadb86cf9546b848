// Repairs of messages that a destination refuses as they are: only those that somebody asked for, only after a refusal.
import { encodeHeaderLine } from './encoded-words.ts'
import type { ErrorCode } from './errors.ts'
import { createFingerprinter } from './fingerprint.ts'
import type { Fingerprints, Message } from './message.ts'

type Chunks = AsyncIterable<Uint8Array>

/** Every repair there is, in the order in which they are made; each is named after the refusal that it answers. */
export const repairNames = ['nul', 'bare-newlines', '8bit-headers', 'long-lines'] as const

/** The name of a repair. */
export type Repair = (typeof repairNames)[number]

/** Whether there is a repair of this name. */
export function isRepair(name: string): name is Repair {
  return repairNames.some((repair) => repair === name)
}

/** What was sent in place of the bytes retrieved. */
export interface Sent {
  readonly size: number
  readonly fingerprints: Fingerprints
  readonly repairs: readonly Repair[]
}

/** The repair for a refusal with this code, where it is allowed and has not been made yet. */
export function repairFor(
  code: ErrorCode | undefined,
  allowed: readonly Repair[],
  made: readonly Repair[],
): Repair | undefined {
  return allowed.find((repair) => repair === code && !made.includes(repair))
}

/** Size and fingerprints of what lies at the destination: what was sent, where that was not the message itself. */
export function asSent<Size extends number | undefined, Prints extends Fingerprints | undefined>(row: {
  readonly size: Size
  readonly fingerprints: Prints
  readonly sent?: Sent | undefined
}): { readonly size: Size | number; readonly fingerprints: Prints | Fingerprints } {
  return row.sent ?? row
}

/** The message as it is after these repairs. Its bytes are made anew from the original's whenever they are read. */
export async function repaired(message: Message, repairs: readonly Repair[]): Promise<Message> {
  const chunks = () => {
    let made: Chunks = message.chunks()
    for (const repair of repairNames) if (repairs.includes(repair)) made = stages[repair](made)
    return made
  }
  const fingerprinter = createFingerprinter()
  for await (const chunk of chunks()) fingerprinter.update(chunk)
  return { ...fingerprinter.finish(), bytes: undefined, chunks, release: () => undefined }
}

const stages: Readonly<Record<Repair, (chunks: Chunks) => Chunks>> = {
  nul: withoutNul,
  'bare-newlines': withWholeLineEnds,
  '8bit-headers': (chunks) => byLine(chunks, (line, isHeader) => (isHeader ? encodeHeaderLine(line) : line)),
  'long-lines': (chunks) => byLine(chunks, (line, isHeader) => (isHeader ? foldedLine(line) : brokenLine(line)), true),
}

const nul = 0x00
const tab = 0x09
const lineFeed = 0x0a
const carriageReturn = 0x0d
const space = 0x20
/** Octets of a line without its end (RFC 5322 §2.1.1). */
const longestLine = 998
/** No line is held longer than this: what exceeds it goes on as if a line of its own. */
const longestHeld = 64 * 1024

/** NUL becomes 0x80, as Dovecot shows it (quirk B14): every octet keeps its place, and the canonical form stays the same. */
async function* withoutNul(chunks: Chunks): Chunks {
  for await (const chunk of chunks) {
    yield chunk.includes(nul) ? Uint8Array.from(chunk, (byte) => (byte === nul ? 0x80 : byte)) : chunk
  }
}

/**
 * A LF with all CRs right before it becomes one CRLF, as Dovecot stores it (quirk B15). A CR inside of a body line ends
 * it; inside of a header line, where a new line would make another field, it becomes a blank.
 */
async function* withWholeLineEnds(chunks: Chunks): Chunks {
  let returns = 0
  let isHeader = true
  let isLineStart = true
  for await (const chunk of chunks) {
    const out: number[] = []
    for (const byte of chunk) {
      if (byte === carriageReturn) returns += 1
      else if (byte === lineFeed) {
        out.push(carriageReturn, lineFeed)
        if (isLineStart) isHeader = false
        returns = 0
        isLineStart = true
      } else {
        for (; returns > 0; returns -= 1) out.push(...(isHeader ? [space] : [carriageReturn, lineFeed]))
        out.push(byte)
        isLineStart = false
      }
    }
    yield Uint8Array.from(out)
  }
  if (returns > 0) yield Uint8Array.of(carriageReturn, lineFeed)
}

/** Hands every line over without its end, the line that ends the header block included, and puts CRLF or LF behind it. */
async function* byLine(
  chunks: Chunks,
  edit: (line: Uint8Array, isHeader: boolean) => Uint8Array,
  endsPieces = false,
): Chunks {
  let held: Uint8Array = new Uint8Array(0)
  let isHeader = true
  for await (const chunk of chunks) {
    held = held.length === 0 ? chunk.slice() : Buffer.concat([held, chunk])
    let from = 0
    for (let end = held.indexOf(lineFeed); end !== -1; end = held.indexOf(lineFeed, from)) {
      const textEnd = end > from && held[end - 1] === carriageReturn ? end - 1 : end
      if (textEnd === from) isHeader = false
      yield edit(held.subarray(from, textEnd), isHeader)
      yield held.subarray(textEnd, end + 1)
      from = end + 1
    }
    held = held.subarray(from)
    // Bounded: a line without end is edited piece by piece, but never cut between a CR and its LF.
    while (held.length > longestHeld) {
      yield edit(held.subarray(0, longestHeld - 1), isHeader)
      if (endsPieces) yield Buffer.from(isHeader ? '\r\n ' : '\r\n')
      held = held.subarray(longestHeld - 1)
    }
  }
  if (held.length > 0) yield edit(held, isHeader)
}

/** A header line is folded before a blank, which is no change of its value (RFC 5322 §2.2.3); else a blank comes in. */
function foldedLine(line: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = []
  let rest = line
  while (rest.length > longestLine) {
    let at = longestLine
    while (at > 1 && rest[at] !== space && rest[at] !== tab) at -= 1
    const hasBlank = at > 1
    const end = hasBlank ? at : longestLine - 1
    pieces.push(rest.subarray(0, end), Buffer.from(hasBlank ? '\r\n' : '\r\n '))
    rest = rest.subarray(end)
  }
  return pieces.length === 0 ? line : Buffer.concat([...pieces, rest])
}

function brokenLine(line: Uint8Array): Uint8Array {
  if (line.length <= longestLine) return line
  const pieces: Uint8Array[] = []
  for (let at = 0; at < line.length; at += longestLine) {
    if (at > 0) pieces.push(Buffer.from('\r\n'))
    pieces.push(line.subarray(at, at + longestLine))
  }
  return Buffer.concat(pieces)
}
