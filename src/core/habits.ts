// What adapters remember of servers.

/** What adapters may remember of a pair's servers from run to run, such as `pipelining: off`. */
export interface Habits {
  get(name: string): string | undefined
  set(name: string, value: string): void
  /** What any pair remembers under this name; absent where there are no others. */
  ofAll?(name: string): readonly string[]
}
