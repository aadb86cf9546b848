// Every document there is, by its kind: what is published as JSON Schema, and what tests hold output against.
import { z } from 'zod'
import { authDocument, initDocument, secretDocument } from './account-documents.ts'
import { checkDocument, doctorDocument } from './check-document.ts'
import { eventDocument } from './event-document.ts'
import {
  ledgerDocument,
  ledgerExportDocument,
  ledgerImportDocument,
  ledgerRebuildDocument,
  ledgerTakeBackDocument,
  ledgerTakeOverDocument,
} from './ledger-documents.ts'
import { passDocument } from './pass-document.ts'
import { planDocument } from './plan-document.ts'
import { reportDocument, reportListDocument } from './report-document.ts'
import { runDocument } from './run-document.ts'
import { statusDocument, verifyDocument } from './verify-document.ts'

/** The field `kind` says which one it is. */
export const documentSchemas = {
  sync: runDocument,
  plan: planDocument,
  report: reportDocument,
  'report-list': reportListDocument,
  event: eventDocument,
  pass: passDocument,
  check: checkDocument,
  doctor: doctorDocument,
  verify: verifyDocument,
  status: statusDocument,
  ledger: ledgerDocument,
  'ledger-rebuild': ledgerRebuildDocument,
  'ledger-export': ledgerExportDocument,
  'ledger-import': ledgerImportDocument,
  'ledger-take-over': ledgerTakeOverDocument,
  'ledger-take-back': ledgerTakeBackDocument,
  secret: secretDocument,
  auth: authDocument,
  init: initDocument,
} as const

/** The kinds. */
export type DocumentKind = keyof typeof documentSchemas

/** A document without what every one begins with. */
export type DocumentBody<K extends DocumentKind> = Omit<
  z.infer<(typeof documentSchemas)[K]>,
  'mailhaul' | 'format' | 'kind'
>

/** The JSON Schema of a kind. Fields may be added while `format` stays: so others than these are not forbidden. */
export function jsonSchemaOf(kind: DocumentKind): Record<string, unknown> {
  const schema = z.toJSONSchema(documentSchemas[kind], {
    override: ({ jsonSchema: part }) => {
      delete part.additionalProperties
      // The largest whole number that JSON carries without loss says nothing of a document.
      if (part.maximum === Number.MAX_SAFE_INTEGER) delete part.maximum
      if (part.minimum === Number.MIN_SAFE_INTEGER) delete part.minimum
    },
  })
  return { title: `mailhaul: a document of kind ${kind}`, ...schema }
}
