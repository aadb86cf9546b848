// Reads commands off an IMAP connection: the first line, and the arguments with the literals in them.

import {
  type ImapToken,
  type ImapValue,
  type LiteralMark,
  nest,
  parseSegment,
  type Segment,
  stringToken,
} from './imap-parser.ts'
import type { ImapSession } from './imap-session.ts'

/** The first line of a command: `rest` is what stands behind the verb. */
export type CommandStart = {
  readonly tag: string
  /** In capitals; `UID FETCH` and its like are one verb. */
  readonly verb: string
  readonly line: string
  readonly rest: Segment
}

const LONGEST_ARGUMENT = 1024 * 1024

/** Waits for the first line of the next command; undefined when it is malformed. */
export async function readCommandStart(session: ImapSession): Promise<CommandStart | undefined> {
  const bytes = await session.socket.readLine()
  const segment = parseSegment(bytes)
  const [tag, verb, second] = segment?.tokens ?? []
  if (!segment || tag?.kind !== 'atom' || verb?.kind !== 'atom') return undefined
  const isUid = verb.text.toUpperCase() === 'UID' && second?.kind === 'atom'
  return {
    tag: tag.text,
    verb: (isUid ? `UID ${second.text}` : verb.text).toUpperCase(),
    line: bytes.toString('latin1'),
    rest: { tokens: segment.tokens.slice(isUid ? 3 : 2), literal: segment.literal },
  }
}

/** Reads a command to its end, accepting every literal in it; undefined when it is malformed. */
export async function readArguments(session: ImapSession, first: Segment): Promise<ImapValue[] | undefined> {
  const tokens: ImapToken[] = [...first.tokens]
  let segment: Segment | undefined = first
  while (segment?.literal) {
    tokens.push(stringToken(await readArgument(session, segment.literal)))
    segment = parseSegment(await session.socket.readLine())
    tokens.push(...(segment?.tokens ?? []))
  }
  return segment && nest(tokens)
}

/** Reads a literal that is an argument, not a message. */
export async function readArgument(session: ImapSession, mark: LiteralMark): Promise<Buffer> {
  if (mark.size > LONGEST_ARGUMENT || !isWelcome(session, mark)) return refuseLiteral(session)
  if (mark.isSynchronising) await session.socket.send('+ OK\r\n')
  return session.socket.readBytes(mark.size)
}

/** Whether the capabilities allow a literal to be announced like this (RFC 7888 §5). */
export function isWelcome(session: ImapSession, mark: LiteralMark): boolean {
  if (mark.isSynchronising || session.has('LITERAL+')) return true
  return mark.size <= 4096 && (session.has('LITERAL-') || session.has('IMAP4rev2'))
}

/** What is left to do about a literal that was announced against the rules: its bytes cannot be told from commands. */
export async function refuseLiteral(session: ImapSession): Promise<never> {
  await session.untagged('BYE [TOOBIG] Literal not allowed')
  return session.socket.end()
}
