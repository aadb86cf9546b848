// What commands that only look may know of a pair's servers: they read the ledger's memory and add nothing to it.
import type { Pair } from '../core/pair.ts'
import type { Habits, Ledger } from '../core/ports.ts'

/** The habits of a pair, to be read. */
export function readerHabits(ledger: Pick<Ledger, 'read'>, pair: Pair): Habits {
  const reader = ledger.read(pair.name)
  return { get: (name) => reader.habit(name), ofAll: (name) => reader.habitOfAll(name), set: () => undefined }
}
