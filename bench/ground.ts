// Where a workload is run: two private Dovecots, full maildrops that nobody empties, and fresh accounts for every round.
import { createHash } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCorpus } from '../test/corpus/corpus.ts'
import { type DovecotServer, startDovecot } from '../test/live/dovecot.ts'
import { startProxy, type TcpProxy } from '../test/servers/proxy.ts'
import type { Round, RoundPair } from './contestants/contestant.ts'
import { retrieveAll } from './contestants/raw-replay.ts'
import { largeAfter, type Workload } from './workloads.ts'

const password = 'bench-secret-5d0'
const seed = 41

/** A maildrop and what is in it. */
interface Maildrop {
  readonly user: string
  readonly file: string
  readonly sizes: readonly number[]
  /** The SHA-256 of each message, in order. */
  readonly hashes: readonly string[]
}

/** What was found at the destination after a round. */
export interface Found {
  readonly expected: number
  readonly identical: number
  readonly extra: number
  readonly overtaking: number | null
}

/** The ground of one workload. */
export class Ground {
  readonly #workload: Workload
  readonly #source: DovecotServer
  readonly #destination: DovecotServer
  readonly #directory: string
  readonly #ports: { readonly pop3: number; readonly imap: number }
  readonly #proxies: readonly TcpProxy[]
  readonly #maildrops: readonly Maildrop[]
  #rounds = 0

  private constructor(
    workload: Workload,
    [source, destination]: readonly [DovecotServer, DovecotServer],
    directory: string,
    proxies: readonly TcpProxy[],
    maildrops: readonly Maildrop[],
  ) {
    this.#workload = workload
    this.#source = source
    this.#destination = destination
    this.#directory = directory
    this.#proxies = proxies
    this.#maildrops = maildrops
    const [pop3, imap] = proxies
    this.#ports = { pop3: pop3?.port ?? source.ports.pop3, imap: imap?.port ?? destination.ports.imap }
  }

