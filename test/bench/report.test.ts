// The benchmark's arithmetic and its report, on made-up figures: nothing is measured here.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { contestants } from '../../bench/contestants/index.ts'
import { pictureOf } from '../../bench/picture.ts'
import { readmeWith, reportOf, targetTable, wordsOf } from '../../bench/report.ts'
import {
  fallen,
  faultsOf,
  judge,
  median,
  medianOf,
  parseResults,
  type Results,
  type Run,
  rateOf,
  ratiosOf,
  type Standing,
  type WorkloadResult,
} from '../../bench/results.ts'
import { quickOf, workloads } from '../../bench/workloads.ts'

function run(changes: Partial<Run> = {}): Run {
  return {
    ...{
      seconds: 2,
      connectedSeconds: changes.seconds ?? 2,
      cpuSeconds: 0.5,
      peakBytes: 100 * 2 ** 20,
      bytesSent: 10,
      bytesReceived: 20,
    },
    ...{ expected: 1000, identical: 1000, extra: 0, overtaking: null },
    ...changes,
  }
}

function standing(contestant: string, ...runs: Run[]): Standing {
  return { contestant, runs, failures: [] }
}

function result(name: string, ...standings: Standing[]): WorkloadResult {
  return { name, title: `title of ${name}`, date: '2026-01-01', messages: 1000, bytes: 2 ** 20, standings }
}

const bulk = result(
  'bulk',
  standing('limit', run({ seconds: 1 })),
  standing('mailhaul', run({ seconds: 2 }), run({ seconds: 9 }), run({ seconds: 1 })),
  standing('glue', run({ seconds: 4, expected: 200, identical: 3 })),
  { contestant: 'pop2imap', runs: [], failures: ['not here: give | its\npath'] },
)

test('medians', () => {
  assert.equal(median([]), undefined)
  assert.equal(median([3]), 3)
  assert.equal(median([9, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 9]), 3)
  assert.equal(rateOf(bulk, 'mailhaul'), 500)
  assert.equal(rateOf(bulk, 'nobody'), undefined)
  const uncounted = result('bulk', standing('pop2imap', run({ bytesSent: null }), run()))
  assert.equal(
    medianOf(uncounted, 'pop2imap', ({ bytesSent }) => bytesSent),
    undefined,
  )
})

test('ratios are those of messages per second from the first connection on, for everybody who ran', () => {
  assert.deepEqual(ratiosOf([bulk]), { 'bulk mailhaul/limit': 0.5, 'bulk mailhaul/glue': 10 })
  const slowStart = run({ seconds: 50, connectedSeconds: 2 })
  const whole = standing('pop2imap', run({ seconds: 4, connectedSeconds: null }))
  assert.deepEqual(ratiosOf([result('bulk', standing('mailhaul', slowStart), whole)]), { 'bulk mailhaul/pop2imap': 2 })
})

test('a ratio has fallen when it is less than half of what was recorded; one that is not recorded has not', () => {
  assert.deepEqual(fallen({ a: 1, b: 1, c: 1 }, { a: 0.49, b: 0.5, d: 0.01 }), ['a'])
})

test('mailhaul and the limit must not fail or store anything wrong; others may', () => {
  assert.deepEqual(faultsOf(bulk), [])
  const wrong = result('bulk', standing('mailhaul', run({ identical: 999, extra: 1 })), {
    ...standing('limit'),
    failures: ['it broke'],
  })
  assert.deepEqual(faultsOf(wrong), [
    'bulk: mailhaul: 999 of 1000 messages are identical, 1 are not expected',
    'bulk: limit: it broke',
  ])
})

test('targets are judged by the medians', () => {
  const small = result('small', standing('mailhaul', run({ seconds: 1, overtaking: 50 })))
  const met = (...parameters: Parameters<typeof judge>) => judge(...parameters).isMet
  const all = [bulk, small]
  assert.deepEqual(judge({ kind: 'ratio', to: 'limit', least: 0.5 }, bulk, all), { value: 0.5, isMet: true })
  assert.equal(met({ kind: 'ratio', to: 'limit', least: 0.51 }, bulk, all), false)
  assert.equal(met({ kind: 'ratio', to: 'pop2imap', least: 1 }, bulk, all), undefined)
  assert.equal(met({ kind: 'rate', least: 501 }, bulk, all), false)
  assert.deepEqual(judge({ kind: 'share', workload: 'small', least: 0.9 }, bulk, all), { value: 0.5, isMet: false })
  assert.equal(met({ kind: 'share', workload: 'missing', least: 0.9 }, bulk, all), undefined)
  assert.equal(met({ kind: 'seconds', below: 2 }, bulk, all), false)
  assert.deepEqual(judge({ kind: 'peak', belowMegabytes: 101 }, bulk, all), { value: 100, isMet: true })
  assert.deepEqual(judge({ kind: 'cpu', below: 0.35 }, bulk, all), { value: 0.5, isMet: false })
  assert.equal(met({ kind: 'overtaking', least: 45 }, small, all), true)
  assert.equal(met({ kind: 'overtaking', least: 45 }, bulk, all), undefined)
  const none = result('large', standing('mailhaul', run({ overtaking: 0 })))
  assert.deepEqual(judge({ kind: 'overtaking', least: 1 }, none, all), { value: 0, isMet: false })
})

test('the report holds every target and everything measured, and a failure does not end its table', () => {
  const results: Results = { machine: { Node: 'v24' }, workloads: [bulk], quick: ratiosOf([bulk]) }
  const text = reportOf(parseResults(JSON.stringify(results)), { mailhaul: 'this program' }, 'What holds it now.')
  assert.match(text, /\| 2,000 messages of 21 KB average, RTT 0 \| at least 0.6 times limit \| 0.5 \| no \|/)
  assert.match(text, /\| {2}\| at least 4 times glue \| 10 \| yes \|/)
  assert.match(text, /\| mailhaul \| 500 \| 0.5 \| 2 \| 2 \| 0.5 \| 100 \| 10 \/ 20 \| 1,000 of 1,000 \|/)
  assert.match(text, /\| pop2imap \| not here: give its path \|/)
  assert.match(text, /What holds it now\./)
  assert.match(text, /the median of\n1 to 3 runs\./)
})

test('the README has its place for the table, and takes it twice', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
  const once = readmeWith(readme, targetTable([bulk]))
  assert.match(once, /at least 0.6 times limit/)
  assert.equal(readmeWith(once, targetTable([bulk])), once)
  assert.throws(() => readmeWith('nothing', ''), /no place for the results/)
})

test('the picture has a bar for everybody who ran, and is plain SVG', () => {
  const alone = result('nothing-new', standing('mailhaul', run()))
  const picture = pictureOf([{ ...bulk, title: 'a < b & `c`' }, alone])
  assert.equal(picture.match(/<rect /g)?.length, 3)
  assert.match(picture, />a &lt; b &amp; c</)
  assert.doesNotMatch(picture, /nothing-new|NaN|undefined/)
})

test('every workload and target names contestants and workloads that there are', () => {
  const names = contestants.map(({ name }) => name)
  for (const { contestants: invited, targets } of workloads) {
    assert.ok(invited.includes('mailhaul'))
    assert.deepEqual(
      invited.filter((name) => !names.includes(name)),
      [],
    )
    for (const target of targets) {
      assert.notEqual(wordsOf(target), '')
      if (target.kind === 'ratio') assert.ok(invited.includes(target.to), target.to)
      if (target.kind === 'share') assert.ok(workloads.some(({ name }) => name === target.workload))
    }
  }
  assert.ok(workloads.some((workload) => quickOf(workload)))
})
