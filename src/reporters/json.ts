// The JSON documents: one per command, for scripts. Fields are always present, null where there is nothing to say.
import type { PairSummary } from '../core/events.ts'
import { harmlessJson } from '../core/printable.ts'
import type { WatchedPair } from '../core/watch.ts'
import type { DocumentBody } from '../documents/schemas.ts'
import { type AuthView, authDocument } from './auth-view.ts'
import type { CheckView } from './check-view.ts'
import { type DoctorView, doctorDocument } from './doctor-view.ts'
import { ledgerDocument } from './json-ledger.ts'
import { reportFields, reportListFields } from './json-report.ts'
import { pairRunDocument, runFields, type SyncView } from './json-run.ts'
import { jsonTime } from './json-values.ts'
import { checkDocument, statusDocument, verifyDocument } from './json-views.ts'
import type { LedgerView } from './ledger-view.ts'
import { planBody } from './plan-document.ts'
import type { PlanView } from './plan-view.ts'
import type { RebuildView } from './rebuild-view.ts'
import type { ReportListView, ReportView } from './report-view.ts'
import type { StatusView } from './status-view.ts'
import { type TakeOverView, takeOverDocument } from './take-over-view.ts'
import type { VerifyView } from './verify-view.ts'

/** What `secret list` knows. */
interface SecretView {
  /** The accounts that have a password in the keyring, never the passwords. */
  readonly accounts: readonly string[]
}

/** An end of a pair that `init` has written down. */
interface InitEnd {
  readonly host: string
  readonly port: number
  readonly tls: string
  readonly user: string
  readonly origin: string
}

/** What `init` has written. */
interface InitView {
  readonly file: string
  readonly pair: string
  readonly source: InitEnd
  readonly destination: InitEnd
}

/** What `ledger export --out` has written. */
interface ExportView {
  readonly file: string
  readonly pairs: number
  readonly messages: number
  /** Rows that are known to be there and could not be read. */
  readonly unreadable: number
  readonly isWhole: boolean
  readonly exitCode: number
}

/** What `ledger import` has read. */
interface ImportView {
  readonly file: string
  readonly pairs: readonly string[]
  readonly messages: number
  readonly isWhole: boolean
  readonly exitCode: number
}

/** What `ledger import --undo` has taken back. */
interface TakeBackView {
  readonly pair: string
  readonly program: string
  readonly count: number
  readonly next: string
  readonly exitCode: number
}

/** What each kind of document is made from. */
export interface JsonSubjects {
  readonly sync: SyncView
  readonly report: ReportView
  readonly 'report-list': ReportListView
  readonly plan: PlanView
  readonly verify: VerifyView
  readonly status: StatusView
  readonly check: CheckView
  readonly doctor: DoctorView
  readonly secret: SecretView
  readonly auth: AuthView
  readonly init: InitView
  readonly ledger: LedgerView
  readonly 'ledger-rebuild': RebuildView
  readonly 'ledger-export': ExportView
  readonly 'ledger-import': ImportView
  readonly 'ledger-take-over': TakeOverView
  readonly 'ledger-take-back': TakeBackView
}

/** Raised when a field is taken away or changes its meaning; new fields do not count. */
const format = 1

const documents: { readonly [K in keyof JsonSubjects]: (view: JsonSubjects[K]) => DocumentBody<K> } = {
  sync: runFields,
  report: reportFields,
  'report-list': reportListFields,
  plan: planBody,
  verify: verifyDocument,
  status: statusDocument,
  check: checkDocument,
  doctor: doctorDocument,
  secret: ({ accounts }) => ({ accounts: [...accounts] }),
  auth: authDocument,
  init: ({ file, pair, source, destination }) => {
    const end = ({ host, port, tls, user, origin }: InitEnd) => ({ host, port, tls, user, origin })
    return { file, pair, source: end(source), destination: end(destination) }
  },
  ledger: ledgerDocument,
  'ledger-rebuild': (view) => {
    return { written: view.isWritten, movedTo: view.movedTo ?? null, next: view.next, ...runFields(view) }
  },
  'ledger-export': ({ exitCode, file, pairs, messages, unreadable, isWhole }) => {
    return { exitCode, file, pairs, messages, unreadable, whole: isWhole }
  },
  'ledger-import': ({ exitCode, file, pairs, messages, isWhole }) => {
    return { exitCode, file, pairs: [...pairs], messages, whole: isWhole }
  },
  'ledger-take-over': takeOverDocument,
  'ledger-take-back': ({ exitCode, pair, program, count, next }) => ({ exitCode, pair, program, count, next }),
}

/** The whole document with its newline; `version` is mailhaul's own. Octets are numbers, times ISO 8601 in UTC. */
export function renderJson<K extends keyof JsonSubjects>(kind: K, view: JsonSubjects[K], version: string): string {
  return renderDocument({ mailhaul: version, format, kind, ...documents[kind](view) })
}

/** A document that is made already. */
export function renderDocument(document: object): string {
  return `${harmlessJson(JSON.stringify(document, undefined, 2))}\n`
}

/** One pass of a watch on one line; `next` is when the pair is due again. */
export function renderPassLine(summary: PairSummary, { next, failure, passes }: WatchedPair, version: string): string {
  const state = {
    passes,
    failedPasses: failure?.times ?? 0,
    failingSince: jsonTime(failure?.since),
    next: jsonTime(next),
  }
  const body: DocumentBody<'pass'> = { ...pairRunDocument(summary, 'new'), ...state }
  const document = { mailhaul: version, format, kind: 'pass', ...body }
  return `${harmlessJson(JSON.stringify(document))}\n`
}
