// How long each wait may last, and the two ways of holding to it: a deadline for one step, a watchdog for a session.
import type { MailhaulError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import { abortedBy } from './errors.ts'

/** Longest waits, in milliseconds; and what is too slow, in octets per second. */
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
  /** One reply from beginning to end, a message or a listing, however lively it is (quirk D11). */
  readonly reply: number
  /** A message that comes more slowly than this on average, in octets per second, is given up. */
  readonly slowestMessage: number
  /** The same for any other reply: some servers read every message while they list. */
  readonly slowestListing: number
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
  reply: 86_400_000,
  slowestMessage: 1024,
  slowestListing: 64,
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
  const alarm = sleepWhole(clock, milliseconds, either).then(
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

/** Sleep that ends early is slept again. */
async function sleepWhole(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  const due = clock.monotonic() + milliseconds
  for (let left = milliseconds; left > 0; left = due - clock.monotonic()) await clock.sleep(left, signal)
}

/** What the watchdog looks at. */
export interface Watched {
  /** Something a server that makes progress increases. */
  readonly progress: number
  /** How long it may stand still, in milliseconds; undefined while nothing is expected. */
  readonly patience: number | undefined
  /** Replies completed: another one begins whenever this changes. */
  readonly replies: number
  /** Octets received in all. */
  readonly received: number
  /** Octets per second below which the reply under way is too slow. */
  readonly slowest: number
  /** Milliseconds for which the server was held back in all: not its fault. */
  readonly heldBack: number
}

/** Why a session is given up: no progress at all, or too little of it to ever come to an end. */
export type Stall = 'silent' | 'slow'

/** As much progress as a server must make within its patience: fewer octets are a stalled link, or malice. */
const leastProgress = 1024

/** The reply under way as it was when it was first seen. */
interface ReplyBegun {
  readonly replies: number
  readonly at: number
  readonly received: number
  readonly heldBack: number
}

/**
 * Looks at a session every now and then, so that the hot path sets no timer: `onStalled` when there was no progress for
 * longer than patience allows, or when a reply takes too long altogether; `onIdle` when nothing was expected for
 * `keepAlive` milliseconds. Late by a quarter of the shortest patience at most.
 */
export class Watchdog {
  readonly #clock: Clock
  readonly #deadlines: Deadlines
  readonly #stopped = new AbortController()
  #since = 0
  #mark = 0
  #reply: ReplyBegun | undefined

  constructor(clock: Clock, deadlines: Deadlines) {
    this.#clock = clock
    this.#deadlines = deadlines
  }

  /** Starts looking. */
  watch(watched: Watched, onStalled: (why: Stall) => void, onIdle: () => void): void {
    const { command, data, keepAlive } = this.#deadlines
    const look = () => {
      const elapsed = this.#clock.monotonic() - this.#since
      const { patience } = watched
      if (watched.progress - this.#mark >= leastProgress) this.restart(watched.progress)
      else if (patience !== undefined && elapsed >= patience) return onStalled('silent')
      else if (patience === undefined && elapsed >= keepAlive) return onIdle()
      if (patience !== undefined && this.#isTooSlow(watched)) onStalled('slow')
    }
    this.restart(watched.progress)
    const loop = async () => {
      for (;;) {
        await this.#clock.sleep(Math.min(command, data, keepAlive) / 4, this.#stopped.signal)
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

  /** Something is asked of a session that was idle. */
  begin(watched: Watched): void {
    this.restart(watched.progress)
    this.#beginReply(watched)
  }

  stop(): void {
    this.#stopped.abort()
  }

  /** Whether the reply under way has had more time than its octets excuse, or than any reply may have. */
  #isTooSlow(watched: Watched): boolean {
    const begun = this.#reply
    if (begun?.replies !== watched.replies) {
      this.#beginReply(watched)
      return false
    }
    const { command, data, reply } = this.#deadlines
    const spent = this.#clock.monotonic() - begun.at - (watched.heldBack - begun.heldBack)
    const excused = ((watched.received - begun.received) / watched.slowest) * 1000
    return spent >= Math.min(reply, Math.max(command, data) + excused)
  }

  #beginReply({ replies, received, heldBack }: Watched): void {
    this.#reply = { replies, received, heldBack, at: this.#clock.monotonic() }
  }
}
