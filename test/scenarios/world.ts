// A small world for scenarios: a POP3 and an IMAP server in memory, a real ledger and spool on disk, one pair.
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Event, PairSummary } from '../../src/core/events.ts'
import type { Pair, Policy } from '../../src/core/pair.ts'
import type { Clock, Known, Ledger } from '../../src/core/ports.ts'
import { type ProviderName, providers } from '../../src/core/providers.ts'
import type { Quarantine } from '../../src/core/quarantine.ts'
import type { Rates } from '../../src/core/rates.ts'
import type { Repair } from '../../src/core/repair.ts'
import { createImapDestination } from '../../src/destinations/imap/destination.ts'
import type { ImapDestinationOptions } from '../../src/destinations/imap/options.ts'
import { check, type PairCheck } from '../../src/engine/check.ts'
import { systemClock } from '../../src/engine/clock.ts'
import { type Ends, type HaulOptions, haul, type OpenEnds } from '../../src/engine/haul.ts'
import { Paces } from '../../src/engine/pace.ts'
import { type Preview, preview } from '../../src/engine/preview.ts'
import { type Verification, verify } from '../../src/engine/verify.ts'
import { openLedger } from '../../src/ledger/index.ts'
import type { Sync } from '../../src/ledger/log-sync.ts'
import { createPop3Source, type Pop3Options } from '../../src/sources/pop3/source.ts'
import { createSpool } from '../../src/spool/spool.ts'
import { policy } from '../core/rows.ts'
import { hastyClock } from '../engine/held-clock.ts'
import { type ImapServer, type ImapServerOptions, startImapServer } from '../servers/imap-server.ts'
import { endsWithCrlf } from '../servers/maildrop.ts'
import { type Pop3Server, type Pop3ServerOptions, startPop3Server } from '../servers/pop3-server.ts'

/** How a world is set up. */
export interface WorldOptions {
  /** The maildrop, in order; UIDLs are u1, u2, … */
  readonly messages?: readonly Uint8Array[]
  readonly policy?: Partial<Policy>
  readonly pop3?: Partial<Pop3ServerOptions>
  readonly imap?: Partial<ImapServerOptions>
  /** What the source is told otherwise, such as shorter deadlines, or the real clock where they must not pass at once. */
  readonly source?: Partial<Pop3Options>
  /** The same for the destination. */
  readonly destination?: Partial<ImapDestinationOptions>
  readonly connections?: 'auto' | number
  /** arrival: nothing overtakes within a folder. */
  readonly order?: 'arrival'
  /** Who runs the source, and the destination: nobody in particular unless told. */
  readonly provider?: ProviderName
  readonly destinationProvider?: ProviderName
}

/** What a single run may have otherwise. */
export interface RunOptions {
  readonly retryFailed?: boolean
  readonly now?: boolean
  /** Finds what is at the destination, and appends nothing. */
  readonly adoptOnly?: boolean
  /** As with --yes, unless told otherwise; see `confirmRemoval`. */
  readonly removalConfirmed?: boolean
  /** Answers the question before the first removal; then nothing is confirmed beforehand. Undefined: nobody is there. */
  readonly confirmRemoval?: HaulOptions['confirmRemoval']
  /** Another pair, from another maildrop, into the same account. */
  readonly pair?: string
  readonly pop3?: Pick<Pop3Server, 'port'>
  /** Another policy than the pair's. */
  readonly policy?: Policy
  /** Puts something between the engine and its ends. */
  readonly ends?: (ends: Ends) => Ends
  readonly ledger?: (ledger: Ledger) => Ledger
  readonly stop?: AbortSignal
  readonly kill?: AbortSignal
  readonly onEvent?: (event: Event) => void
  readonly clock?: Clock
  readonly quarantine?: Quarantine
  readonly repair?: readonly Repair[]
  /** How fast the pair may be moved. */
  readonly rates?: Pick<Pair, 'sourceRates' | 'destinationRates'>
  /** What holds for each host. */
  readonly limits?: Rates
  /** How the ledger's log is made durable. */
  readonly sync?: Sync
}

const user = 'alice'
const password = 'correct horse'

/** Two servers, a ledger, a spool and a pair called `pair`. */
export class World {
  readonly pop3: Pop3Server
  readonly imap: ImapServer
  readonly directory: string
  readonly pair: Pair
  readonly #options: WorldOptions

  private constructor(pop3: Pop3Server, imap: ImapServer, directory: string, pair: Pair, options: WorldOptions) {
    this.pop3 = pop3
    this.imap = imap
    this.directory = directory
    this.pair = pair
    this.#options = options
  }

  static async start(options: WorldOptions = {}): Promise<World> {
    const messages = (options.messages ?? []).map((bytes, at) => ({ uidl: `u${at + 1}`, bytes }))
    const pop3 = await startPop3Server({ users: [{ user, password, messages }], ...options.pop3 })
    const imap = await startImapServer({ users: [{ user, password }], ...options.imap })
    const directory = await mkdtemp(join(tmpdir(), 'mailhaul-world-'))
    const hosts = { sourceHost: '127.0.0.1', destinationHost: '127.0.0.1' }
    const ends = {
      sourceProvider: providers[options.provider ?? 'none'],
      destinationProvider: providers[options.destinationProvider ?? 'none'],
    }
    const order = options.order ?? 'any'
    const pair: Pair = { name: 'pair', ...hosts, ...ends, order, policy: policy(options.policy) }
    return new World(pop3, imap, directory, pair, options)
  }

  get ledgerPath(): string {
    return join(this.directory, 'ledger.db')
  }

