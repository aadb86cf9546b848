// The one error class: what went wrong, how far the damage reaches, and whether trying again can help.

/** How far the damage of an error reaches: what has to stop. */
export type Scope = 'message' | 'pair' | 'host' | 'run'

/** When trying again can help: at once (after a back-off), in a later run, or never without a change by somebody. */
export type Retry = 'now' | 'later' | 'never'

/** Every code there is, with the exit code of a run that ends on it (architecture.md section 6). */
export const exitCodeOf = {
  usage: 2,
  config: 2,
  unconfirmed: 2,
  secret: 4,
  auth: 4,
  'login-delayed': 5,
  'in-use': 5,
  connect: 5,
  dns: 5,
  tls: 5,
  timeout: 5,
  disconnected: 5,
  temporary: 5,
  throttled: 6,
  quota: 6,
  protocol: 1,
  unsupported: 1,
  'permission-denied': 3,
  'no-folder': 3,
  'same-mailbox': 3,
  'append-refused': 3,
  'append-unknown': 3,
  'too-big': 3,
  nul: 3,
  'bare-newlines': 3,
  'long-lines': 3,
  '8bit-headers': 3,
  'bad-header': 3,
  unrenderable: 3,
  incomplete: 3,
  vanished: 3,
  'uidvalidity-changed': 3,
  locked: 7,
  'disk-full': 1,
  ledger: 1,
  spool: 1,
  quarantine: 1,
  internal: 1,
  interrupted: 130,
} as const

/** The closed list of error codes. */
export type ErrorCode = keyof typeof exitCodeOf

/** What an error is made of; `message` is one plain sentence, `hint` says what to do about it. */
export interface ErrorParts {
  readonly code: ErrorCode
  readonly scope: Scope
  readonly retry: Retry
  readonly message: string
  readonly hint?: string
  /** Milliseconds after which trying again is known to make sense: what the server asked for. */
  readonly retryAfter?: number
  /** Where it came from, where that is known: an error of the source says nothing against the destination. */
  readonly end?: 'source' | 'destination' | undefined
  /** Nothing went wrong: a limit that somebody has set was reached, and it goes on by itself. */
  readonly isPlanned?: boolean
  readonly cause?: unknown
}

/** The only error that crosses a port. Adapters translate into it once, at their edge; nobody reads message text. */
export class MailhaulError extends Error {
  override readonly name = 'MailhaulError'
  readonly code: ErrorCode
  readonly scope: Scope
  readonly retry: Retry
  readonly hint: string | undefined
  readonly retryAfter: number | undefined
  readonly end: 'source' | 'destination' | undefined
  readonly isPlanned: boolean

  constructor(parts: ErrorParts) {
    super(parts.message, parts.cause === undefined ? undefined : { cause: parts.cause })
    this.code = parts.code
    this.scope = parts.scope
    this.retry = parts.retry
    this.hint = parts.hint
    this.retryAfter = parts.retryAfter
    this.end = parts.end
    this.isPlanned = parts.isPlanned ?? false
  }
}

/** Wraps whatever was thrown: a MailhaulError as it is, anything else as an internal error that ends the pair. */
export function asMailhaulError(thrown: unknown): MailhaulError {
  if (thrown instanceof MailhaulError) return thrown
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return new MailhaulError({
    code: 'internal',
    scope: 'pair',
    retry: 'never',
    message: `Unexpected failure: ${text}`,
    hint: 'This is a fault in mailhaul: please report it with the output of --verbose.',
    cause: thrown,
  })
}

/** The error of a run that was asked to stop. */
export function interrupted(): MailhaulError {
  return new MailhaulError({ code: 'interrupted', scope: 'run', retry: 'later', message: 'The run was interrupted.' })
}

// Least to most serious: a run with several pairs exits with the last of these that occurred.
const bySeriousness = [0, 3, 6, 7, 5, 4, 2, 1, 130]

/** The most serious of several exit codes; 0 for none. */
export function mostSerious(codes: Iterable<number>): number {
  let worst = 0
  for (const code of codes) if (bySeriousness.indexOf(code) > bySeriousness.indexOf(worst)) worst = code
  return worst
}
