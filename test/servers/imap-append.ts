// APPEND of the IMAP test server: literals of every kind, MULTIAPPEND, and all the ways in which it can end badly.

import { createHash } from 'node:crypto'
import { storeAll } from './imap-append-store.ts'
import { parseDateTime } from './imap-date.ts'
import type { AppendedMessage, AppendFault } from './imap-faults.ts'
import { parseFlags } from './imap-flags.ts'
import {
  type ImapValue,
  type LiteralMark,
  nest,
  parseSegment,
  type Segment,
  stringToken,
  textOf,
  wordsOf,
} from './imap-parser.ts'
import { isWelcome, readArgument, refuseLiteral } from './imap-reader.ts'
import type { AppendRecord, ImapSession } from './imap-session.ts'
import type { LineSocket } from './line-socket.ts'
import type { Folder } from './mailbox-store.ts'

/** One message of an APPEND, received. */
export type AppendPart = {
  readonly info: AppendedMessage
  readonly bytes: Buffer
  readonly flags: readonly string[]
  readonly internalDate: string | undefined
  readonly fault: AppendFault | undefined
}

/** APPEND (RFC 3501 §6.3.11, RFC 3502, RFC 7888, RFC 7889), from behind its verb to its tagged answer. */
export async function append(session: ImapSession, tag: string, first: Segment): Promise<void> {
  const { name, segment } = splitMailbox(first) ?? (await readMailbox(session, first.literal))
  const path = session.pathOf(name)
  const folder = path === undefined ? undefined : session.account?.find(path)
  const command = new AppendCommand(session, tag, folder, path ?? '')
  if (!(await command.receive(segment))) return
  await storeAll(session, tag, command)
}

type Target = { readonly name: ImapValue | undefined; readonly segment: Segment | undefined }

function splitMailbox(first: Segment): Target | undefined {
  const [name, ...tokens] = first.tokens
  return name?.kind === 'atom' || name?.kind === 'string' ? { name, segment: { ...first, tokens } } : undefined
}

async function readMailbox(session: ImapSession, literal: LiteralMark | undefined): Promise<Target> {
  if (!literal) return { name: undefined, segment: undefined }
  const name = stringToken(await readArgument(session, literal))
  return { name, segment: parseSegment(await session.socket.readLine()) }
}

/** An APPEND on its way in. */
export class AppendCommand {
  readonly folder: Folder | undefined
  readonly record: AppendRecord
  readonly parts: AppendPart[] = []
  /** The answer without its tag, once it is clear that nothing will be stored. */
  refusal: string | undefined
  readonly #session: ImapSession
  readonly #tag: string

  constructor(session: ImapSession, tag: string, folder: Folder | undefined, path: string) {
    this.#session = session
    this.#tag = tag
    this.folder = folder
    this.record = { user: session.account?.user ?? '', folder: path, literals: [], uids: [] }
    session.shared.appends.push(this.record)
  }

