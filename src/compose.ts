// Turns a configuration into pairs and opens their ends: the only file that knows every adapter.
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pairOf } from './compose-pair.ts'
import { signInCommand, Tokens, Told } from './compose-tokens.ts'
import { environmentForCommands } from './config/environment.ts'
import { Redactor } from './config/redact.ts'
import type { Config, EndpointConfig, PairConfig } from './config/schema.ts'
import { askingOnce, isPrompted } from './config/secret-prompt.ts'
import type { SecretReference } from './config/secret-reference.ts'
import { resolveSecret, type SecretContext } from './config/secrets.ts'
import type { RunArchive } from './core/archive.ts'
import { MailhaulError } from './core/errors.ts'
import type { ProtocolLine, Report } from './core/events.ts'
import { Logins } from './core/logins.ts'
import type { Pair } from './core/pair.ts'
import type { Clock, Habits, Ledger } from './core/ports.ts'
import { unknownPair } from './core/unknown-pair.ts'
import { createImapDestination } from './destinations/imap/destination.ts'
import { systemClock } from './engine/clock.ts'
import type { Ends, OpenEnds, Surroundings } from './engine/haul.ts'
import { type LedgerWithArchive, openLedger } from './ledger/index.ts'
import { type LedgerTools, ledgerTools } from './ledger/tools.ts'
import { createQuarantine } from './quarantine/quarantine.ts'
import { createPop3Source } from './sources/pop3/source.ts'
import { sweepSpool } from './spool/directory.ts'
import { createSpool } from './spool/spool.ts'
import { version } from './version.ts'

export { Told }

/** What the edge passes in. */
export interface ComposeOptions {
  readonly clock?: Clock
  /** Receives protocol lines, secrets masked; bodies never. */
  readonly trace?: ((line: ProtocolLine) => void) | undefined
  /** Told every secret once it is known, so that it can be masked wherever text leaves the process. */
  readonly onSecret?: (secret: string) => void
  /** Told those that are worth nothing any more: tokens that were renewed since. */
  readonly onObsolete?: (secret: string) => void
  /** Which of them is which; the same for all configurations that a process has had, one after the other. */
  readonly told?: Told | undefined
  /** Milliseconds that a refused login is not tried again by another pair: as long as the run, unless told. */
  readonly refusalsHold?: number
  /** Where passwords come from, where that is not the process's own environment and keyring. */
  readonly secrets?: Pick<SecretContext, 'env' | 'commandEnv' | 'keyring' | 'ask'>
}

/** Everything a command needs of a configuration. */
export interface Composition {
  readonly pairs: readonly Pair[]
  readonly clock: Clock
  readonly openEnds: OpenEnds
  /** Opens ledger and spool for a run that moves mail; a ledger that is passed in is closed with them. */
  readonly openRun: (report: Report, stop: AbortSignal, kill: AbortSignal, how?: RunOptions) => Promise<OpenRun>
  /** Opens the ledger to write down what was decided by hand. */
  readonly openLedger: () => Ledger
  /** Opens the ledger to look at: creates nothing. */
  readonly openLedgerReadOnly: () => LedgerWithArchive
  /** The same for a look at a line or two, however large it is. */
  readonly glanceAtLedger: () => Ledger
  /** Logins that were refused may be tried again at once. */
  readonly forgetRefusals: () => void
  /** What can be done to the ledger by hand. */
  readonly ledger: LedgerTools
}

/** How a run is opened. */
export interface RunOptions {
  /** Where it was opened before. */
  readonly ledger?: Ledger
  /** What all pairs do is one run for people. */
  readonly isOneRun?: boolean
}

/** What a run has opened and has to close. */
export interface OpenRun {
  readonly around: Surroundings
  /** Where its reports are kept; undefined where the ledger was opened before. */
  readonly archive: RunArchive | undefined
  close(): Promise<void>
}

/** Composes the pairs of a configuration, or those named. Error: usage, for a name that no pair has. */
export function compose(config: Config, names: readonly string[], options: ComposeOptions = {}): Composition {
  const clock = options.clock ?? systemClock
  const chosen = choose(config.pairs, names)
  const byName = new Map(chosen.map((pair) => [pair.name, pair]))
  const logins = new Logins(clock, options.refusalsHold)
  const redactor = new Redactor()
  const onSecret = (secret: string) => {
    redactor.add(secret)
    options.onSecret?.(secret)
  }
  const ask = options.secrets?.ask && askingOnce(options.secrets.ask)
  const secretsFrom = { ...options.secrets, ask, commandEnv: environmentForCommands(config, options.secrets?.env) }
  const onObsolete = (secret: string) => {
    redactor.delete(secret)
    options.onObsolete?.(secret)
  }
  const tokens = new Tokens(config.ledger, { clock, onSecret, onObsolete, told: options.told, secrets: secretsFrom })
  // A server may say a secret back, and why a message was refused is written down.
  const redact = (text: string) => redactor.redact(text)
  return {
    pairs: chosen.map(pairOf),
    clock,
    openEnds: async ({ name }, habits) => {
      const pair = byName.get(name)
      if (pair === undefined) throw unknownPair(name, namesOf(config.pairs))
      return openEnds(pair, habits, {
        ...options,
        secrets: secretsFrom,
        onSecret,
        clock,
        logins,
        tokens,
      })
    },
    openRun: async (report, stop, kill, { ledger: opened, isOneRun = false } = {}) => {
      // One refusal per account and run; a watch has many of them, and says itself how long one counts.
      if (options.refusalsHold === undefined) logins.clear()
      const ledger: Ledger & Partial<LedgerWithArchive> =
        opened ?? openLedger({ path: config.ledger, clock, version, redact, isOneRun })
      const directory = join(dirname(config.ledger), 'spool')
      await sweepSpool(directory)
      const spool = await createSpool({ directory })
      const quarantine =
        config.quarantine === undefined ? undefined : createQuarantine({ directory: config.quarantine, clock, version })
      const close = async () => {
        await spool.close()
        ledger.close()
      }
      return { around: { ledger, spool, quarantine, clock, report, stop, kill }, archive: ledger.archive, close }
    },
    openLedger: () => openLedger({ path: config.ledger, clock, version, redact }),
    openLedgerReadOnly: () => openLedger({ path: config.ledger, clock, readOnly: true }),
    glanceAtLedger: () => openLedger({ path: config.ledger, clock, readOnly: true, isGlance: true }),
    forgetRefusals: () => logins.clear(),
    ledger: ledgerTools(config.ledger, clock, version),
  }
}

