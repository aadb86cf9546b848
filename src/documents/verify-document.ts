// The documents of what has been moved: held against both ends, and as the ledger knows it.

import { z } from 'zod'
import { lastRunEnds } from '../core/last-run.ts'
import { outcomeKinds } from '../core/outcome.ts'
import { repairNames } from '../core/repair.ts'
import { rewritingRules } from '../core/rewriting.ts'
import { amount, count, envelope, failure, key, time } from './values.ts'

const rules = z.partialRecord(z.enum(rewritingRules), count)

/** `mailhaul verify`. `found`, `moved`, `missing` and `sizeDiffers` add up to `settled`. */
export const verifyDocument = z.object({
  ...envelope,
  kind: z.literal('verify'),
  exitCode: z.int(),
  pairs: z.array(
    z.object({
      pair: z.string(),
      verified: z.boolean(),
      settled: count,
      found: count,
      moved: count,
      missing: count,
      sizeDiffers: count,
      notSettled: count,
      /** How many were sent with which repair. */
      repaired: z.partialRecord(z.enum(repairNames), count),
      nameless: count,
      /** Null without --deep. `rules`: what the destination has rewritten, where the source could tell. */
      deep: z.object({ identical: count, canonicalEqual: count, rules, different: count, missing: count }).nullable(),
      /** Null without --deep. */
      atSource: z.record(z.string(), count).nullable(),
      error: failure.nullable(),
      problems: z.array(z.object({ ...key, bytes: count.nullable(), reason: z.string() })),
    }),
  ),
})

const share = amount.extend({ outcome: z.enum(outcomeKinds), reason: z.string().nullable() })

/** `mailhaul status`. */
export const statusDocument = z.object({
  ...envelope,
  kind: z.literal('status'),
  exitCode: z.int(),
  pairs: z.array(
    z.object({
      pair: z.string(),
      lastRun: time.nullable(),
      /** How the last run ended, by its cause; null where there was none. */
      lastRunEnd: z.enum(lastRunEnds).nullable(),
      settled: amount,
      pending: amount,
      failed: z.array(share),
      leftOut: z.array(share),
      messages: z.array(
        z.object({
          outcome: z.enum(outcomeKinds),
          ...key,
          bytes: count,
          reason: z.string().nullable(),
          attempts: count,
          changedAt: time,
        }),
      ),
    }),
  ),
})
