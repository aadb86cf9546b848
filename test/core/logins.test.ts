// Logins of one process: who goes first, what a refusal means for the others, and for how long.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ErrorCode, MailhaulError } from '../../src/core/errors.ts'
import { Logins } from '../../src/core/logins.ts'
import { heldClock } from '../engine/held-clock.ts'

const { signal } = new AbortController()
const manners = { signal, hasWorked: false }

function refusal(code: ErrorCode = 'auth'): MailhaulError {
  return new MailhaulError({ code, scope: 'pair', retry: 'later', message: code })
}

/** Logins that end as the test says, and a count of those under way. */
function doors() {
  const open: PromiseWithResolvers<string>[] = []
  const login = () => {
    const door = Promise.withResolvers<string>()
    open.push(door)
    return door.promise
  }
  return { open, login }
}

/** Lets everything happen that can. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

const codeOf = (asked: Promise<unknown>) => asked.then(String, (error: MailhaulError) => error.code)

test('four pairs with one account send one refused login, and later ones none; another secret is another login', async () => {
  const logins = new Logins(heldClock())
  const { open, login } = doors()
  const tried = [1, 2, 3, 4].map(() => codeOf(logins.attempt('a', manners, login)))
  const other = codeOf(logins.attempt('b', manners, login))
  await turn()
  assert.equal(open.length, 2)
  open[0]?.reject(refusal())
  open[1]?.resolve('in')
  assert.deepEqual([await Promise.all(tried), await other], [['auth', 'auth', 'auth', 'auth'], 'in'])
  assert.equal(await codeOf(logins.attempt('a', manners, login)), 'auth')
  assert.equal(open.length, 2)
  logins.clear()
  void codeOf(logins.attempt('a', manners, login))
  await turn()
  assert.equal(open.length, 3)
})

test('once the first is in, the others follow side by side; nor does a server that is down hold them back', async () => {
  for (const end of ['in', 'connect'] as const) {
    const logins = new Logins(heldClock())
    const { open, login } = doors()
    const tried = [1, 2, 3].map(() => codeOf(logins.attempt('a', manners, login)))
    await turn()
    assert.equal(open.length, 1)
    if (end === 'in') open[0]?.resolve('in')
    else open[0]?.reject(refusal('connect'))
    await turn()
    assert.equal(open.length, 3)
    for (const door of open) door.resolve('in')
    assert.deepEqual(await Promise.all(tried), [end, 'in', 'in'])
  }
})

test('where the server minds logins that follow soon, they go one by one', async () => {
  const logins = new Logins(heldClock())
  const { open, login } = doors()
  const tried = [1, 2, 3].map(() => codeOf(logins.attempt('a', { ...manners, isOneByOne: true }, login)))
  for (const at of [0, 1, 2]) {
    await turn()
    assert.equal(open.length, at + 1)
    open[at]?.resolve('in')
  }
  assert.deepEqual(await Promise.all(tried), ['in', 'in', 'in'])
})

test('a login that has worked is taken for wrong after three refusals in a row only, and never by who was in', async () => {
  const logins = new Logins(heldClock())
  let asked = 0
  let isRight = true
  const login = async () => {
    asked += 1
    if (!isRight) throw refusal()
    return 'in'
  }
  const tries = async (count: number, hasWorked = false) => {
    for (let at = 0; at < count; at += 1) await codeOf(logins.attempt('a', { signal, hasWorked }, login))
    return asked
  }
  assert.equal(await tries(1), 1)
  isRight = false
  assert.equal(await tries(2), 3)
  isRight = true
  assert.equal(await tries(1), 4)
  isRight = false
  assert.equal(await tries(9), 7)
  assert.equal(await tries(2, true), 9)
})

test('what was learned counts for so long and no longer', async () => {
  const clock = heldClock()
  const logins = new Logins(clock, 1000)
  let asked = 0
  const login = async () => {
    asked += 1
    throw refusal()
  }
  for (const wait of [0, 999, 1, 999]) {
    await clock.pass(wait)
    await codeOf(logins.attempt('a', manners, login))
  }
  assert.equal(asked, 2)
})

test('what counts no more takes no room: tokens are another secret each hour', async () => {
  const clock = heldClock()
  const logins = new Logins(clock, 1000)
  for (let at = 0; at < 50; at += 1) {
    await logins.attempt(`token ${at}`, manners, async () => 'in')
    await clock.pass(500)
  }
  assert.ok(logins.size <= 3, `${logins.size} are remembered`)
})

test('who waits can be stopped', async () => {
  const logins = new Logins(heldClock())
  const { open, login } = doors()
  const first = codeOf(logins.attempt('a', manners, login))
  const stop = new AbortController()
  const second = codeOf(logins.attempt('a', { ...manners, signal: stop.signal }, login))
  await turn()
  stop.abort(refusal('interrupted'))
  assert.equal(await second, 'interrupted')
  open[0]?.resolve('in')
  assert.equal(await first, 'in')
  assert.equal(open.length, 1)
})
