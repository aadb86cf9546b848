// What is kept of runs as they end, and what is not worth it; a ledger that is full ends no run.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RunKeeper } from '../../src/commands/keep-runs.ts'
import type { KeptReport, RunArchive } from '../../src/core/archive.ts'
import { MailhaulError } from '../../src/core/errors.ts'
import type { PairSummary } from '../../src/core/events.ts'
import { goodSummary, loginRefused, outcomes, refusedSummary, summaryOf } from '../reporters/samples.ts'

function archiveInto(kept: KeptReport[], keep = (report: KeptReport) => kept.push(report)): RunArchive {
  return { keep, runs: () => [], read: () => undefined, unfinished: () => [] }
}

function finish(keeper: RunKeeper, ...summaries: readonly PairSummary[]): void {
  for (const summary of summaries) keeper.hear({ pair: summary.pair, kind: 'finished', summary })
}

test('news is kept, nothing new is not; the number is that of what was kept last', () => {
  const kept: KeptReport[] = []
  const keeper = new RunKeeper(() => assert.fail())
  keeper.use(archiveInto(kept))
  finish(keeper, summaryOf(outcomes('already-there', 3, 1)))
  assert.deepEqual([kept, keeper.number], [[], undefined])
  finish(keeper, goodSummary(), refusedSummary())
  assert.deepEqual(
    kept.map(({ pair, exitCode, listed, copied, unmade }) => [pair, exitCode, listed, copied, unmade]),
    [
      ['alice', 0, 2000, 1198, 0],
      ['carol', 4, 0, 0, 0],
    ],
  )
  assert.equal(keeper.number, 2)
})

test('a hundred thousand messages that were left out before are counted, not listed again', () => {
  const kept: KeptReport[] = []
  const keeper = new RunKeeper(() => assert.fail())
  keeper.use(archiveInto(kept))
  const carried = outcomes('filtered', 100_000, 1, { isCarried: true, reason: 'older than 2015' })
  finish(keeper, summaryOf([...outcomes('copied', 1, 1), ...carried]))
  assert.ok((kept[0]?.document.length ?? 0) < 3000)
})

test('a watch keeps the first of its failures and every one that is another, or that brought something', () => {
  const kept: KeptReport[] = []
  const keeper = new RunKeeper(() => assert.fail(), { forgetsRepeated: true })
  keeper.use(archiveInto(kept))
  const lost = new MailhaulError({ code: 'disconnected', scope: 'pair', retry: 'now', message: 'lost' })
  const failed = (error: MailhaulError, more = 0) => summaryOf(outcomes('copied', more, 1), { error, exitCode: 4 })
  finish(keeper, failed(loginRefused()), failed(loginRefused()), failed(loginRefused(), 2), failed(lost))
  finish(keeper, failed(lost), summaryOf(outcomes('already-there', 1, 1)), failed(lost))
  assert.equal(kept.length, 4)
})

test('what cannot be kept is said once, and told all the same; what is closed is not used any more', () => {
  const said: string[] = []
  const told: (number | undefined)[] = []
  const full = new MailhaulError({ code: 'disk-full', scope: 'run', retry: 'later', message: 'The disk is full.' })
  const keeper = new RunKeeper((text) => said.push(text), { onNews: (_, number) => told.push(number) })
  const kept: KeptReport[] = []
  keeper.use(archiveInto(kept))
  const endUse = keeper.use(
    archiveInto(kept, () => {
      throw full
    }),
  )
  finish(keeper, goodSummary(), goodSummary())
  assert.deepEqual(said, ['The report of this run could not be kept in the ledger. The disk is full.'])
  endUse()
  finish(keeper, goodSummary())
  assert.deepEqual([kept.length, told], [1, [undefined, undefined, 1]])
})
