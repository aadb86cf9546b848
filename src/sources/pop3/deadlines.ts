// How long each wait may last, and the two ways of holding to it: a deadline for one step, a watchdog for a session.
import type { MailhaulError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import { abortedBy } from './errors.ts'

/** Longest waits, in milliseconds. */
export interface Deadlines {
  /** From the name look-up to the end of the TLS handshake; STLS has it once more. */
  readonly connect: number
  /** Until the greeting is complete: some servers make strangers wait on purpose. */
  readonly greeting: number
  /** For an answer to CAPA, and for the second answer where pipelining is tried out (quirks A01, A03). */
  readonly probe: number
  /** For an answer: PASS, STAT, LIST and UIDL take minutes on a big maildrop (quirk A09). */
  readonly command: number
  /** Without progress inside a message. */
  readonly data: number
  /** For the answer to QUIT. */
  readonly quit: number
  /** An idle session says NOOP this often (quirk A56). */
  readonly keepAlive: number
}

/** What serves every server known. */
export const defaultDeadlines: Deadlines = {
  connect: 30_000,
  greeting: 60_000,
  probe: 15_000,
  command: 300_000,
  data: 120_000,
  quit: 60_000,
  keepAlive: 120_000,
}

/** Runs a step that must be over after so many milliseconds: its signal is aborted then, and `late` is thrown. */
export async function within<T>(
  clock: Clock,
  milliseconds: number,
  signal: AbortSignal,
  late: () => MailhaulError,
  step: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw abortedBy(signal)
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  const alarm = clock.sleep(milliseconds, either).then(
    () => {
      const error = late()
      over.abort(error)
      throw error
    },
    () => {
      throw abortedBy(either)
    },
  )
  alarm.catch(() => {})
  try {
    return await Promise.race([step(either), alarm])
  } finally {
    over.abort()
  }
}

/** What the watchdog looks at. */
export interface Watched {
  /** Something a server that makes progress increases. */
  readonly progress: number
  /** How long it may stand still, in milliseconds; undefined while nothing is expected. */
  readonly patience: number | undefined
}

/** As much progress as a server must make within its patience: fewer octets are a stalled link, or malice. */
const leastProgress = 1024

/**
 * Looks at a session every now and then, so that the hot path sets no timer: `onStalled` when there was no progress for
 * longer than patience allows, `onIdle` when nothing was expected for `idle` milliseconds. Late by a quarter at most.
 */
export class Watchdog {
  readonly #clock: Clock
  readonly #stopped = new AbortController()
  #since = 0
  #mark = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Starts looking; `tick` is the shortest patience there can be. */
  watch(watched: Watched, tick: number, idle: number, onStalled: () => void, onIdle: () => void): void {
    const look = () => {
      const elapsed = this.#clock.monotonic() - this.#since
      const patience = watched.patience
      const moved = watched.progress - this.#mark >= leastProgress
      if (moved) this.restart(watched.progress)
      else if (patience !== undefined && elapsed >= patience) onStalled()
      else if (patience === undefined && elapsed >= idle) onIdle()
    }
    this.restart(watched.progress)
    const loop = async () => {
      for (;;) {
        await this.#clock.sleep(tick / 4, this.#stopped.signal)
        look()
      }
    }
    loop().catch(() => {})
  }

  /** Counts from now on. */
  restart(progress: number): void {
    this.#since = this.#clock.monotonic()
    this.#mark = progress
  }

  stop(): void {
    this.#stopped.abort()
  }
}
