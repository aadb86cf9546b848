// The documents of what people do to the ledger by hand.
import { z } from 'zod'
import { runDocument } from './run-document.ts'
import { amount, count, envelope, time } from './values.ts'

/** `mailhaul ledger check`. */
export const ledgerDocument = z.object({
  ...envelope,
  kind: z.literal('ledger'),
  exitCode: z.int(),
  path: z.string(),
  exists: z.boolean(),
  bytes: count,
  schema: count.nullable(),
  latestSchema: count,
  generation: z.string().nullable(),
  sound: z.boolean(),
  problems: z.array(z.string()),
  next: z.array(z.string()),
  pairs: z.array(
    z.object({
      pair: z.string(),
      settled: count,
      pending: count,
      leftOut: count,
      failed: count,
      runs: count,
      lastRun: time.nullable(),
      lock: z
        .object({ pid: count, host: z.string(), since: time, life: z.enum(['running', 'gone', 'unknown']) })
        .nullable(),
    }),
  ),
})

/** `mailhaul ledger rebuild`: the document of a run, and what became of the ledger before. */
export const ledgerRebuildDocument = z.object({
  ...runDocument.shape,
  kind: z.literal('ledger-rebuild'),
  written: z.boolean(),
  movedTo: z.string().nullable(),
  next: z.string(),
})

/** `mailhaul ledger export --out`. */
export const ledgerExportDocument = z.object({
  ...envelope,
  kind: z.literal('ledger-export'),
  exitCode: z.int(),
  file: z.string(),
  pairs: count,
  messages: count,
  unreadable: count,
  whole: z.boolean(),
})

/** `mailhaul ledger import`. */
export const ledgerImportDocument = z.object({
  ...envelope,
  kind: z.literal('ledger-import'),
  exitCode: z.int(),
  file: z.string(),
  pairs: z.array(z.string()),
  messages: count,
  whole: z.boolean(),
})

/** `mailhaul ledger import --from`. */
export const ledgerTakeOverDocument = z.object({
  ...envelope,
  kind: z.literal('ledger-take-over'),
  exitCode: z.int(),
  pair: z.string(),
  program: z.string(),
  file: z.string(),
  written: z.boolean(),
  inFile: z.object({ thisAccount: count, otherAccounts: count, goneFromSource: count, rememberedAllTheSame: count }),
  listed: amount,
  taken: amount,
  known: amount,
  notInFile: amount,
  withoutName: amount,
  next: z.string(),
})

/** `mailhaul ledger import --undo`. */
export const ledgerTakeBackDocument = z.object({
  ...envelope,
  kind: z.literal('ledger-take-back'),
  exitCode: z.int(),
  pair: z.string(),
  program: z.string(),
  count,
  next: z.string(),
})
