// When people are told of a pair: a table of runs, one after another, and what is said after each.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { budgetUsedUp } from '../../src/core/daily-budget.ts'
import { type ErrorCode, MailhaulError } from '../../src/core/errors.ts'
import { formatStanding, judge, parseStanding, type Standing } from '../../src/core/notice.ts'

const minute = 60_000

function failed(code: ErrorCode, retryAfter?: number): MailhaulError {
  const more = retryAfter === undefined ? {} : { retryAfter }
  const retry = code === 'secret' && retryAfter === undefined ? 'never' : 'later'
  return new MailhaulError({ code, scope: 'pair', retry, message: code, end: 'source', ...more })
}

/** Runs so many minutes apart, as codes or `ok`; what is told after each, `-` for nothing. */
const histories: readonly [what: string, apart: number, runs: string, told: string][] = [
  ['nothing ever fails', 5, 'ok ok ok', '- - -'],
  ['a hiccup', 5, 'connect ok connect dns ok', '- - - - -'],
  ['three in a row are told, once', 5, 'connect dns connect connect connect', '- - failing - -'],
  ['and that it is over, once', 5, 'connect connect connect ok ok', '- - failing recovered -'],
  ['rare runs: the second is told', 60, 'connect connect connect', '- failing -'],
  ['a refused login is told at once, and once', 5, 'auth auth auth connect auth', 'auth - - - -'],
  ['so is a secret that is missing', 5, 'secret ok', 'auth recovered'],
  ['not so one that could not be had for the moment', 5, 'secret! ok secret! secret! secret!', '- - - - failing'],
  ['a removal that waits for its yes lets mail through', 5, 'auth unconfirmed', 'auth recovered'],
  ['failing, then refused: worse, so told again', 5, 'dns dns dns auth dns ok', '- - failing auth - recovered'],
  ['again after it was over', 5, 'auth ok auth', 'auth recovered auth'],
  ['runs that say nothing do not count', 5, 'dns interrupted locked dns login-delayed! dns', '- - - - - failing'],
  ['nor do they end anything', 5, 'auth interrupted locked ok', 'auth - - recovered'],
]

describe('a history of runs', () => {
  for (const [what, apart, runs, told] of histories) {
    test(`${what}: ${runs}`, () => {
      let standing: Standing | undefined
      const said = runs.split(' ').map((run, at) => {
        const [, code = '', mark] = /^([\w-]+?)(!?)$/.exec(run) ?? []
        const error = code === 'ok' ? undefined : failed(code as ErrorCode, mark ? 60_000 : undefined)
        const { after, notice } = judge('alice', standing, error, at * apart * minute)
        // Each run may be another process: what is remembered goes through the ledger.
        standing = parseStanding(formatStanding(after))
        return notice?.kind ?? '-'
      })
      assert.equal(said.join(' '), told)
    })
  }
})

test('a notice says since when, how often and which end; its end says what it was', () => {
  const error = failed('dns')
  const before: Standing = { since: 1000, times: 2, end: undefined, told: undefined }
  const { after, notice } = judge('alice', before, error, 9000)
  const common = { pair: 'alice', since: 1000, times: 3, end: 'source' }
  assert.deepEqual(notice, { ...common, kind: 'failing', at: 9000, was: undefined, error })
  const over = judge('alice', after, undefined, 10_000)
  assert.deepEqual(over.notice, { ...common, kind: 'recovered', at: 10_000, was: 'failing', error: undefined })
  assert.equal(over.after, undefined)
})

test('what is remembered can be read again, and nothing else can', () => {
  const standings: (Standing | undefined)[] = [
    undefined,
    { since: 1767225600000, times: 2, end: 'source', told: 'failing' },
    { since: 0, times: 1, end: undefined, told: undefined },
    { since: 5, times: 7, end: 'destination', told: 'auth' },
  ]
  for (const standing of standings) assert.deepEqual(parseStanding(formatStanding(standing)), standing)
  for (const text of [undefined, 'yes', '1 2 3 4', '1 2 source', ' 1 2 source auth', '-1 2 source auth']) {
    assert.equal(parseStanding(text), undefined)
  }
})

test('a clock that was wrong does no harm', () => {
  const before: Standing = { since: 9e15, times: 1, end: undefined, told: undefined }
  assert.equal(judge('alice', before, failed('dns'), 1000).after?.since, 1000)
})

test('a daily budget that is used up is no failure, day after day', () => {
  const budget = { name: 'destination x', end: 'destination', host: 'imap.example', limit: 5e8 } as const
  let standing: Standing | undefined
  for (let day = 0; day < 9; day += 1) {
    const { after, notice } = judge('alice', standing, budgetUsedUp(budget, day * 24 * 60 * minute), day)
    assert.deepEqual([after, notice], [undefined, undefined])
    standing = after
  }
})

test('a run that a daily budget ended is a success once something moved, and says nothing before', () => {
  const usedUp = budgetUsedUp({ name: 'x', end: 'source', host: 'pop.example', limit: 5e8 }, 0)
  const before: Standing = { since: 1000, times: 3, end: 'source', told: 'failing' }
  assert.deepEqual(judge('alice', before, usedUp, 9000, false), { after: before, notice: undefined })
  const { after, notice } = judge('alice', before, usedUp, 9000, true)
  assert.deepEqual([after, notice?.kind, notice?.error], [undefined, 'recovered', undefined])
})
