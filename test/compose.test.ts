// From configuration to pairs: the limits in force are the owner's, else those that the provider publishes.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { compose } from '../src/compose.ts'
import { signInCommand } from '../src/compose-tokens.ts'
import { checkConfig } from '../src/config/check.ts'
import { asMailhaulError } from '../src/core/errors.ts'
import type { Pair } from '../src/core/pair.ts'
import { systemClock } from '../src/engine/clock.ts'
import { runPairs } from '../src/engine/run.ts'
import { assignmentOf } from '../src/engine/watch-pass.ts'
import { mail } from './core/rows.ts'
import { startImapServer } from './servers/imap-server.ts'
import { startPop3Server } from './servers/pop3-server.ts'

function pairWith(source: string, destination: string): Pair {
  const { config, problems } = checkConfig(`
pairs:
  - name: alice
    source: { user: alice, password: { env: A }, ${source} }
    destination: { user: alice, password: { env: B }, ${destination} }
`)
  assert.deepEqual(problems, [])
  const [pair] = config ? compose(config, []).pairs : []
  assert.ok(pair)
  return pair
}

const none = { bytesPerSecond: undefined, messagesPerSecond: undefined, bytesPerDay: undefined }

test("a provider's published limits hold by default", () => {
  const gmail = pairWith('host: pop.gmail.com', 'host: imap.gmail.com')
  assert.deepEqual(gmail.sourceRates, { ...none, bytesPerDay: 1_250_000_000 })
  assert.deepEqual(gmail.destinationRates, { ...none, bytesPerDay: 500_000_000 })
  const outlook = pairWith('host: outlook.office365.com', 'host: outlook.office365.com')
  assert.deepEqual(outlook.sourceRates, none)
  assert.deepEqual(outlook.destinationRates, { ...none, bytesPerSecond: 83_333, messagesPerSecond: 1 })
  assert.deepEqual(pairWith('host: pop.example', 'host: imap.example').destinationRates, none)
})

test('the owner of a pair sets others, or none', () => {
  const pair = pairWith(
    'host: pop.gmail.com, limits: { bytesPerDay: none, bytesPerSecond: 1MB }',
    'host: outlook.office365.com, limits: { messagesPerSecond: 4, bytesPerDay: 2GB }',
  )
  assert.deepEqual(pair.sourceRates, { ...none, bytesPerSecond: 1_000_000 })
  assert.deepEqual(pair.destinationRates, { bytesPerSecond: 83_333, messagesPerSecond: 4, bytesPerDay: 2_000_000_000 })
})

test('pairs that read one maildrop have one account there, and it tells nothing', () => {
  const accountOf = (source: string) => pairWith(source, 'host: imap.example').sourceAccount
  assert.equal(accountOf('host: pop.example'), accountOf('host: POP.example'))
  assert.notEqual(accountOf('host: pop.example'), accountOf('host: pop.other'))
  assert.match(accountOf('host: pop.example') ?? '', /^[0-9a-f]{16}$/)
})

test('a refused token is told with the pair’s own name and end, or with the helper that printed it', async () => {
  const refuseAll = { users: [], capabilities: ['UIDL', 'SASL XOAUTH2'] }
  const [pop3, imap] = [await startPop3Server(refuseAll), await startImapServer({ users: [] })]
  const wrong = 'user: x, token: { command: [echo, wrong] }'
  const { config } = checkConfig(`
pairs:
  - name: alice smith
    source: { host: 127.0.0.1, port: ${pop3.port}, tls: none, ${wrong} }
    destination: { host: 127.0.0.1, port: ${imap.port}, tls: none, ${wrong} }
`)
  assert.ok(config)
  const { pairs, openEnds } = compose(config, [])
  const [pair] = pairs
  assert.ok(pair)
  const { source, destination } = await openEnds(pair, { get: () => undefined, set: () => undefined })
  const never = new AbortController().signal
  try {
    for (const tried of [source.open(never), destination.facts(never)]) {
      const { code, hint = '' } = asMailhaulError(await tried.catch((thrown: unknown) => thrown))
      assert.equal(code, 'auth')
      assert.match(hint, /\(with the helper that token names\)/)
      assert.doesNotMatch(hint, /PAIR/)
    }
  } finally {
    await destination.close()
    await Promise.all([pop3.stop(), imap.stop()])
  }
  assert.equal(signInCommand('alice smith', 'source'), "mailhaul auth login 'alice smith' --source")
})

