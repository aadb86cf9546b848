// The document of a dry run: what JSON prints, and what its page and its table are drawn from.
import { z } from 'zod'
import { outcomeKinds } from '../core/outcome.ts'
import { riskCodes } from '../core/risks.ts'
import { amount, count, envelope, failure, key, sizeStep, time, yearStep } from './values.ts'

/** Something that may go otherwise than people expect, in plain words. `code` is for scripts and for the docs. */
const risk = z.object({
  code: z.enum(riskCodes),
  /** problem: as it stands, it will not work; warning: look at it before you begin; note: good to know. */
  severity: z.enum(['note', 'warning', 'problem']),
  text: z.string(),
  /** What to do about it. */
  advice: z.string().nullable(),
})

/** How long sync will be at work, in seconds, from what was measured and what limits hold. */
const estimate = z.object({
  low: z.number(),
  likely: z.number(),
  high: z.number(),
  /** The day on which the last of it moves: 1 is today (UTC), more where a daily budget holds it. */
  days: count,
  /** What it follows from, in sentences. */
  basis: z.array(z.string()),
})

/**
 * One folder at the destination. `compare`: as large as another message that it may be; the bytes decide whether it is
 * appended.
 */
const folder = z.object({ folder: z.string(), exists: z.boolean(), copy: amount, compare: amount })

const entry = z.object({
  action: z.enum(['fetch', 'none']),
  ...key,
  bytes: count,
  why: z.string().nullable(),
  folder: z.string().nullable(),
  outcome: z.enum(outcomeKinds).nullable(),
  reason: z.string().nullable(),
})

/** One pair. `total` adds up to `listed`. */
const pair = z.object({
  pair: z.string(),
  listed: amount,
  total: z.object({ copy: amount, compare: amount, left: amount, tooBig: amount }),
  addsUp: z.boolean(),
  folders: z.array(folder),
  left: z.array(amount.extend({ outcome: z.enum(outcomeKinds), reason: z.string().nullable() })),
  /** Octets of the largest message that the destination takes, from the server. */
  appendLimit: count.nullable(),
  quota: z.object({ used: count, limit: count }).nullable(),
  /** Whether all of it fits; null where the server does not say. */
  fits: z.boolean().nullable(),
  removal: amount
    .extend({ afterDays: z.number(), proof: z.enum(['size', 'hash']), asks: z.boolean(), limit: count.nullable() })
    .nullable(),
  /** Of what is listed: every step from the first to the last that has any. */
  sizes: z.array(sizeStep),
  /**
   * Of what is to be copied or compared, oldest first, unknown last; null where no dates were read. Estimated from a
   * sample where `datesRead` is less than that.
   */
  years: z.array(yearStep).nullable(),
  /** How many of those had their date read. */
  datesRead: count,
  /** Null where nothing is to be moved, or an end could not be measured. */
  estimate: estimate.nullable(),
  /** The worst first; what stands here is not in `notes`. */
  risks: z.array(risk),
  notes: z.array(z.string()),
  error: failure.nullable(),
  messages: z.array(entry).nullable(),
})

/** The whole of it. */
export const planDocument = z.object({
  ...envelope,
  kind: z.literal('plan'),
  exitCode: z.int(),
  madeAt: time,
  /** The command that does exactly this. */
  next: z.string(),
  /** What people run next, in order. */
  commands: z.array(z.object({ command: z.string(), purpose: z.string() })),
  pairs: z.array(pair),
})

/** Types of the same names. */
export type PlanDocument = z.infer<typeof planDocument>
export type PlanPairDocument = z.infer<typeof pair>
export type Risk = z.infer<typeof risk>
