// Plan and run as pages: what they say first, what they cut, and their exact HTML.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outcomeKinds } from '../../../src/core/outcome.ts'
import { planDocument } from '../../../src/documents/plan-document.ts'
import { runDocument } from '../../../src/documents/run-document.ts'
import { renderPlanPage } from '../../../src/reporters/html/plan-page.ts'
import { renderRunPage } from '../../../src/reporters/html/run-page.ts'
import { matchesGolden } from '../../golden.ts'
import { poisoned } from './hostile.ts'
import { familyPlan, fleetPlan, pairPlan, planOf } from './plan-samples.ts'
import { exception, family, fleet, pairRun, runOf, tally } from './run-samples.ts'

const none = { count: 0, bytes: 0 }

test('the samples are documents as the schemas have them', () => {
  for (const sample of [family, fleet(30)]) assert.deepEqual(runDocument.parse(sample), sample)
  for (const sample of [familyPlan, fleetPlan(30)]) assert.deepEqual(planDocument.parse(sample), sample)
})

test('goldens', () => {
  matchesGolden('reporters/run.html', renderRunPage(family))
  matchesGolden('reporters/plan.html', renderPlanPage(familyPlan))
  matchesGolden('reporters/run-hostile.html', renderRunPage(poisoned(family)))
})

test('a run says first whether it adds up', () => {
  const copied = { count: 120, bytes: 2_000_000 }
  const error = {
    code: 'auth',
    message: 'No.',
    hint: null,
    scope: 'pair' as const,
    retry: 'never' as const,
    causes: [],
  }
  const said = (of: Parameters<typeof pairRun>[1]) => headline(renderRunPage(runOf([pairRun('anna', of)])))
  assert.equal(said({}), 'It adds up: all 120 messages are accounted for')
  assert.equal(said({ outcomes: tally({ 'already-there': copied }) }), 'It adds up: nothing new among 120 messages')
  assert.equal(said({ outcomes: tally({}) }), 'Nothing is listed: there is no mail to move')
  assert.equal(
    said({ outcomes: tally({ copied, rejected: { count: 2, bytes: 9 } }) }),
    'It adds up, but 2 of 122 messages did not make it',
  )
  assert.equal(said({ outcomes: tally({ copied, pending: copied }) }), 'It adds up so far: 120 messages still to come')
  assert.equal(said({ error }), 'It adds up so far, but the run stopped before the end')
  assert.equal(said({ error, outcomes: tally({}) }), 'The run stopped before anything was listed')
  assert.equal(said({ error: { ...error, code: 'throttled' } }), 'It adds up so far: not all pairs are finished')
})

test('a sum that is wrong anywhere is never called right', () => {
  const wrong = 'The sum does not add up: this is a fault in mailhaul'
  const [one, two] = [pairRun('anna'), pairRun('ben')]
  const short = { ...one, listed: { ...one.listed, count: 121 } }
  const long = { ...two, listed: { ...two.listed, count: 119 } }
  // Two faults that hide each other in the sum of all.
  const page = renderRunPage(runOf([short, long]))
  assert.equal(headline(page), wrong)
  assert.equal(page.match(/is not<\/strong>/g)?.length, 2)
  assert.equal(headline(renderRunPage(runOf([{ ...one, addsUp: false }]))), wrong)
  const run = runOf([one, two])
  assert.equal(headline(renderRunPage({ ...run, total: { ...run.total, listed: one.listed } })), wrong)
  const plan = pairPlan('anna')
  assert.equal(headline(renderPlanPage(planOf([{ ...plan, listed: { count: 7, bytes: 7 } }]))), wrong)
})