test('what becomes of the backlog', () => {
  const backlogOf = (written: string) => {
    const { config } = checkConfig(`
pairs:
  - name: alice
    source: { host: pop.example, user: alice, password: { env: A } }
    destination: { host: imap.example, user: alice, password: { env: B } }
${written}`)
    return config && compose(config, []).pairs[0]?.policy.backlog
  }
  assert.deepEqual(backlogOf(''), { kind: 'copy' })
  assert.deepEqual(backlogOf('    backlog: skip'), { kind: 'skip' })
  assert.deepEqual(backlogOf('    backlog: { newest: 500 }'), { kind: 'newest', count: 500 })
  assert.deepEqual(backlogOf('    backlog: { since: 2026-01-31 }'), { kind: 'since', instant: Date.UTC(2026, 0, 31) })
})

/** Four pairs into one account, and four out of one, both with a wrong password. */
async function sharedAccounts() {
  const pop3 = await startPop3Server({ users: [{ user: 'shared', password: 'right', messages: [] }] })
  const users = ['a', 'b', 'c', 'd'].map((user) => ({
    ...{ user, password: 'right' },
    messages: [{ uidl: `u-${user}`, bytes: mail(1) }],
  }))
  const drops = await startPop3Server({ users })
  const imap = await startImapServer({ users: [{ user: 'all', password: 'right' }] })
  const directory = await mkdtemp(join(tmpdir(), 'mailhaul-compose-'))
  const host = 'host: 127.0.0.1, tls: none'
  const pair = (name: string, source: string) =>
    `  - { name: ${name}, source: { ${host}, ${source} }, destination: { ${host}, port: ${imap.port}, user: all, password: { env: BAD } } }`
  const lines = [
    ...['a', 'b', 'c', 'd'].map((user) => pair(user, `port: ${drops.port}, user: ${user}, password: { env: GOOD }`)),
    ...['e', 'f', 'g', 'h'].map((name) => pair(name, `port: ${pop3.port}, user: shared, password: { env: BAD }`)),
  ]
  const { config } = checkConfig(`ledger: ${directory}/ledger.db\npairs:\n${lines.join('\n')}\n`)
  assert.ok(config)
  const secrets = { env: { GOOD: 'right', BAD: 'wrong' } }
  const stop = async () => {
    await Promise.all([pop3.stop(), drops.stop(), imap.stop()])
    await rm(directory, { recursive: true })
  }
  return {
    ...{ config, secrets, stop },
    /** Logins that were tried at the source that all share, and at the destination. */
    tried: () => [pop3.count('PASS') + pop3.count('AUTH'), imap.count('LOGIN') + imap.count('AUTHENTICATE')],
  }
}

const never = new AbortController().signal

test('four pairs of one account that begin together send one refused login, at either end', async () => {
  const { config, secrets, stop, tried } = await sharedAccounts()
  const { pairs, openEnds, openRun } = compose(config, [], { secrets })
  const run = await openRun(() => undefined, never, never)
  try {
    const summaries = await runPairs(pairs, run.around, openEnds, { pairs: 8, perHost: 8 }, { retryFailed: false })
    assert.deepEqual([...new Set(summaries.map(({ error }) => error?.code))], ['auth'])
    assert.deepEqual(tried(), [1, 1])
  } finally {
    await run.close()
    await stop()
  }
})

test('in a watch they send one while that holds, whoever of them comes later; not once somebody else got in', async () => {
  const { config, secrets, stop, tried } = await sharedAccounts()
  let now = 0
  const clock = { ...systemClock, monotonic: () => now }
  const composed = compose(config, [], { secrets, clock, refusalsHold: 1000 })
  const { pairs, openEnds, openRun, glanceAtLedger, forgetRefusals } = composed
  const openGround = () => openRun(() => undefined, never, never)
  const parts = { pairs, openEnds, openGround, glanceAtLedger, forgetRefusals, clock, report: () => undefined }
  const { pass, gotThrough } = assignmentOf({ ...parts, limits: { pairs: 8, perHost: 8 } })
  try {
    const passes = async (names: string) => {
      for (const pair of pairs.filter(({ name }) => names.includes(name))) {
        const { error } = await pass(pair, { now: true, stop: never, kill: never })
        assert.equal(error?.code, 'auth')
      }
      return tried()
    }
    assert.deepEqual(await passes('abef'), [1, 1])
    now = 999
    assert.deepEqual(await passes('cg'), [1, 1])
    now = 1000
    assert.deepEqual(await passes('dh'), [2, 2])
    gotThrough?.(['a'])
    assert.deepEqual(await passes('ae'), [2, 2])
    const ledger = composed.openLedger()
    ledger.open('a', 'account').setHabit('got-through', String(clock.now() + 1))
    ledger.close()
    gotThrough?.(['a'])
    assert.deepEqual(await passes('ae'), [3, 3])
    gotThrough?.(['a'])
    assert.deepEqual(await passes('bf'), [3, 3])
  } finally {
    await stop()
  }
})
