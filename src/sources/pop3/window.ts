// How many commands may be under way at once: found out by trying, because no server says.

const first = 4
const most = 128
const shortestStretch = 4
const longestStretch = 32

/** Octets of commands that may be unanswered: servers with small input buffers hang up beyond (quirk A04). */
export const mostOutstanding = 1000

/** The depth of the pipeline. Doubles with every round trip, like TCP's slow start, until the server objects. */
export class PipelineWindow {
  /** Whether the server has been seen to answer two commands sent together. */
  isProven = false
  /** Whether what the server has sent may be gone there: then as little as possible is under way (quirk A50). */
  isCautious = false
  #depth = first
  #limit = most
  #isDoubted = false

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
  }

  /** The connection was lost: start small again, and stay below the depth at which it happened. */
  lost(): void {
    if (!this.isClosed) this.#limit = Math.max(first, Math.floor(this.depth / 2))
    this.#depth = Math.min(first, this.#limit)
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