  /** One run of the pair, with adapters, ledger and spool opened anew as a new process would. */
  async run(options: RunOptions = {}): Promise<PairSummary> {
    const never = new AbortController().signal
    const clock = options.clock ?? hastyClock()
    const ledger = openLedger({ path: this.ledgerPath, clock, ...(options.sync ? { sync: options.sync } : {}) })
    const spool = await createSpool({ directory: join(this.directory, 'spool') })
    const openEnds: OpenEnds = async (_pair, habits) => {
      const ends = this.#ends(clock, habits, options.pop3)
      return options.ends ? options.ends(ends) : ends
    }
    const around = {
      ledger: options.ledger ? options.ledger(ledger) : ledger,
      spool,
      clock,
      report: options.onEvent ?? (() => undefined),
      quarantine: options.quarantine,
      paces: new Paces(options.limits ?? {}, clock),
      stop: options.stop ?? never,
      kill: options.kill ?? never,
    }
    try {
      return await haul(
        {
          ...this.pair,
          name: options.pair ?? this.pair.name,
          policy: options.policy ?? this.pair.policy,
          repair: options.repair ?? [],
          ...options.rates,
        },
        around,
        openEnds,
        {
          retryFailed: options.retryFailed ?? false,
          now: options.now ?? false,
          adoptOnly: options.adoptOnly ?? false,
          removalConfirmed: options.removalConfirmed ?? options.confirmRemoval === undefined,
          confirmRemoval: options.confirmRemoval,
        },
      )
    } finally {
      await spool.close()
      ledger.close()
    }
  }

  /** A dry run. */
  async preview(
    options: Pick<RunOptions, 'clock' | 'limits' | 'rates' | 'policy' | 'retryFailed'> = {},
  ): Promise<Preview> {
    const { rates, limits = {}, policy = this.pair.policy, clock = systemClock, retryFailed = false } = options
    return this.#looking(
      (ports) => preview({ ...this.pair, ...rates, policy }, { ...ports, limits, retryFailed }),
      clock,
    )
  }

  /** Looks at both ends. */
  async check(): Promise<PairCheck> {
    return this.#looking((ports) => check(this.pair, ports, ports.stop))
  }

  /** What the ledger knows of the pair's messages. */
  known(): readonly Known[] {
    const ledger = openLedger({ path: this.ledgerPath, clock: hastyClock(), readOnly: true })
    try {
      return [...ledger.read(this.pair.name).known().values()]
    } finally {
      ledger.close()
    }
  }

  /** Works with both ends by hand. */
  withEnds<T>(work: (ends: Ends) => Promise<T>): Promise<T> {
    return work(this.#ends(hastyClock(), { get: () => undefined, set: () => undefined }))
  }

  /** Verifies the pair. */
  async verify(deep: boolean): Promise<Verification> {
    return this.#looking((ports) => verify(this.pair, ports, deep))
  }

  async #looking<T>(
    work: (ports: Parameters<typeof preview>[1]) => Promise<T>,
    clock: Clock = hastyClock(),
  ): Promise<T> {
    const ledger = openLedger({ path: this.ledgerPath, clock, readOnly: true })
    try {
      const habits = { get: () => undefined, set: () => undefined }
      const stop = new AbortController().signal
      return await work({ ...this.#ends(clock, habits), ledger, clock, report: () => undefined, stop })
    } finally {
      ledger.close()
    }
  }

  /** Waits between tries are short here, but deadlines are the real ones: a busy machine must not seem a dead server. */
  #ends({ now }: Clock, habits: Parameters<OpenEnds>[1], pop3: Pick<Pop3Server, 'port'> = this.pop3): Ends {
    const clock = { ...systemClock, now }
    const tlsOptions = { ca: [], fingerprints: [], minVersion: 'TLSv1.2', servername: undefined } as const
    const account = {
      host: '127.0.0.1',
      tls: 'none',
      tlsOptions,
      allowPlaintext: false,
      credentials: passwordOf(),
      clock,
    } as const
    return {
      source: createPop3Source({ ...account, port: pop3.port, remember: habits, ...this.#options.source }),
      destination: createImapDestination({
        ...account,
        port: this.imap.port,
        connections: this.#options.connections ?? 1,
        keepsOrder: this.#options.order === 'arrival',
        ...this.#options.destination,
      }),
    }
  }

  /** Hashes of what lies in the maildrop, sorted. */
  source(): string[] {
    return this.pop3
      .maildrop(user)
      .messages.map(({ bytes }) => hash(served(bytes)))
      .sort()
  }

  /** Hashes of what lies in a folder, sorted. */
  stored(folder = 'INBOX'): string[] {
    return this.imap
      .folder(user, folder)
      .messages.map(({ bytes }) => hash(bytes))
      .sort()
  }

  /** The maildrop, to change it. */
  get maildrop() {
    return this.pop3.maildrop(user)
  }

  async stop(): Promise<void> {
    await this.pop3.stop()
    await this.imap.stop()
    await rm(this.directory, { recursive: true, force: true })
  }
}

/** Everything that a dry run says besides its numbers: risks and notes, one per line. */
export function saidIn({ risks, notes }: Pick<Preview, 'risks' | 'notes'>): string {
  return [...risks.map(({ text }) => text), ...notes].join('\n')
}

/** Starts a world, works in it, and stops it whatever happens. */
export async function withWorld(options: WorldOptions, work: (world: World) => Promise<void>): Promise<void> {
  const world = await World.start(options)
  try {
    await work(world)
  } finally {
    await world.stop()
  }
}

function passwordOf() {
  return { kind: 'password', user, password: async () => password } as const
}

/** A message as a POP3 server sends it: with a final line end, added where there is none (A34). */
export function served(bytes: Uint8Array): Uint8Array {
  return endsWithCrlf(bytes) ? bytes : Buffer.concat([bytes, Buffer.from('\r\n')])
}

/** SHA-256 of these bytes, as hex. */
export function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
