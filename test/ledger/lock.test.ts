// Locks left behind, and holders of whom nothing can be seen.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type Holder, lifeOf, thisProcess } from '../../src/ledger/holder.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { account, copiedTo, isError, StillClock } from '../contracts/ledger-samples.ts'
import { makeDirectory } from './place.ts'

const minute = 60_000
const here = thisProcess()
const hasProc = existsSync('/proc/self/stat')

test('a process is told from every other one', { skip: !hasProc && 'no /proc here' }, () => {
  assert.equal(lifeOf(here), 'running')
  const cases: readonly (readonly [string, Partial<Holder>, ReturnType<typeof lifeOf>])[] = [
    ['another process with its number', { processStart: '1' }, 'gone'],
    ['a number that nobody has', { pid: 2 ** 22 + 1 }, 'gone'],
    ['before the system was started again', { boot: 'an earlier one' }, 'gone'],
    ['another machine', { boot: 'another one', host: 'elsewhere' }, 'unknown'],
    ['another container', { namespace: 'pid:[1]', host: 'elsewhere' }, 'unknown'],
    ['a container that was started again', { namespace: 'pid:[1]' }, 'unknown'],
    ['a machine that was renamed', { host: 'renamed' }, 'running'],
    ['a system that does not say when processes started', { processStart: null, pid: process.ppid }, 'unknown'],
  ]
  for (const [name, differs, expected] of cases) assert.equal(lifeOf({ ...here, ...differs }), expected, name)
})

test('without /proc the host name and the number have to do', () => {
  const there = { ...here, boot: null, namespace: null, processStart: null }
  assert.equal(lifeOf(there, there), 'running')
  assert.equal(lifeOf({ ...there, pid: process.ppid }, there), 'unknown')
  assert.equal(lifeOf({ ...there, pid: 2 ** 22 + 1 }, there), 'gone')
  assert.equal(lifeOf({ ...there, host: 'elsewhere' }, there), 'unknown')
})

test('a process that has ended is gone, though nobody has asked how', {
  skip: !hasProc && 'no /proc here',
}, async (t) => {
  const shell = spawn('/bin/sh', ['-c', 'sleep 1000 & echo $!; exec sleep 1000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(shell, 'exit')
  t.after(async () => {
    shell.kill('SIGKILL')
    await ended
  })
  const [line] = await once(createInterface(shell.stdout), 'line')
  const pid = Number(line)
  const stat = () => readFileSync(`/proc/${pid}/stat`, 'latin1')
  const sleeper = { ...here, pid, processStart: stat().split(' ')[21] ?? null }
  assert.equal(lifeOf(sleeper), 'running')
  process.kill(pid, 'SIGKILL')
  while (!/\) Z /.test(stat())) await setImmediate()
  assert.equal(lifeOf(sleeper), 'gone')
})

/** A ledger whose pair is held, by another process as far as the ledger knows. */
function makeHeld(t: TestContext, holder: Partial<Record<'host' | 'boot' | 'namespace' | 'process_start', string>>) {
  const path = join(makeDirectory(t), 'ledger.db')
  const clock = new StillClock()
  const first = openLedger({ path, clock })
  const book = first.open('alice', account)
  const database = new DatabaseSync(path)
  for (const [column, value] of Object.entries(holder)) database.prepare(`UPDATE lock SET ${column} = ?`).run(value)
  database.close()
  const second = openLedger({ path, clock })
  t.after(() => second.close())
  t.after(() => first.close())
  return { clock, book, second }
}

test('the lock of a process that is gone is taken over at once', { skip: !hasProc && 'no /proc here' }, (t) => {
  const { second } = makeHeld(t, { process_start: '1' })
  second.open('alice', account).settle([copiedTo(1, 1)])
})

test('a holder that is seen to run keeps the pair however silent it is', { skip: !hasProc && 'no /proc here' }, (t) => {
  const { clock, second } = makeHeld(t, {})
  clock.time += 1000 * minute
  assert.throws(() => second.open('alice', account), isError('locked', 'pair'))
})

test('a holder that cannot be seen keeps the pair for an hour after its last sign of life', (t) => {
  const { clock, book, second } = makeHeld(t, { host: 'elsewhere', boot: 'another one' })
  const isHeld = isError('locked', 'pair', /by process \d+ on elsewhere since 2026-01-02 03:04:05 UTC/)
  clock.time += 50 * minute
  assert.throws(() => second.open('alice', account), isHeld)
  book.settle([copiedTo(1, 1)])
  clock.time += 50 * minute
  assert.throws(
    () => second.open('alice', account),
    (thrown) => {
      assert.ok(isHeld(thrown))
      assert.match(
        String(thrown instanceof Error && 'hint' in thrown && thrown.hint),
        /free from 2026-01-02 04:54:05 UTC on/,
      )
      return true
    },
  )
  clock.time += 11 * minute
  const taken = second.open('alice', account)

  // It was alive after all: it cannot write any more, and what it leaves behind is the new holder's.
  assert.throws(() => book.settle([copiedTo(2, 2)]), isError('locked', 'pair', /has lost pair "alice" to process/))
  assert.equal(taken.known().size, 1)
  book.close()
  taken.settle([copiedTo(3, 3)])
})

test('a sign of life from a clock that was far ahead keeps nobody out for longer', (t) => {
  const { clock, second } = makeHeld(t, { host: 'elsewhere', boot: 'another one' })
  clock.time -= 50 * minute
  assert.throws(() => second.open('alice', account), isError('locked', 'pair'))
  clock.time -= 365 * 24 * 60 * minute
  second.open('alice', account).settle([copiedTo(1, 1)])
})

test('a lock that could not be given back is free for the process that had it', (t) => {
  const path = join(makeDirectory(t), 'ledger.db')
  const ledger = openLedger({ path, clock: new StillClock() })
  t.after(() => ledger.close())
  const book = ledger.open('alice', account)
  const database = new DatabaseSync(path)
  database.exec(`CREATE TRIGGER kept BEFORE DELETE ON lock BEGIN SELECT raise(ABORT, 'no'); END`)
  assert.throws(() => book.close())
  database.exec('DROP TRIGGER kept')
  database.close()
  ledger.open('alice', account).settle([copiedTo(1, 1)])
})
