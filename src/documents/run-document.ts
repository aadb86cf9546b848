// The document of a run: what JSON prints, what the ledger keeps, and what its page and its table are drawn from.
import { z } from 'zod'
import { outcomeKinds } from '../core/outcome.ts'
import { amount, count, envelope, failure, key, sizeStep, tally, time, yearStep } from './values.ts'

/** What became of a message; in a run, of one that is neither copied nor already there. */
export const exception = z.object({
  outcome: z.enum(outcomeKinds),
  ...key,
  bytes: count,
  reason: z.string().nullable(),
  code: z.string().nullable(),
  /** What would bring it over; null where nothing has to be done, or nothing can. */
  remedy: z.string().nullable(),
  folder: z.string().nullable(),
  placed: z.object({ folder: z.string(), uidValidity: count, uid: count }).nullable(),
  dateRule: z.enum(['received', 'date', 'listing']).nullable(),
  /** The file that holds its exact bytes. */
  kept: z.string().nullable(),
  /** An earlier run has decided so, and nothing has changed since. */
  carried: z.boolean(),
})

/** Messages that are neither copied nor already there, and are counted instead of listed. */
const unlisted = amount.extend({
  outcome: z.enum(outcomeKinds),
  reason: z.string().nullable(),
  code: z.string().nullable(),
  remedy: z.string().nullable(),
  carried: z.boolean(),
})

/** Work over time: equal steps from the start on, up to the last in which something was done; amounts of each. */
const timeline = z.object({
  stepMilliseconds: count,
  messages: z.array(count),
  bytesFetched: z.array(count),
  bytesAppended: z.array(count),
})

/** One pair. `outcomes` adds up to `listed`. */
export const pairRunDocument = z.object({
  pair: z.string(),
  /** Its number in the ledger; null where the ledger could not be opened. */
  run: count.nullable(),
  exitCode: z.int(),
  startedAt: time,
  milliseconds: count,
  listed: amount,
  outcomes: tally,
  addsUp: z.boolean(),
  bytesFetched: count,
  bytesAppended: count,
  timeline,
  retries: z.array(z.object({ code: z.string(), message: z.string(), count, waitedMilliseconds: count })),
  /** Sessions at the source beyond the first; those in which nothing but removal was done are not counted. */
  reconnects: count,
  /** Of appends that an earlier run or a lost link had left without an answer. */
  settled: z.object({ found: count, missing: count }),
  /** Copies that were read back in this run and how they compare; null where none were. */
  verdicts: z.object({ identical: count, canonicalEqual: count, different: count }).nullable(),
  /** What the destination rewrites, by rule. */
  rewrites: z.array(z.object({ rule: z.string(), count })),
  removed: count,
  removalsToConfirm: count,
  keptThoughDue: z.array(z.object({ reason: z.string(), count })),
  dateRules: z.object({ received: count, date: count, listing: count }),
  /** Of all that is listed. */
  sizes: z.array(sizeStep),
  /** Of what this run has copied. */
  years: z.array(yearStep),
  error: failure.nullable(),
  warnings: z.array(z.string()),
  window: z.string().nullable(),
  /** With `unlisted`: every message that is neither copied nor already there. */
  exceptions: z.array(exception),
  /**
   * What the ledger keeps of a run, and what a watch prints of a pass, list what is new; what an earlier run has decided,
   * and what was not reached, is counted here. Empty in what sync prints.
   */
  unlisted: z.array(unlisted),
})

/** The whole of it. */
export const runDocument = z.object({
  ...envelope,
  kind: z.literal('sync'),
  /** For mailhaul report --run; null where the ledger keeps nothing of it. */
  run: count.nullable(),
  exitCode: z.int(),
  startedAt: time,
  milliseconds: count,
  total: z.object({ listed: amount, outcomes: tally }),
  pairs: z.array(pairRunDocument),
})

/** Types of the same names. */
export type RunDocument = z.infer<typeof runDocument>
export type PairRunDocument = z.infer<typeof pairRunDocument>
export type RunException = z.infer<typeof exception>
export type UnlistedExceptions = z.infer<typeof unlisted>
