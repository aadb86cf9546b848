// What `--events` writes while it runs: one document per line.
import { z } from 'zod'
import { exception, pairRunDocument } from './run-document.ts'
import { amount, count, envelope, failure, time } from './values.ts'

const common = { ...envelope, kind: z.literal('event'), time, pair: z.string() }

/** One line. New kinds of events may come; `format` stays the same then. */
export const eventDocument = z.discriminatedUnion('event', [
  z.object({ ...common, event: z.literal('started') }),
  z.object({ ...common, event: z.literal('stage'), stage: z.string() }),
  z.object({ ...common, event: z.literal('listed'), listed: amount }),
  /** How much is to be fetched. */
  z.object({ ...common, event: z.literal('planned'), toFetch: amount }),
  /** A message was retrieved. */
  z.object({ ...common, event: z.literal('fetched'), bytes: count }),
  /** What this run has decided about a message; what earlier ones had decided is only counted, in `finished`. */
  z.object({ ...common, event: z.literal('outcome'), message: exception }),
  z.object({
    ...common,
    event: z.literal('retrying'),
    error: failure.nullable(),
    attempt: count,
    delayMilliseconds: count,
  }),
  z.object({ ...common, event: z.literal('settled'), found: count, missing: count }),
  z.object({ ...common, event: z.literal('warning'), text: z.string() }),
  /** The pair is through: what the ledger keeps of it. */
  z.object({ ...common, event: z.literal('finished'), result: pairRunDocument }),
  /** A command that only looks is through with the pair. */
  z.object({ ...common, event: z.literal('ended') }),
  /** So many lines before this one were left out, for nobody read them in time. */
  z.object({ ...common, pair: z.null(), event: z.literal('dropped'), count }),
])

/** Type of the same name. */
export type EventDocument = z.infer<typeof eventDocument>
