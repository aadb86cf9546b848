// How many commands may be under way at once: found out by trying, because no server says.
import type { Habits } from '../../core/ports.ts'

// Enough for a short line. On a long one it takes four round trips from there to 256.
const first = 16
const most = 256
/** After a loss. */
const again = 4
const shortestStretch = 4
const longestStretch = 32

/**
 * Octets of commands that may be unanswered: there are servers with small input buffers that hang up beyond (quirk A04).
 * 1,000 are some 100 RETRs, which is too few for a long line: at 40 ms no more than 2,500 messages a second, whatever
 * their size. So more is tried where that has gone well, though the advice for A04 is to stay at 1,000 octets and 32
 * commands: knowingly, because a server that minds costs one session, of which only what was sealed counts, and no
 * other: `lost` takes it back for good.
 */
const safelyOutstanding = 1000
/** Where so many replies have come without a loss, twice as much is tried, and once more: up to 4,000. */
const repliesOfTrust = 256
const mostOutstanding = 4 * safelyOutstanding
/** What is remembered of the pair's source where that was too much: no later run tries it again. */
const habit = 'outstanding'

/** The depth of the pipeline. Doubles with every round trip, like TCP's slow start, until the server objects. */
export class PipelineWindow {
  /** Whether the server has been seen to answer two commands sent together. */
  isProven = false
  /** Whether what the server has sent may be gone there: then as little as possible is under way (quirk A50). */
  isCautious = false
  #depth = first
  #limit = most
  #isDoubted = false
  #outstanding = safelyOutstanding
  #replies = 0
  readonly #habits: Habits

  constructor(habits: Habits) {
    this.#habits = habits
  }

  /** Octets of commands that may be unanswered at once. */
  get outstanding(): number {
    return this.#outstanding
  }

  /** Commands that may be unanswered at once. */
  get depth(): number {
    return this.isCautious ? 1 : Math.min(this.#depth, this.#limit)
  }

  /** Messages that wait for one seal: 32, and fewer where connections do not last, so that each brings something home. */
  get stretch(): number {
    if (this.isCautious) return 1
    return this.isClosed ? longestStretch : Math.max(shortestStretch, Math.min(longestStretch, this.#limit / 4))
  }

  /** A reply came as it should. */
  answered(): void {
    if (this.#depth < this.#limit) this.#depth += 1
    this.#replies += 1
    if (this.#replies % repliesOfTrust > 0 || this.#habits.get(habit) !== undefined) return
    this.#outstanding = Math.min(mostOutstanding, this.#outstanding * 2)
  }

  /**
   * The connection was lost: start small again, and stay below the depth at which it happened. Where more octets than
   * usual were allowed by then they are taken for the reason, rightly or not, and never allowed again.
   */
  lost(): void {
    if (!this.isClosed) this.#limit = Math.max(again, Math.floor(this.depth / 2))
    this.#depth = Math.min(again, this.#limit)
    if (this.#outstanding > safelyOutstanding) this.#habits.set(habit, String(safelyOutstanding))
    this.#outstanding = safelyOutstanding
    this.#replies = 0
  }

  /** Two commands sent together were not answered at all. Once may be chance; twice is taken for their fault. */
  doubt(): void {
    if (this.#isDoubted) this.close()
    this.#isDoubted = true
  }

  /** One command at a time from now on. */
  close(): void {
    this.#limit = 1
  }

  get isClosed(): boolean {
    return this.#limit === 1
  }
}