  /** Takes in all messages; false when the command has been answered already. */
  async receive(first: Segment | undefined): Promise<boolean> {
    let segment = first
    do {
      if (!segment?.literal) {
        await this.#session.complete(this.#tag, 'BAD APPEND needs a literal')
        return false
      }
      if (!(await this.#receivePart(segment, segment.literal))) return false
      segment = parseSegment(await this.#session.socket.readLine())
    } while (!segment || segment.literal || segment.tokens.length > 0)
    return true
  }

  async #receivePart(segment: Segment, mark: LiteralMark): Promise<boolean> {
    const { socket } = this.#session
    const info = this.#announce(mark)
    const fault = this.#session.faults.append?.(info)
    if (fault?.kind === 'drop' && fault.at === 'before-literal') return socket.end(fault.how)
    const [flags, internalDate] = this.#parseArguments(segment)
    this.refusal ??= this.#earlyRefusal(mark, fault)
    if (mark.isSynchronising) {
      if (this.refusal) {
        await this.#session.complete(this.#tag, this.refusal)
        return false
      }
      await this.#session.held('+')
      await socket.send('+ OK\r\n')
    } else if (!isWelcome(this.#session, mark)) {
      return refuseLiteral(this.#session)
    }
    if (this.refusal) {
      await this.#skip(mark)
      return true
    }
    const bytes = await this.#receiveLiteral(mark, fault)
    this.parts.push({ info, bytes, flags, internalDate, fault })
    return true
  }

  #announce(mark: LiteralMark): AppendedMessage {
    const { shared, account } = this.#session
    this.record.literals.push(mark.isSynchronising ? 'synchronising' : 'non-synchronising')
    return {
      user: account?.user ?? '',
      folder: this.record.folder,
      size: mark.size,
      index: ++shared.messagesOffered,
      command: shared.appends.length,
      part: this.record.literals.length,
    }
  }

  #parseArguments(segment: Segment): [flags: readonly string[], internalDate: string | undefined] {
    const values = [...(nest(segment.tokens) ?? [])]
    const flags = parseFlags(values[0]?.kind === 'list' ? wordsOf(values.shift()) : [])
    const internalDate = textOf(values.shift())
    const isDateValid = internalDate === undefined || parseDateTime(internalDate) !== undefined
    if (!flags || !isDateValid || values.length > 0) this.refusal ??= 'BAD Invalid flags or date'
    const kept = this.#session.faults.permanentFlags
    return [(flags ?? []).filter((flag) => !kept || kept.includes(flag)), internalDate]
  }

  #earlyRefusal(mark: LiteralMark, fault: AppendFault | undefined): string | undefined {
    const session = this.#session
    const { appendLimit } = session
    if (fault?.kind === 'refuse' && fault.when !== 'after-literal') return fault.text
    if (this.record.literals.length > 1 && !session.has('MULTIAPPEND')) return 'BAD One message at a time'
    if (mark.isBinary && !session.has('BINARY')) return 'BAD literal8 is not supported'
    if (!this.folder) return 'NO [TRYCREATE] Mailbox does not exist'
    if (session.faults.isReadOnly) return 'NO [READ-ONLY] Mailbox is read-only'
    if (appendLimit !== undefined && mark.size > appendLimit) return 'NO [TOOBIG] Message is too big'
    return this.#isOverQuota(mark.size) ? 'NO [OVERQUOTA] Quota exceeded' : undefined
  }

  #isOverQuota(size: number): boolean {
    const { account } = this.#session
    if (!account?.quota) return false
    const usage = account.usage()
    const octets = this.parts.reduce((sum, part) => sum + part.bytes.length, usage.octets + size)
    const messages = usage.messages + this.parts.length + 1
    return octets > (account.quota.octets ?? Infinity) || messages > (account.quota.messages ?? Infinity)
  }

  async #skip(mark: LiteralMark): Promise<void> {
    const { faults, socket } = this.#session
    if (faults.oversizedLiteral === 'disconnects' && this.refusal?.includes('[TOOBIG]')) {
      await this.#session.complete(this.#tag, this.refusal)
      await this.#session.untagged('BYE Literal too big')
      await socket.end()
    }
    await socket.skipBytes(mark.size)
  }

  async #receiveLiteral(mark: LiteralMark, fault: AppendFault | undefined): Promise<Buffer> {
    const { socket, faults } = this.#session
    if (fault?.kind === 'drop' && typeof fault.at === 'number') {
      await socket.skipBytes(Math.min(fault.at, mark.size))
      await fault.gate?.pass()
      return socket.end(fault.how)
    }
    const bytes = faults.keepsDigests ? await digestOf(socket, mark.size) : await socket.readBytes(mark.size)
    if (fault?.kind !== 'drop') return bytes
    await fault.gate?.pass()
    return socket.end(fault.how)
  }
}

async function digestOf(socket: LineSocket, size: number): Promise<Buffer> {
  const hash = createHash('sha256')
  await socket.consume(size, (piece) => hash.update(piece))
  return Buffer.from(hash.digest('hex'))
}
