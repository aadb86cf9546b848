// The small values that all documents share: amounts, times, keys, errors, outcomes; the schemas are the types.
import { z } from 'zod'
import { outcomeKinds } from '../core/outcome.ts'

/** An instant: ISO 8601, UTC. */
export const time = z.iso.datetime()

/** Messages, or octets. */
export const count = z.int().nonnegative()

/** Messages and octets. */
export const amount = z.object({ count, bytes: count })

/** Amounts of every outcome there is, zero or not. */
export const tally = z.record(z.enum(outcomeKinds), amount)

/** A key twice over: as people may read it, and, where that is not exactly its bytes, in base64. */
export const key = { key: z.string().nullable(), keyBase64: z.base64().nullable() }

/** Why something did not work: act on code, scope and retry, show message and hint. */
export const failure = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  scope: z.enum(['message', 'pair', 'host', 'run']),
  retry: z.enum(['now', 'later', 'never']),
  causes: z.array(z.string()),
})

/** A bar of a picture: messages up to so many octets; null: all larger ones. */
export const sizeStep = amount.extend({ upTo: count.nullable() })

/** A bar of a picture: messages of a year (UTC) by their INTERNALDATE; null: the date is not known. */
export const yearStep = amount.extend({ year: z.int().nullable() })

/** What every document begins with. `format` is raised when a field is taken away or changes its meaning. */
export const envelope = { mailhaul: z.string(), format: z.literal(1) }

/** Types of the same names. */
export type KeyValue = { readonly [K in keyof typeof key]: z.infer<(typeof key)[K]> }
export type AmountValue = z.infer<typeof amount>
export type TallyValue = z.infer<typeof tally>
export type FailureValue = z.infer<typeof failure>
export type SizeStep = z.infer<typeof sizeStep>
export type YearStep = z.infer<typeof yearStep>
