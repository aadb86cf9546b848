// Feeds bytes to a reply reader in pieces of any kind and writes down what comes out, in a form that can be compared.
import { MailhaulError } from '../../../src/core/errors.ts'
import type { DotReading } from '../../../src/sources/pop3/content.ts'
import type { ReplyTaker } from '../../../src/sources/pop3/reply.ts'
import { ReplyReader } from '../../../src/sources/pop3/wire.ts'

/** What is expected next: a kind of reply, as the command behind it would. */
export type Expected =
  | { readonly follows: 'nothing'; readonly continues?: boolean }
  | { readonly follows: 'lines' }
  | { readonly follows: 'content'; readonly dotReading?: DotReading }

/** One reply as it came out; bytes as latin1. */
export interface Heard {
  status?: string
  lines?: string[]
  content?: string
  framing?: string
  lost?: string
}

/** Everything that came out of some bytes. */
export interface Transcript {
  readonly replies: Heard[]
  /** The code and message of the error that ended it. */
  readonly error: string | undefined
  readonly pending: number
}

/** Reads `chunks` with these replies expected. Anything thrown but a MailhaulError is let through. */
export function transcribe(chunks: Iterable<Uint8Array>, expected: readonly Expected[], mostLines = 1000): Transcript {
  const reader = new ReplyReader()
  const replies: Heard[] = []
  for (const one of expected) {
    const heard: Heard = {}
    replies.push(heard)
    reader.expect(takerFor(one, heard, mostLines))
  }
  let error: string | undefined
  try {
    for (const chunk of chunks) reader.push(Buffer.from(chunk))
  } catch (thrown) {
    if (!(thrown instanceof MailhaulError)) throw thrown
    error = `${thrown.code}: ${thrown.message}`
    reader.lose(thrown)
  }
  return { replies, error, pending: reader.pending }
}

function takerFor(expected: Expected, heard: Heard, mostLines: number): ReplyTaker {
  const lost = (reason: MailhaulError) => {
    heard.lost = reason.code
  }
  const status = ({ kind, text }: { kind: string; text: string }) => {
    heard.status = text === '' ? kind : `${kind} ${text}`
  }
  switch (expected.follows) {
    case 'nothing':
      return { ...expected, status, lost }
    case 'lines':
      return {
        follows: 'lines',
        mostLines,
        status,
        lost,
        line: (line) => {
          heard.lines = [...(heard.lines ?? []), line.toString('latin1')]
        },
        end: () => {
          heard.lines ??= []
        },
      }
    case 'content':
      return {
        follows: 'content',
        dotReading: expected.dotReading ?? 'strip',
        status,
        lost,
        content: (piece) => {
          heard.content = (heard.content ?? '') + piece.toString('latin1')
          return undefined
        },
        end: ({ octets, stuffedOctets, leadingDot }) => {
          heard.content ??= ''
          heard.framing = `${octets}/${stuffedOctets} ${leadingDot}`
        },
      }
  }
}

/** The bytes in one piece, cut in two at every place, and byte by byte. */
export function* everyCut(text: string): Generator<Buffer[]> {
  const bytes = Buffer.from(text, 'latin1')
  yield [bytes]
  for (let at = 1; at < bytes.length; at += 1) yield [bytes.subarray(0, at), bytes.subarray(at)]
  yield Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
}

/** Cuts bytes into pieces of these lengths, over and over. */
export function cutInto(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = Math.max(1, lengths[turn % Math.max(1, lengths.length)] ?? 1)
    pieces.push(bytes.subarray(at, at + length))
    at += length
  }
  return pieces
}
