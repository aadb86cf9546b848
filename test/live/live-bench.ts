// A workbench for tests of the command on real servers: two private servers, a configuration of one pair, and the command.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { type Finished, type Running, startCli } from '../commands/run-cli.ts'
import { forgetLedger } from '../scenarios/forget-ledger.ts'
import { type CyrusServer, startCyrus } from './cyrus.ts'
import type { ImapdOptions } from './cyrus-config.ts'
import { type DovecotOptions, type DovecotServer, startDovecot } from './dovecot.ts'
import { type RawImap, withImap } from './raw-imap.ts'

/** The one account, of the same name at both ends. */
export const alice = { name: 'alice', password: 'alice-secret-7c1' }

/** A server at either end. */
export type LiveServer = DovecotServer | CyrusServer

/** Starts a Dovecot with that one account. */
export function dovecot(options: Omit<DovecotOptions, 'users'> = {}): () => Promise<DovecotServer> {
  return () => startDovecot({ users: [alice], ...options })
}

/** Starts a Cyrus with that one account. */
export function cyrus(config: ImapdOptions = {}): () => Promise<CyrusServer> {
  return () => startCyrus({ users: [alice], config })
}

/** What stands between the servers; lines are added to the ends of the pair. */
export interface LiveBenchOptions<S extends LiveServer, D extends LiveServer> {
  readonly source: () => Promise<S>
  readonly destination: () => Promise<D>
  readonly messages?: readonly Uint8Array[]
  readonly sourceKeys?: string
  readonly destinationKeys?: string
}

const amount = z.object({ count: z.number() })
const failure = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() })
const syncDocument = z.object({
  pairs: z.tuple([
    z.object({
      listed: amount,
      outcomes: z.record(z.string(), amount),
      addsUp: z.boolean(),
      bytesFetched: z.number(),
      bytesAppended: z.number(),
      removed: z.number(),
      error: failure.nullable(),
      warnings: z.array(z.string()),
      exceptions: z.array(
        z.object({ outcome: z.string(), key: z.string().nullable(), reason: z.string().nullable(), bytes: z.number() }),
      ),
    }),
  ]),
})

/** What a finished `sync --json` says, as far as these tests look at it; `outcomes` only those that occurred. */
export type Synced = Omit<z.infer<typeof syncDocument>['pairs'][0], 'outcomes'> & {
  readonly code: number | null
  readonly outcomes: Readonly<Record<string, number>>
  /** Everything printed, for messages of assertions. */
  readonly printed: string
}

/** Two servers, a ledger and a configuration. */
export class LiveBench<S extends LiveServer, D extends LiveServer> {
  readonly source: S
  readonly destination: D
  readonly directory: string

  constructor(source: S, destination: D, directory: string) {
    this.source = source
    this.destination = destination
    this.directory = directory
  }

  /** Writes the configuration; lines are added to the ends of the pair. */
  async configure(sourceKeys = '', destinationKeys = ''): Promise<void> {
    const account = 'host: 127.0.0.1, tls: none, user: alice, password: { env: ALICE }'
    await writeFile(
      join(this.directory, 'mailhaul.yaml'),
      `ledger: ./ledger.db
pairs:
  - name: alice
    source: { ${account}, ${withPort(sourceKeys, this.source.ports.pop3)} }
    destination: { ${account}, ${withPort(destinationKeys, this.destination.ports.imap)} }
`,
    )
  }

  /** Starts the command. */
  start(...words: string[]): Running {
    return startCli(words, { cwd: this.directory, env: { ALICE: alice.password } })
  }

  /** Runs the command to its end. */
  run(...words: string[]): Promise<Finished> {
    return this.start(...words).end
  }

  /** Runs `sync --json`, with every removal confirmed, and reads what it says, which always has to add up. */
  async sync(...words: string[]): Promise<Synced> {
    return syncedOf(await this.run('sync', '--json', '--yes', ...words))
  }

  /** Runs a sync that has to end well, with these outcomes and no others. */
  async syncs(outcomes: Readonly<Record<string, number>>, ...words: string[]): Promise<Synced> {
    const synced = await this.sync(...words)
    assert.deepEqual({ code: synced.code, outcomes: synced.outcomes }, { code: 0, outcomes }, synced.printed)
    return synced
  }

  /** What a deep verification counts. */
  async verifyDeep() {
    const { code, stdout, stderr } = await this.run('verify', '--deep', '--json')
    const deep = z.object({
      deep: z.record(z.string(), z.union([z.number(), z.record(z.string(), z.number())])),
      problems: z.array(z.object({ reason: z.string() })),
    })
    const { pairs } = z.object({ pairs: z.tuple([deep]) }).parse(JSON.parse(stdout), { error: () => stdout + stderr })
    return { code, deep: pairs[0].deep, problems: pairs[0].problems.map(({ reason }) => reason) }
  }