test('a plan says first what will move', () => {
  const said = (of: Parameters<typeof pairPlan>[1]) => headline(renderPlanPage(planOf([pairPlan('anna', of)])))
  const total = { copy: none, compare: none, left: { count: 120, bytes: 9 }, tooBig: none }
  const risk = { code: 'quota-too-small', severity: 'problem', text: 'Nobody is let in.', advice: null } as const
  assert.equal(said({}), 'It adds up: all 120 messages will move')
  assert.equal(said({ total, folders: [] }), 'It adds up: nothing to move among 120 messages')
  assert.equal(said({ risks: [risk] }), 'It adds up: all 120 messages are to move, but something is in the way')
  assert.equal(said({ fits: false }), 'It adds up: all 120 messages are to move, but something is in the way')
  assert.equal(headline(renderPlanPage(fleetPlan(60))), 'No plan yet for 2 of 60 pairs, and 2 cannot move as planned')
  const pairs = [pairPlan('anna'), pairPlan('ben', { fits: false })]
  assert.equal(
    headline(renderPlanPage(planOf(pairs))),
    'It adds up: all 240 messages are to move, but 1 of 2 pairs cannot move as planned',
  )
})

test('every outcome has a line of its own, with what it means', () => {
  const outcomes = tally(Object.fromEntries(outcomeKinds.map((kind, at) => [kind, { count: at + 1, bytes: 100 }])))
  const page = renderRunPage(runOf([pairRun('anna', { outcomes })]))
  for (const kind of outcomeKinds) assert.match(page, new RegExp(`</svg>${kind.replaceAll('-', ' ')}</span>`))
})

