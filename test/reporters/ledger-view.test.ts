// What a look at the ledger and a rebuilt ledger say to people and scripts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outcomeOf } from '../../src/core/outcome.ts'
import { renderJson } from '../../src/reporters/json.ts'
import { type LedgerView, renderLedger } from '../../src/reporters/ledger-view.ts'
import { renderRebuild } from '../../src/reporters/rebuild-view.ts'
import { matchesGolden } from '../golden.ts'
import { assertFits, plainPage } from './fit.ts'
import { hostileText, keyOf, outcomes, sampleTime, summaryOf } from './samples.ts'

const idle = { settled: 12_345, begun: 0, leftOut: 0, failed: 0, runs: 1, lastRun: sampleTime, lock: undefined }
const lock = { host: 'mx1', pid: 4711, since: sampleTime }
const view: LedgerView = {
  path: '/var/lib/mailhaul/ledger.db',
  exists: true,
  bytes: 1_234_567,
  schema: 2,
  latest: 2,
  generation: '0123456789abcdef',
  pairs: [
    { pair: 'alice', ...idle },
    { ...idle, pair: 'bob', begun: 3, leftOut: 2, failed: 1, runs: 4, lock: { ...lock, life: 'running' } },
    { ...idle, pair: 'carol', lock: { ...lock, life: 'gone' } },
    { ...idle, pair: hostileText, settled: 0, runs: 0, lastRun: undefined, lock: { ...lock, life: 'unknown' } },
  ],
  problems: [],
  next: [],
  exitCode: 0,
}
const broken: LedgerView = {
  ...view,
  schema: 1,
  generation: undefined,
  pairs: [],
  problems: ['SQLite finds: row 7 missing from index message_place.', hostileText],
  next: ['mailhaul ledger export --out ledger.jsonl', 'mailhaul ledger rebuild'],
  exitCode: 1,
}

test('sound, damaged and none', () => {
  const nothing = renderLedger({ ...view, exists: false }, plainPage)
  const text = [renderLedger(view, plainPage), renderLedger(broken, plainPage), nothing].join('---\n')
  assertFits(text)
  matchesGolden('reporters/ledger.txt', text)
  matchesGolden('reporters/ledger.json', renderJson('ledger', view, '0.0.0'))
})

test('a rebuild tells a dry run from the real thing', () => {
  const reason = 'it is not at the destination'
  const all = [...outcomes('adopted', 2, 1000), outcomeOf('pending', { key: keyOf('u3'), size: 10 }, { reason })]
  const rebuild = {
    summaries: [summaryOf(all, { exitCode: 3 })],
    isWritten: false,
    isDamaged: true,
    movedTo: undefined,
    next: 'mailhaul ledger rebuild --write',
    exitCode: 3,
  }
  const written = {
    ...rebuild,
    isWritten: true,
    movedTo: '/x/ledger.db.damaged-20260101T000000Z',
    next: 'mailhaul sync',
  }
  const text = [renderRebuild(rebuild, plainPage), renderRebuild(written, plainPage)].join('---\n')
  assertFits(text)
  matchesGolden('reporters/rebuild.txt', text)
  const { kind, written: isWritten, movedTo, total } = JSON.parse(renderJson('ledger-rebuild', written, '0.0.0'))
  assert.deepEqual([kind, isWritten, movedTo], ['ledger-rebuild', true, written.movedTo])
  assert.equal(total.outcomes.adopted.count, 2)
})

test('exports and imports are documents too', () => {
  const counts = { file: 'x.jsonl', messages: 3, isWhole: false, exitCode: 3 }
  const exported = JSON.parse(renderJson('ledger-export', { ...counts, pairs: 1, unreadable: 2 }, '0.0.0'))
  assert.deepEqual([exported.messages, exported.unreadable, exported.whole], [3, 2, false])
  const imported = JSON.parse(renderJson('ledger-import', { ...counts, pairs: ['alice'] }, '0.0.0'))
  assert.deepEqual([imported.pairs, imported.whole], [['alice'], false])
})
