// Several processes on one ledger, and processes that are killed: what was written is there, and the lock comes free.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { openLedger } from '../../src/ledger/index.ts'
import { account, copiedTo, intentOf, isError, plainIntents, StillClock } from '../contracts/ledger-samples.ts'
import { makeDirectory } from './place.ts'

const clock = new StillClock()

interface Started {
  readonly child: ChildProcess
  /** How far it got: its first line of output. */
  readonly said: string
}

async function start(t: TestContext, path: string, task: string): Promise<Started> {
  const program = join(import.meta.dirname, 'child.ts')
  const child = spawn(process.execPath, [program, path, task], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => kill(child))
  const [said] = await once(createInterface(child.stdout), 'line')
  return { child, said: String(said) }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

test('intents survive a kill right after begin returned', async (t) => {
  const path = join(makeDirectory(t), 'ledger.db')
  const { child, said } = await start(t, path, 'begin')
  assert.equal(said, 'working')
  await kill(child)
  const ledger = openLedger({ path, clock })
  const book = ledger.open('alice', account)
  assert.deepEqual(plainIntents(book), [intentOf(1), intentOf(2)])
  ledger.close()
})

test('settlements survive a kill right after settle returned', async (t) => {
  const path = join(makeDirectory(t), 'ledger.db')
  const { child } = await start(t, path, 'settle')
  await kill(child)
  const ledger = openLedger({ path, clock })
  const book = ledger.open('alice', account)
  const settled = [...book.known().values()].map(({ key, placed }) => [key, placed])
  assert.deepEqual(
    settled,
    [copiedTo(60, 1), copiedTo(61, 2)].map(({ key, placed }) => [key, placed]),
  )
  assert.deepEqual(book.unsettled(), [])
  ledger.close()
})

test('of many processes at once one works, the others name it; when it is killed another one takes over', async (t) => {
  const path = join(makeDirectory(t), 'ledger.db')
  const race = async (count: number) => {
    const all = await Promise.all(Array.from({ length: count }, () => start(t, path, 'hold')))
    const working = all.filter(({ said }) => said === 'working')
    assert.equal(working.length, 1, all.map(({ said }) => said).join('\n'))
    const holder = working[0]?.child
    assert.ok(holder)
    const refusal = new RegExp(
      `^locked: Pair "alice" is being worked on by process ${holder.pid} on .+ since .+ UTC\\.$`,
    )
    for (const { said } of all) if (said !== 'working') assert.match(said, refusal)
    return holder
  }
  const first = await race(20)
  const ledger = openLedger({ path, clock: Date })
  t.after(() => ledger.close())
  assert.throws(() => ledger.open('alice', account), isError('locked', 'pair', new RegExp(`process ${first.pid} `)))
  ledger.open('bob', account).settle([copiedTo(1, 1)])
  await kill(first)
  const second = await race(5)
  await kill(second)
  ledger.open('alice', account).close()
})
