// Intent before effect: what is about to be appended stands in the ledger first, and is the first thing the next run asks about.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../../src/core/events.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { mail } from '../core/rows.ts'
import { heldClock } from '../engine/held-clock.ts'
import { Steps } from './steps.ts'
import { World, withWorld } from './world.ts'

const messages = [mail(1), mail(2), mail(2)]

/** Stops a run at the first step of this name, and hands over the world as it was left. */
async function stoppedAt(name: string, work: (world: World, open: number) => Promise<void>): Promise<void> {
  const rehearsal = await World.start({ messages })
  const steps = new Steps(0, 'stop')
  await rehearsal.run({ ends: (ends) => steps.ends(ends), ledger: (ledger) => steps.ledger(ledger) })
  await rehearsal.stop()
  const at = steps.names.indexOf(name) + 1
  assert.ok(at > 0, steps.names.join())

  const world = await World.start({ messages })
  try {
    const mishap = new Steps(at, 'stop')
    await world.run({ ends: (ends) => mishap.ends(ends), ledger: (ledger) => mishap.ledger(ledger) })
    const ledger = openLedger({ path: world.ledgerPath, clock: heldClock(), readOnly: true })
    const open = ledger.read('pair').unsettled().length
    ledger.close()
    await work(world, open)
  } finally {
    await world.stop()
  }
}

async function settledBy(world: World): Promise<{ found: number; missing: number }> {
  const events: Event[] = []
  await world.run({ onEvent: (event) => events.push(event) })
  assert.deepEqual(world.stored(), world.source())
  const settled = events.find((event) => event.kind === 'settled')
  return { found: settled?.found ?? 0, missing: settled?.missing ?? 0 }
}

test('stopped before the append: the intent is there, the message is not, and the next run finds that out', () =>
  stoppedAt('before APPEND', async (world, open) => {
    assert.ok(open > 0)
    assert.deepEqual(await settledBy(world), { found: 0, missing: open })
  }))

test('stopped after the append, before its record: the next run finds the message by asking', () =>
  stoppedAt('after APPEND', async (world, open) => {
    assert.ok(open > 0)
    const stored = world.stored().length
    assert.deepEqual(await settledBy(world), { found: stored, missing: open - stored })
  }))

test('a goodbye that fails does not keep the lock', () =>
  withWorld({ messages }, async (world) => {
    let given = 0
    const summary = await world.run({
      ends: ({ source, destination }) => ({
        source,
        destination: overriding(destination, 'close', () =>
          destination.close().then(() => Promise.reject(new Error('no goodbye'))),
        ),
      }),
      ledger: (ledger) =>
        overriding(ledger, 'open', (pair: string, account: string) => {
          const book = ledger.open(pair, account)
          return overriding(book, 'close', () => {
            given += 1
            book.close()
          })
        }),
    })
    assert.deepEqual([summary.error?.message, given], ['Unexpected failure: no goodbye', 1])
  }))

/** The same object with one method replaced. */
function overriding<T extends object>(original: T, method: keyof T, replacement: (...given: never[]) => unknown): T {
  return new Proxy(original, {
    get: (target, name) => {
      if (name === method) return replacement
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
