// Tells systemd how the service is: through systemd-notify, for Node.js itself has no datagrams on Unix sockets.
import { spawn } from 'node:child_process'
import { MailhaulError } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import { escapeText } from '../core/printable.ts'

/** Speaks to the service manager; every method returns at once. */
export interface Notifier {
  /** The service works, or works again after `reloading`. */
  ready(status: string): void
  /** The service is alive and this is how it is: to be called often, for most calls neither ask nor send anything. */
  alive(status: () => string): void
  reloading(): void
  stopping(status: string): void
  /** Milliseconds within which `alive` has to be called; undefined where nobody waits for it. */
  readonly patience: number | undefined
  /** Resolves when everything has been sent. */
  readonly sent: Promise<void>
}

/** Where to send what. */
export interface NotifierOptions {
  /** NOTIFY_SOCKET; undefined: nobody listens, and nothing is sent. */
  readonly socket: string | undefined
  /** Milliseconds after which the service manager takes the service for dead. */
  readonly watchdog: number | undefined
  /** PATH, for systemd-notify. */
  readonly path: string
  readonly clock: Pick<Clock, 'monotonic'>
  /** Told once, when nothing can be sent. */
  readonly onFailure: (error: MailhaulError) => void
  /** The program that sends; another one only in tests. */
  readonly program?: string
}

/** A status is sent at most this often. Milliseconds. */
const statusInterval = 10_000
/** A program that takes longer is ended. Milliseconds. */
const deadline = 10_000

/** Makes the notifier of this process. */
export function createNotifier(options: NotifierOptions): Notifier {
  return new SystemdNotifier(options)
}

class SystemdNotifier implements Notifier {
  readonly patience: number | undefined
  readonly #options: NotifierOptions
  #sending: Promise<void> = Promise.resolve()
  #waiting = 0
  #status = ''
  #toldAt = Number.NEGATIVE_INFINITY
  #aliveAt = Number.NEGATIVE_INFINITY
  #hasFailed = false

  constructor(options: NotifierOptions) {
    this.#options = options
    const isHeard = options.socket !== undefined && options.watchdog !== undefined
    // Half of the time is the custom; a third leaves room for a process that starts slowly.
    this.patience = isHeard && options.watchdog !== undefined ? options.watchdog / 3 : undefined
  }

  get sent(): Promise<void> {
    return this.#sending
  }

  ready(status: string): void {
    this.#send(['READY=1', this.#statusOf(status)])
  }

  alive(status: () => string): void {
    // One that hangs must not be followed by a queue of others.
    if (this.#waiting > 0 || this.#options.socket === undefined) return
    const now = this.#options.clock.monotonic()
    const isDue = this.patience !== undefined && now - this.#aliveAt >= this.patience * 0.9
    const mayTell = now - this.#toldAt >= statusInterval
    if (isDue) this.#aliveAt = now
    const text = mayTell ? status() : this.#status
    const assignments = [...(isDue ? ['WATCHDOG=1'] : []), ...(text === this.#status ? [] : [this.#statusOf(text)])]
    if (mayTell) this.#toldAt = now
    if (assignments.length > 0) this.#send(assignments)
  }

  reloading(): void {
    // systemd compares this with its own clock, to know which reload is meant (Type=notify-reload).
    this.#send(['RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`])
  }

  stopping(status: string): void {
    this.#send(['STOPPING=1', this.#statusOf(status)])
  }

  #statusOf(status: string): string {
    this.#status = status
    this.#toldAt = this.#options.clock.monotonic()
    return `STATUS=${escapeText(status, 400)}`
  }

  #send(assignments: readonly string[]): void {
    const { socket, onFailure } = this.#options
    if (socket === undefined) return
    this.#waiting += 1
    this.#sending = this.#sending
      .then(() => this.#run(assignments, socket))
      .catch((thrown: unknown) => {
        if (!this.#hasFailed) onFailure(notHeard(thrown))
        this.#hasFailed = true
      })
      .finally(() => {
        this.#waiting -= 1
      })
  }

  #run(assignments: readonly string[], socket: string): Promise<void> {
    const { program = 'systemd-notify', path } = this.#options
    return new Promise((resolve, reject) => {
      // No more of the environment than it needs: there may be passwords in it.
      const env = { NOTIFY_SOCKET: socket, PATH: path }
      const child = spawn(program, [...assignments], { stdio: 'ignore', env, timeout: deadline, killSignal: 'SIGKILL' })
      child.once('error', reject)
      child.once('exit', (code, signal) => {
        if (code === 0) resolve()
        else reject(new Error(signal === null ? `${program} ended with ${code}` : `${program} was ended by ${signal}`))
      })
    })
  }
}

function notHeard(cause: unknown): MailhaulError {
  return new MailhaulError({
    code: 'unsupported',
    scope: 'run',
    retry: 'never',
    message: `systemd does not hear from mailhaul: ${cause instanceof Error ? cause.message : String(cause)}.`,
    hint: 'Install systemd-notify and set NotifyAccess=all, or set Type=exec and leave WatchdogSec= out.',
    cause,
  })
}
