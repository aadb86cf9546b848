// Makes the documents of runs that were kept.
import type { UnfinishedRun } from '../core/archive.ts'
import type { ReportDocument, ReportListDocument } from '../documents/report-document.ts'
import type { ReportListView, ReportView } from './report-view.ts'
import { isoTime } from './words.ts'

/** The document of one run that was kept. */
export function reportFields({ run, unfinished, exitCode }: ReportView): Fields<ReportDocument> {
  return { exitCode, unfinished: unfinished.map(unfinishedOf), run: run ?? null }
}

/** The document of the list. */
export function reportListFields({ runs, unfinished, exitCode }: ReportListView): Fields<ReportListDocument> {
  return {
    exitCode,
    unfinished: unfinished.map(unfinishedOf),
    runs: runs.map(({ run, startedAt, milliseconds, exitCode, pairs, listed, copied, unmade }) => {
      return { run, startedAt: isoTime(startedAt), milliseconds, exitCode, pairs: [...pairs], listed, copied, unmade }
    }),
  }
}

/** A document without what every one begins with. */
type Fields<T> = Omit<T, 'mailhaul' | 'format' | 'kind'>

function unfinishedOf(run: UnfinishedRun): ReportDocument['unfinished'][number] {
  const { pair, number, startedAt, life, outcomes, unsettled } = run
  return { pair, run: number ?? null, startedAt: isoTime(startedAt), life, outcomes: { ...outcomes }, unsettled }
}
