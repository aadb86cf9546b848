// The documents of how mailhaul gets in: passwords, sign-ins, and what init has written down. Never a secret.
import { z } from 'zod'
import { count, envelope, time } from './values.ts'

/** `mailhaul secret list`. */
export const secretDocument = z.object({
  ...envelope,
  kind: z.literal('secret'),
  /** Accounts that have a password in the keyring, such as `alice/source`. */
  accounts: z.array(z.string()),
})

/** `mailhaul auth status`. */
export const authDocument = z.object({
  ...envelope,
  kind: z.literal('auth'),
  exitCode: z.int(),
  signIns: z.array(
    z.object({
      /** The ends that use it, such as `alice, source`. */
      pairs: z.array(z.string()),
      provider: z.string(),
      user: z.string(),
      place: z.enum(['keyring', 'file']).nullable(),
      signedInAt: time.nullable(),
      expiresAt: time.nullable(),
      renewable: z.boolean(),
      problem: z.string().nullable(),
    }),
  ),
})

const end = z.object({ host: z.string(), port: count, tls: z.string(), user: z.string(), origin: z.string() })

/** `mailhaul init`. */
export const initDocument = z.object({
  ...envelope,
  kind: z.literal('init'),
  file: z.string(),
  pair: z.string(),
  source: end,
  destination: end,
})