function choose(pairs: readonly PairConfig[], names: readonly string[]): readonly PairConfig[] {
  if (names.length === 0) return pairs
  const byName = new Map(pairs.map((pair) => [pair.name, pair]))
  const chosen = names.map((name) => {
    const pair = byName.get(name.normalize('NFC'))
    if (pair === undefined) throw unknownPair(name, namesOf(pairs))
    return pair
  })
  return [...new Set(chosen)]
}

function namesOf(pairs: readonly PairConfig[]): readonly string[] {
  return pairs.map(({ name }) => name)
}

interface EndOptions extends ComposeOptions {
  readonly clock: Clock
  /** Shared by all pairs. */
  readonly logins: Logins
  readonly tokens: Tokens
}

async function openEnds(pair: PairConfig, habits: Habits, options: EndOptions): Promise<Ends> {
  const { source, destination } = pair
  const { clock, logins, trace } = options
  const credentials = {
    source: credentialsOf(pair, 'source', options),
    destination: credentialsOf(pair, 'destination', options),
  }
  // Before anything is connected: no server waits for somebody who types.
  if (options.secrets?.ask) {
    for (const side of ['source', 'destination'] as const) {
      const [{ password }, login] = [pair[side], credentials[side]]
      if (password !== undefined && isPrompted(password) && login.kind === 'password') await login.password()
    }
  }
  return {
    source: createPop3Source({
      ...(await connectionOf(source)),
      credentials: credentials.source,
      clock,
      logins,
      remember: habits,
      ...(trace ? { trace: (line) => trace({ pair: pair.name, end: 'source', line }) } : {}),
    }),
    destination: createImapDestination({
      ...(await connectionOf(destination)),
      credentials: credentials.destination,
      connections: destination.connections,
      keepsOrder: destination.order === 'arrival',
      logins,
      clock,
      ...(trace ? { trace: (line) => trace({ pair: pair.name, end: 'destination', line }) } : {}),
    }),
  }
}

/** Where and how to connect: what both adapters take. */
export async function connectionOf(end: EndpointConfig) {
  const { host, port, tls, allowPlaintext, fingerprint, minVersion, servername } = end
  const ca = await Promise.all(end.ca.map(readAuthority))
  return { host, port, tls, allowPlaintext, tlsOptions: { ca, fingerprints: fingerprint, minVersion, servername } }
}

async function readAuthority(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw authorityError(path, 'cannot be read', cause)
  })
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw authorityError(path, 'holds no PEM certificate')
  return text
}

function authorityError(path: string, what: string, cause?: unknown): MailhaulError {
  const message = `The certificate authority file ${path} ${what}.`
  const hint = 'Name a PEM file that begins with -----BEGIN CERTIFICATE-----.'
  return new MailhaulError({ code: 'config', scope: 'pair', retry: 'never', message, hint, cause })
}

/** Whom an end logs in as, and with what: a sign-in, a helper's token, or a password. */
function credentialsOf(pair: PairConfig, side: 'source' | 'destination', options: EndOptions) {
  const { user, password } = pair[side]
  const token = options.tokens.of(pair, side)
  // Behind a helper of the user's own is a sign-in that mailhaul knows nothing of.
  const signIn = pair[side].auth ? signInCommand(pair.name, side) : 'with the helper that token names'
  if (token) return { kind: 'token', user, token, signIn } as const
  return { kind: 'password', user, password: passwordOf(pair, side, password ?? '', options) } as const
}

/** The password is fetched when a login needs it, once. */
function passwordOf(
  { name: pair, ...ends }: PairConfig,
  side: 'source' | 'destination',
  reference: SecretReference,
  { onSecret, secrets }: ComposeOptions,
): () => Promise<string> {
  const account = `${ends[side].user} at ${ends[side].host}`
  let fetched: Promise<string> | undefined
  return () => {
    fetched ??= resolveSecret(reference, { ...secrets, pair, side, account }).then((secret) => {
      onSecret?.(secret)
      return secret
    })
    return fetched
  }
}