test('the same cause in many pairs is told once, with where it stands', () => {
  const page = renderRunPage(fleet(200))
  assert.equal(page.match(/<article class="card/g)?.length, 4)
  assert.match(page, /In 5 pairs: <a href="#pair-4">/)
})

test('an error that names the user is one cause all the same, with the first of its texts', () => {
  const error = {
    code: 'auth',
    hint: 'Check the password.',
    scope: 'pair' as const,
    retry: 'never' as const,
    causes: [],
  }
  const pairs = Array.from({ length: 60 }, (_, at) =>
    pairRun(`pair-${at}`, { error: { ...error, message: `The server refused the login of user-${at}.` } }),
  )
  const page = renderRunPage(runOf(pairs))
  const cards = page.slice(0, page.indexOf('id="pairs"'))
  assert.equal(cards.match(/<article class="card/g)?.length, 1)
  assert.match(cards, /login of user-0\.[\s\S]*login of user-2\.[\s\S]*and 57 more like these/)
  assert.doesNotMatch(cards, /user-3\./)
  assert.match(cards, /In 60 pairs: /)
})

test('a pair without a plan has no figures, and years without a date are no year', () => {
  const error = {
    code: 'auth',
    message: 'No.',
    hint: null,
    scope: 'pair' as const,
    retry: 'never' as const,
    causes: [],
  }
  const years = [
    { year: 2011, count: 5, bytes: 900 },
    { year: 2013, count: 1, bytes: 90 },
    { year: null, count: 1, bytes: 10 },
  ]
  const one = { ...pairPlan('anna'), years }
  const other = { ...pairPlan('ben'), error, listed: none }
  const page = renderPlanPage(planOf([one, other]))
  assert.match(page, /2011 to 2013\. Most in 2011/)
  assert.match(page, /<bdi>ben<\/bdi>(?:(?!<\/tr>)[\s\S])*data-label="Listed" class="n">-</)
})

test('lists of every length are cut, with how much is left out and where all of it is', () => {
  const exceptions = Array.from({ length: 100_000 }, (_, at) =>
    exception('rejected', `key-${at}`, {
      reason: `Refused for reason ${at}: ${'<b>'.repeat(200)}`,
      remedy: '\u202e'.repeat(500),
    }),
  )
  const outcomes = tally({ rejected: { count: 100_000, bytes: 2_103_700_000 } })
  const page = renderRunPage(runOf([pairRun('anna', { outcomes, exceptions })]))
  assert.match(page, /100,000 messages did not make it; 99,700 more are in the CSV/)
  assert.match(page, /and 99,976 more causes: --json has all of them/)
  const earlier = exceptions.map((one, at) => ({ ...one, carried: at >= 90_000 }))
  assert.match(
    renderRunPage(runOf([pairRun('anna', { outcomes, exceptions: earlier })])),
    /; 89,700 more are in the CSV; 10,000 more, decided by earlier runs, are listed by mailhaul status\./,
  )
  assert.ok(page.length < 1_000_000, `${page.length} characters`)
  for (const large of [renderRunPage(fleet(1000)), renderPlanPage(fleetPlan(1000))]) {
    assert.ok(large.length < 1_000_000, `${large.length} characters`)
  }
  assert.match(renderPlanPage(fleetPlan(1200)), /and 200 more pairs/)
})

test('what is counted and not listed is told all the same', () => {
  const share = { reason: 'given up after 5 tries', code: 'nul', remedy: 'mailhaul sync --retry-failed', carried: true }
  const outcomes = tally({ failed: { count: 7, bytes: 700 }, filtered: { count: 9, bytes: 900 } })
  const unlisted = [
    { ...share, outcome: 'failed' as const, count: 7, bytes: 700 },
    { ...share, outcome: 'filtered' as const, reason: 'older than asked', count: 9, bytes: 900 },
  ]
  const page = renderRunPage(runOf([pairRun('anna', { outcomes, unlisted })]))
  assert.match(page, /7 messages: could not be moved in this run/)
  assert.match(page, /7 messages did not make it\./)
  assert.match(page, /given up after 5 tries<\/bdi><span class="under">decided by an earlier run/)
  assert.match(page, /older than asked<\/bdi><\/th><td class="n">9</)
})

test('a pair that was never listed has no sum of nothing, and those not shown are told as they stand', () => {
  const page = renderRunPage(fleet(30))
  assert.match(page, /data-label="Listed" class="n">not<br>listed</)
  assert.match(page, /<p class="sum">Not listed: stopped after /)
  assert.doesNotMatch(page, /<b>0<\/b> listed/)
  const [refused] = fleet(4).pairs.slice(3)
  assert.ok(refused)
  const failing = runOf([...Array.from({ length: 1001 }, () => refused), pairRun('well')])
  assert.match(renderRunPage(failing), /and 2 more pairs: 1 stopped; 1 complete\./)
})

test('a page names a table, and says what of the run is not in it one by one', () => {
  assert.match(
    renderRunPage(family),
    /<p>As a table[^<]+<code>mailhaul report --run 41 --csv FILE<\/code><br>It has[^<]+not reached[^<]+are counted/,
  )
  assert.match(renderPlanPage(familyPlan), /<p>All of it as a table[^<]+<code>mailhaul plan --csv FILE</)
})

test('a thousand folders, reasons and years fit', () => {
  const amount = { count: 1, bytes: 100 }
  const many = Array.from({ length: 1000 }, (_, at) => at)
  const total = {
    copy: { count: 1000, bytes: 100_000 },
    compare: none,
    left: { count: 1000, bytes: 100_000 },
    tooBig: none,
  }
  const folders = many.map((at) => ({ folder: `Folder ${at}`, exists: false, copy: amount, compare: none }))
  const left = many.map((at) => ({ outcome: 'filtered' as const, reason: `rule ${at}`, ...amount }))
  const years = [...many.map((at) => ({ year: at * 20, ...amount })), { year: null, ...amount }]
  const page = renderPlanPage(planOf([pairPlan('anna', { total, folders, left, years })]))
  assert.match(page, /and 960 more folders/)
  assert.match(page, /and for 988 more reasons/)
  assert.match(page, /before 19951/)
  assert.match(page, /no date/)
  assert.ok(page.length < 100_000)
})

test('a page depends on its document alone', () => {
  assert.equal(renderRunPage(family), renderRunPage(structuredClone(family)))
  assert.equal(renderPlanPage(familyPlan), renderPlanPage(structuredClone(familyPlan)))
})

function headline(page: string): string {
  return /<h1[^>]*>(.*?)<\/h1>/.exec(page)?.[1] ?? ''
}
