// The documents of a look at the servers, and at everything that a run needs before it gets to them.
import { z } from 'zod'
import { count, envelope, failure, time } from './values.ts'

const end = {
  host: z.string(),
  port: count,
  tls: z
    .object({
      protocol: z.string(),
      cipher: z.string(),
      subject: z.string().nullable(),
      validTo: time.nullable(),
      /** Of the certificate; negative where it is over. */
      daysLeft: z.int().nullable(),
    })
    .nullable(),
  error: failure.nullable(),
  capabilities: z.array(z.string()),
  /** What is there; octets where the server says. */
  holds: z.object({ count, bytes: count.nullable() }).nullable(),
  notes: z.array(z.string()),
}

/** `mailhaul check`. */
export const checkDocument = z.object({
  ...envelope,
  kind: z.literal('check'),
  exitCode: z.int(),
  checkedAt: time,
  next: z.string(),
  pairs: z.array(
    z.object({
      pair: z.string(),
      ok: z.boolean(),
      source: z.object(end),
      destination: z.object({
        ...end,
        folder: z.string(),
        upload: z.string().nullable(),
        appendLimit: count.nullable(),
        quota: z.object({ used: count, limit: count }).nullable(),
      }),
    }),
  ),
})

/** `mailhaul doctor`. */
export const doctorDocument = z.object({
  ...envelope,
  kind: z.literal('doctor'),
  exitCode: z.int(),
  next: z.string(),
  findings: z.array(
    z.object({
      area: z.enum(['machine', 'files', 'ledger', 'secrets', 'network']),
      about: z.string(),
      verdict: z.enum(['ok', 'warning', 'problem']),
      text: z.string(),
      advice: z.string().nullable(),
      code: z.string().nullable(),
    }),
  ),
})
