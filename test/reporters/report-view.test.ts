// Runs that were kept, as people read them: the list, runs without an end, and what earlier runs had decided.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pairRunDocument, runOfPairs } from '../../src/reporters/json-run.ts'
import { type ReportListRow, renderReport, renderReportList } from '../../src/reporters/report-view.ts'
import { renderSummary } from '../../src/reporters/summary.ts'
import { matchesGolden } from '../golden.ts'
import { assertFits, plainPage } from './fit.ts'
import { hostileText, mixedSummary, outcomes, refusedSummary, sampleTime, summaryOf } from './samples.ts'

const unfinished = {
  pair: 'dora',
  number: 44,
  startedAt: sampleTime + 3_600_000,
  life: 'gone' as const,
  outcomes: { copied: { count: 1200, bytes: 45_000_000 }, rejected: { count: 2, bytes: 9000 } },
  unsettled: 50,
}
const row: ReportListRow = {
  run: 43,
  startedAt: sampleTime,
  milliseconds: 243_000,
  exitCode: 0,
  pairs: ['alice', 'bob'],
  listed: 2000,
  copied: 1198,
  unmade: 0,
}

test('a run is what it was when it ended; what had been decided before is counted', () => {
  const carried = outcomes('rejected', 3, 900, { isCarried: true, reason: 'NUL' })
  const summaries = [mixedSummary(), refusedSummary(), summaryOf([...outcomes('copied', 1, 5), ...carried])]
  const run = runOfPairs(
    summaries.map((summary) => pairRunDocument(summary, 'new')),
    42,
    4,
    '0',
  )
  const text = renderReport({ run, unfinished: [unfinished], exitCode: 0 }, plainPage)
  matchesGolden('reporters/report.txt', text)
  const alone = renderReport({ run: { ...run, pairs: run.pairs.slice(0, 2) }, unfinished: [], exitCode: 0 }, plainPage)
  assert.ok(alone.endsWith(renderSummary(summaries.slice(0, 2), plainPage)))
})

test('the list: the latest first, and whether there are older ones', () => {
  const failed = { ...row, run: 42, pairs: ['carol'], exitCode: 4, listed: 0, copied: 0 }
  const view = { runs: [row, failed], hasMore: true, unfinished: [{ ...unfinished, number: undefined }], exitCode: 0 }
  matchesGolden('reporters/report-list.txt', renderReportList(view, plainPage))
})

test('hostile names stay on the page', () => {
  const hostile = { ...unfinished, pair: hostileText }
  const view = { runs: [{ ...row, pairs: [hostileText] }], hasMore: false, unfinished: [hostile], exitCode: 0 }
  assertFits(renderReportList(view, plainPage), 80)
})
