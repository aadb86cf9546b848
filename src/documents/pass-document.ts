// What `watch --json` prints of each pass: the document of a pair, and how the watch stands with it.
import { z } from 'zod'
import { pairRunDocument } from './run-document.ts'
import { count, envelope, time } from './values.ts'

/** One line. */
export const passDocument = z.object({
  ...envelope,
  kind: z.literal('pass'),
  ...pairRunDocument.shape,
  /** Since the watch started. */
  passes: count,
  /** In a row. */
  failedPasses: count,
  failingSince: time.nullable(),
  /** When the pair is due again. */
  next: time.nullable(),
})