  /** Starts everything, for at most so many rounds. The caller stops it. */
  static async lay(workload: Workload, rounds: number): Promise<Ground> {
    const users = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, index) => ({ name: `${prefix}${index}`, password }))
    const servers = [
      await startDovecot({ users: [...users('s', workload.pairs), { name: 'sample', password }] }),
      await startDovecot({
        users: Array.from({ length: rounds }, (_, index) => users(`r${index}p`, workload.pairs)).flat(),
        // As Dovecot comes: what it has accepted is on the disk.
        config: ['mail_fsync = optimized', workload.capability ? `imap_capability = ${workload.capability}` : ''].join(
          '\n',
        ),
      }),
    ] as const
    const [source, destination] = servers
    const directory = await mkdtemp(join(tmpdir(), 'mailhaul-bench-'))
    const maildrops = await fillMaildrops(workload, source, directory)
    const latency = workload.roundTrip / 2
    const between = (port: number) => startProxy({ target: { port }, up: { latency }, down: { latency } })
    const ends = [source.ports.pop3, destination.ports.imap]
    const proxies = latency > 0 ? await Promise.all(ends.map(between)) : []
    return new Ground(workload, servers, directory, proxies, maildrops)
  }

  /** Messages and bytes in all maildrops, without the sample. */
  get amount(): { readonly messages: number; readonly bytes: number } {
    const sizes = this.#maildrops.slice(0, this.#workload.pairs).flatMap((maildrop) => maildrop.sizes)
    return { messages: sizes.length, bytes: sizes.reduce((total, size) => total + size, 0) }
  }

  /** A round with accounts that nobody has used. */
  async newRound(isSampled: boolean): Promise<Round> {
    const number = this.#rounds++
    const { pairs, sample, pairsAtOnce = 1, limitConnections = 4, connections = 'auto', capability } = this.#workload
    const directory = join(this.#directory, `round${number}`)
    await mkdir(directory)
    const hasSample = isSampled && sample !== undefined
    const maildrops = hasSample ? this.#maildrops.slice(pairs) : this.#maildrops.slice(0, pairs)
    const pairOf = ({ user, file, sizes }: Maildrop, index: number): RoundPair => ({
      name: user,
      source: { port: this.#ports.pop3, user, password },
      destination: { port: this.#ports.imap, user: `r${number}p${index}`, password },
      file,
      sizes,
    })
    const hasMultiappend = capability === undefined
    return { directory, pairs: maildrops.map(pairOf), pairsAtOnce, limitConnections, connections, hasMultiappend }
  }

  /** Compares what is stored with the maildrops, as multisets of SHA-256. */
  async look(round: Round): Promise<Found> {
    const found = { expected: 0, identical: 0, extra: 0 }
    let overtaking: number | null = null
    for (const { name, destination } of round.pairs) {
      const expected = this.#maildrops.find(({ user }) => user === name)?.hashes ?? []
      const stored = (await this.#destination.messages(destination.user)).map(hashOf)
      const identical = countCommon(stored, expected)
      found.expected += expected.length
      found.identical += identical
      found.extra += stored.length - identical
      if (this.#workload.largeMegabytes !== undefined) overtaking = countOvertaking(stored, expected)
    }
    return { ...found, overtaking }
  }

  /** Removes what a round has left behind. */
  async clear(round: Round): Promise<void> {
    const homes = round.pairs.map(({ destination }) => this.#destination.mailDir(destination.user))
    await Promise.all([round.directory, ...homes].map((path) => rm(path, { recursive: true, force: true })))
  }

  async stop(): Promise<void> {
    for (const proxy of this.#proxies) await proxy.stop()
    await Promise.all([this.#source.stop(), this.#destination.stop()])
    await rm(this.#directory, { recursive: true, force: true })
  }
}

/** Makes the messages, and fetches them all once, so that nobody is the first to find an index to be built. */
async function fillMaildrops(workload: Workload, source: DovecotServer, directory: string): Promise<Maildrop[]> {
  const { pairs, messagesPerPair: count, averageSize, sample, largeMegabytes } = workload
  const maildrops: Maildrop[] = []
  const fill = async (user: string, messages: readonly Uint8Array[]) => {
    const file = join(directory, user)
    writeMessages(file, messages)
    await source.deliver(user, messages)
    await retrieveAll({ port: source.ports.pop3, user, password }, messages.length)
    maildrops.push({ user, file, sizes: messages.map(({ length }) => length), hashes: messages.map(hashOf) })
  }
  let first: readonly Uint8Array[] = []
  for (let index = 0; index < pairs; index++) {
    const messages = makeCorpus({ seed: seed + index, count, averageSize })
    if (largeMegabytes !== undefined) messages.splice(largeAfter, 0, largeMessage(largeMegabytes))
    if (index === 0) first = messages.slice(0, sample ?? 0)
    await fill(`s${index}`, messages)
  }
  if (first.length > 0) await fill('sample', first)
  return maildrops
}

function largeMessage(megabytes: number): Uint8Array {
  const header = 'Subject: large\r\nDate: Mon, 1 Jan 2018 00:00:00 +0000\r\n\r\n'
  const line = `${'0123456789'.repeat(7)}\r\n`
  return Buffer.from(header + line.repeat(Math.ceil((megabytes * 2 ** 20) / line.length)), 'latin1')
}

function writeMessages(file: string, messages: readonly Uint8Array[]): void {
  const descriptor = openSync(file, 'wx', 0o600)
  for (const bytes of messages) for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
  closeSync(descriptor)
}

/** Line ends are folded: Dovecot stores bare LF in a Maildir, and serves CRLF. */
function hashOf(bytes: Uint8Array): string {
  const folded = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1').replace(/\r*\n/g, '\n')
  return createHash('sha256').update(folded, 'latin1').digest('base64')
}

/** How many of those behind the large message were stored before it; null where it was not stored at all. */
function countOvertaking(stored: readonly string[], expected: readonly string[]): number | null {
  const at = stored.indexOf(expected[largeAfter] ?? '')
  return at < 0 ? null : countCommon(stored.slice(0, at), expected.slice(largeAfter + 1))
}

function countCommon(stored: readonly string[], expected: readonly string[]): number {
  const left = new Map<string, number>()
  for (const hash of expected) left.set(hash, (left.get(hash) ?? 0) + 1)
  return stored.filter((hash) => {
    const count = left.get(hash) ?? 0
    left.set(hash, count - 1)
    return count > 0
  }).length
}