  /** A session at the destination. */
  withDestination<T>(work: (session: RawImap) => Promise<T>): Promise<T> {
    return withSession(this.destination, work)
  }

  /** A folder of the destination, as IMAP serves it. */
  stored(folder = 'INBOX'): Promise<Buffer[]> {
    return this.withDestination((session) => session.messages(folder))
  }

  /** The UIDVALIDITY of a folder of the destination. */
  async uidValidity(folder: string): Promise<string> {
    const [line = ''] = await this.withDestination((session) => session.untagged(`STATUS ${folder} (UIDVALIDITY)`))
    return line.replace(/^.*\(|\)$/g, '')
  }

  /** The folder holds exactly these messages, each as often as here, and the source still holds `atSource`. */
  async holds(messages: readonly Uint8Array[], atSource = messages, folder = 'INBOX'): Promise<void> {
    assert.deepEqual(difference(await this.stored(folder), messages), same)
    assert.deepEqual(difference((await this.source.messages('alice')).map(withCrlf), atSource), same)
  }

  /** The state directory is lost. */
  forgetLedger(): Promise<void> {
    return forgetLedger(join(this.directory, 'ledger.db'))
  }

  /** The log of a server. */
  log(server: LiveServer): Promise<string> {
    return readFile(join(server.directory, 'log'), 'utf8')
  }

  async stop(): Promise<void> {
    await this.source.stop()
    await this.destination.stop()
    await rm(this.directory, { recursive: true, force: true })
  }
}

/** Starts both servers, delivers the messages at the source, lets `work` do what it wants, and stops everything. */
export async function withLive<S extends LiveServer, D extends LiveServer>(
  options: LiveBenchOptions<S, D>,
  work: (bench: LiveBench<S, D>) => Promise<void>,
): Promise<void> {
  const [source, destination] = await Promise.all([options.source(), options.destination()])
  const bench = new LiveBench(source, destination, await mkdtemp(join(tmpdir(), 'mailhaul-live-')))
  try {
    await bench.configure(options.sourceKeys, options.destinationKeys)
    if (options.messages?.length) await source.deliver('alice', options.messages)
    await work(bench)
  } finally {
    await bench.stop()
  }
}

/** An IMAP session at a server. */
export async function withSession<T>(server: LiveServer, work: (session: RawImap) => Promise<T>): Promise<T> {
  const ca = await readFile(server.caFile, 'utf8')
  return withImap({ port: server.ports.imaps, ca, ...alice }, work)
}

/** Reads what `sync --json` printed. */
export function syncedOf({ code, stdout, stderr }: Finished): Synced {
  const printed = stdout + stderr
  assert.match(stdout, /^\{/, printed)
  const [pair] = syncDocument.parse(JSON.parse(stdout)).pairs
  assert.ok(pair.addsUp, printed)
  const occurred = Object.entries(pair.outcomes).filter(([, { count }]) => count > 0)
  return { ...pair, code, printed, outcomes: Object.fromEntries(occurred.map(([kind, { count }]) => [kind, count])) }
}

function withPort(keys: string, port: number): string {
  return /\bport:/.test(keys) ? keys : `port: ${port}, ${keys}`
}

/** What `difference` says of equal multisets. */
export const same = { missing: [], extra: [] }

/** Compares multisets of messages by their SHA-256: what is not there, and what is there once too often. */
export function difference(
  found: readonly Uint8Array[],
  expected: readonly Uint8Array[],
): { missing: string[]; extra: string[] } {
  const left = new Map<string, number>()
  for (const bytes of expected) left.set(sha256(bytes), (left.get(sha256(bytes)) ?? 0) + 1)
  const extra = found.filter((bytes) => {
    const count = left.get(sha256(bytes)) ?? 0
    left.set(sha256(bytes), count - 1)
    return count <= 0
  })
  const missing = expected.filter((bytes) => {
    const count = left.get(sha256(bytes)) ?? 0
    left.set(sha256(bytes), count - 1)
    return count > 0
  })
  return { missing: missing.map(glimpse), extra: extra.map(glimpse) }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function glimpse(bytes: Uint8Array): string {
  return `${bytes.length}: ${Buffer.from(bytes).toString('latin1', 0, 200)}`
}

/** A Maildir file as Dovecot serves it: lines end in CRLF. */
export function withCrlf(bytes: Uint8Array): Buffer {
  return Buffer.from(Buffer.from(bytes).toString('latin1').replace(/\r*\n/g, '\r\n'), 'latin1')
}
