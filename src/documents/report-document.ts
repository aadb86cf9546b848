// The documents of `mailhaul report`: a run that was kept, and the list of them.
import { z } from 'zod'
import { outcomeKinds } from '../core/outcome.ts'
import { runDocument } from './run-document.ts'
import { amount, count, envelope, time } from './values.ts'

/** A pair's last run, begun and not ended. */
const unfinished = z.object({
  pair: z.string(),
  /** Null where it has written nothing down. */
  run: count.nullable(),
  startedAt: time,
  /** running: still at work; gone: killed; unknown: on another machine, or in another container. */
  life: z.enum(['running', 'gone', 'unknown']),
  /** What it had brought to an end. */
  outcomes: z.partialRecord(z.enum(outcomeKinds), amount),
  /** Appends that it had announced, and whose end is not known: the next run settles them first. */
  unsettled: count,
})

/** One run. */
export const reportDocument = z.object({
  ...envelope,
  kind: z.literal('report'),
  exitCode: z.int(),
  /** Runs of these pairs that began later, and have no end. */
  unfinished: z.array(unfinished),
  /** Null where none was kept. */
  run: runDocument.nullable(),
})

/** What there is. */
export const reportListDocument = z.object({
  ...envelope,
  kind: z.literal('report-list'),
  exitCode: z.int(),
  unfinished: z.array(unfinished),
  /** The latest first; amounts are of the pairs that had something to tell. */
  runs: z.array(
    z.object({
      run: count,
      startedAt: time,
      milliseconds: count,
      exitCode: z.int(),
      pairs: z.array(z.string()),
      listed: count,
      copied: count,
      unmade: count,
    }),
  ),
})

/** Types of the same names. */
export type ReportDocument = z.infer<typeof reportDocument>
export type ReportListDocument = z.infer<typeof reportListDocument>
