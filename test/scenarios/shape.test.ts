// The shape of a run: what is asked of servers and ledger, counted, so that it stays fast without anybody timing it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Ledger, PairLedger, Source, SourceSession } from '../../src/core/ports.ts'
import type { Ends } from '../../src/engine/haul.ts'
import { mail } from '../core/rows.ts'
import { imapCapabilities } from '../servers/imap-server.ts'
import { withWorld } from './world.ts'

const many = Array.from({ length: 200 }, (_, number) => mail(number))

/** Counts the calls of a book by name. */
function counting(calls: Map<string, number>): (ledger: Ledger) => Ledger {
  const counted = (book: PairLedger) =>
    new Proxy(book, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        return (...given: unknown[]) => {
          calls.set(String(name), (calls.get(String(name)) ?? 0) + 1)
          return value.apply(target, given)
        }
      },
    })
  return (ledger) => ({
    open: (pair, account) => counted(ledger.open(pair, account)),
    read: (pair) => ledger.read(pair),
    close: () => ledger.close(),
  })
}

test('a run with nothing new lists, reads the ledger once, and does nothing else', () =>
  withWorld({ messages: many }, async (world) => {
    await world.run()
    const before = { log: world.pop3.log.length, logins: world.imap.logins }
    const calls = new Map<string, number>()
    const summary = await world.run({ ledger: counting(calls) })
    assert.equal(summary.tally['already-there'].count, 200)
    const asked = world.pop3.log.slice(before.log).map((line) => line.split(' ')[0])
    const usual = new Set(['CAPA', 'UTF8', 'USER', 'PASS', 'AUTH', '****', 'NOOP', 'STAT', 'LIST', 'UIDL', 'QUIT'])
    assert.deepEqual(
      asked.filter((verb) => !usual.has(verb ?? '')),
      [],
    )
    for (const verb of ['STAT', 'LIST', 'UIDL', 'QUIT']) {
      assert.ok(asked.filter((one) => one === verb).length <= 1, `${verb} once`)
    }
    assert.equal(world.imap.logins, before.logins)
    assert.equal(calls.get('known'), 1)
    for (const name of ['begin', 'settle', 'rekey', 'markRemoval', 'markAbsent', 'setComparedTo', 'bound']) {
      assert.equal(calls.get(name) ?? 0, 0, name)
    }
  }))

test('commits and commands go by batches, not by messages', () =>
  withWorld({ messages: many, imap: { capabilities: imapCapabilities.full } }, async (world) => {
    const calls = new Map<string, number>()
    assert.equal((await world.run({ ledger: counting(calls) })).tally.copied.count, 200)
    const appends = world.imap.count('APPEND')
    // 200 are four batches; a slow machine may send some before they are full.
    assert.ok(appends >= 4 && appends <= 100, `${appends} commands`)
    assert.deepEqual([calls.get('begin'), calls.get('settle'), calls.get('known')], [appends, appends, 1])
    assert.equal(world.pop3.count('RETR'), 200)
    assert.equal(world.pop3.count('TOP'), 0)
    assert.ok(world.imap.logins <= 2, 'one to ask, one to upload')
  }))

test('INBOX is not looked for: it is always there, by this name (RFC 3501 §5.1)', async () => {
  await withWorld({ messages: many.slice(0, 3) }, async (world) => {
    assert.equal((await world.run()).tally.copied.count, 3)
    assert.equal(world.imap.count('LIST'), 0)
    assert.equal(world.imap.count('CREATE'), 0)
  })
  await withWorld({ messages: many.slice(0, 3), policy: { folder: 'Archive' } }, async (world) => {
    assert.equal((await world.run()).tally.copied.count, 3)
    assert.ok(world.imap.count('LIST') > 0, 'any other name is')
  })
})

/** Ends whose source waits: with its listing for one login at the destination, with the first message for two. */
function waitingFor(logins: () => number): (ends: Ends) => Ends {
  const reached = async (count: number) => {
    for (let turns = 0; logins() < count; turns += 1) {
      assert.ok(turns < 20_000, `${count} logins at the destination by now`)
      await turn()
    }
  }
  const session = (opened: SourceSession): SourceSession => ({
    facts: opened.facts,
    consumes: opened.consumes,
    pipelines: opened.pipelines,
    ping: (signal) => opened.ping(signal),
    list: (signal) => reached(1).then(() => opened.list(signal)),
    headers: (messages, signal) => opened.headers(messages, signal),
    fetch: async function* (messages, spool, signal) {
      await reached(2)
      yield* opened.fetch(messages, spool, signal)
    },
    remove: (messages, signal) => opened.remove(messages, signal),
    close: (signal) => opened.close(signal),
    abandon: () => opened.abandon(),
  })
  const source = ({ open }: Source) => ({ open: async (signal: AbortSignal) => session(await open(signal)) })
  return (ends) => ({ source: source(ends.source), destination: ends.destination })
}

test('the first run logs in at both ends at once, and to upload before there is anything to upload', () =>
  withWorld({ messages: many }, async (world) => {
    const summary = await world.run({ ends: waitingFor(() => world.imap.logins) })
    assert.equal(summary.error, undefined)
    assert.equal(summary.tally.copied.count, 200)
    assert.equal(world.imap.logins, 2)
  }))

test('a password that the destination refuses is tried once, though several connections were to be opened', () =>
  withWorld(
    { messages: many, imap: { faults: { login: { text: 'NO [AUTHENTICATIONFAILED] No.' } } } },
    async (world) => {
      const { error } = await world.run()
      assert.equal(error?.code, 'auth')
      assert.equal(world.imap.count('AUTHENTICATE') + world.imap.count('LOGIN'), 1)
    },
  ))
