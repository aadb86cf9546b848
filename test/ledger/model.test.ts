// Random sequences of everything that can be done with a ledger, against a plain map that does the same in memory.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Key } from '../../src/core/message.ts'
import type { Known, Ledger, PairLedger } from '../../src/core/ports.ts'
import type { LedgerPlace } from '../contracts/ledger-place.ts'
import {
  account,
  copiedTo,
  failed,
  inbox,
  intentOf,
  isError,
  keyOf,
  StillClock,
  uidValidity,
} from '../contracts/ledger-samples.ts'
import { makePlace } from './place.ts'

type Row = Pick<Known, 'state' | 'attempts' | 'listedSize' | 'removal'> & { readonly uid: number | undefined }

const clock = new StillClock()

/** The ledger under test and its model; every method does one thing to both. */
class TwoLedgers {
  readonly #rows = new Map<Key, Row>()
  readonly #place: LedgerPlace
  #begun: Key[] = []
  #ledger: Ledger
  #book: PairLedger

  constructor(place: LedgerPlace) {
    this.#place = place
    this.#ledger = place.open(clock)
    this.#book = this.#ledger.open('alice', account)
  }

  begin(messages: readonly number[]): void {
    this.#book.begin(messages.map((n) => intentOf(n)))
    for (const n of messages) {
      const attempts = this.#rows.get(keyOf(n))?.attempts ?? 0
      this.#put(keyOf(n), { state: 'begun', attempts, listedSize: 1000 + n, removal: 'none', uid: undefined })
    }
  }

  settle(n: number, uid: number): void {
    const holder = [...this.#rows].find(([, row]) => row.uid === uid)?.[0]
    const settle = () => this.#book.settle([copiedTo(uid, n)])
    if (holder !== undefined && holder !== keyOf(n))
      return void assert.throws(settle, isError('append-unknown', 'pair'))
    settle()
    const { attempts, removal, state } = this.#row(n)
    const kept = state === 'settled' ? removal : 'none'
    this.#put(keyOf(n), { state: 'settled', attempts, listedSize: 1000 + n, removal: kept, uid })
  }

  fail(n: number): void {
    this.#book.settle([failed(n)])
    const { attempts, state } = this.#row(n)
    if (state === 'settled') return
    this.#put(keyOf(n), {
      state: 'failed',
      attempts: attempts + 1,
      listedSize: 1000 + n,
      removal: 'none',
      uid: undefined,
    })
  }

  rekey(n: number, to: number, listedSize: number): void {
    const rekey = () => this.#book.rekey([{ from: keyOf(n), to: keyOf(to), listedSize }])
    const old = this.#rows.get(keyOf(n))
    const other = n === to ? undefined : this.#rows.get(keyOf(to))
    const isTaken = other?.state === 'settled' || other?.state === 'begun'
    if (old === undefined || isTaken) return void assert.throws(rekey, isError('internal', 'pair'))
    rekey()
    this.#rows.delete(keyOf(n))
    this.#rows.set(keyOf(to), { ...old, listedSize })
    this.#begun = this.#begun.map((key) => (key === keyOf(n) ? keyOf(to) : key))
  }

  remove(n: number, removal: Known['removal']): void {
    const mark = () => this.#book.markRemoval([keyOf(n)], removal)
    if (this.#rows.get(keyOf(n))?.state !== 'settled') return void assert.throws(mark, isError('internal', 'pair'))
    mark()
    this.#rows.set(keyOf(n), { ...this.#row(n), removal })
  }

  reopen(): void {
    this.#ledger.close()
    this.#ledger = this.#place.open(clock)
    this.#book = this.#ledger.open('alice', account)
  }

  compare(): void {
    const actual = new Map<Key, Row>()
    for (const [key, { state, attempts, listedSize, removal, placed }] of this.#book.known()) {
      actual.set(key, { state, attempts, listedSize, removal, uid: placed?.uid })
    }
    assert.deepEqual(actual, this.#rows)
    const bound = [...this.#rows.values()].flatMap(({ uid }) => (uid === undefined ? [] : [uid]))
    assert.deepEqual(this.#book.bound(account, inbox, uidValidity), new Set(bound))
    const unsettled = this.#book.unsettled().map(({ key }) => key)
    assert.deepEqual(unsettled, this.#begun)
  }

  end(): void {
    this.#ledger.close()
    this.#place.remove()
  }

  #row(n: number): Row {
    const none: Row = { state: 'failed', attempts: 0, listedSize: 0, removal: 'none', uid: undefined }
    return this.#rows.get(keyOf(n)) ?? none
  }

  #put(key: Key, row: Row): void {
    this.#rows.set(key, row)
    this.#begun = this.#begun.filter((other) => other !== key)
    if (row.state === 'begun') this.#begun.push(key)
  }
}

const message = fc.integer({ min: 1, max: 6 })
const uid = fc.integer({ min: 1, max: 8 })
const size = fc.integer({ min: 0, max: 5 })
const removal = fc.constantFrom<Known['removal']>('dele-sent', 'quit-sent', 'absent-confirmed')

/** One thing to do, printed by its name and arguments when a sequence fails. */
interface Step {
  readonly text: string
  readonly run: (ledgers: TwoLedgers) => void
}

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc
    .uniqueArray(message, { minLength: 1 })
    .map((all) => ({ text: `begin ${all}`, run: (two: TwoLedgers) => two.begin(all) })),
  fc
    .tuple(message, uid)
    .map(([n, at]) => ({ text: `settle ${n} at ${at}`, run: (two: TwoLedgers) => two.settle(n, at) })),
  message.map((n) => ({ text: `fail ${n}`, run: (two: TwoLedgers) => two.fail(n) })),
  fc
    .tuple(message, message, size)
    .map(([n, to, as]) => ({ text: `rekey ${n} ${to} ${as}`, run: (two: TwoLedgers) => two.rekey(n, to, as) })),
  fc
    .tuple(message, removal)
    .map(([n, to]) => ({ text: `remove ${n} ${to}`, run: (two: TwoLedgers) => two.remove(n, to) })),
  fc.constant({ text: 'reopen', run: (two: TwoLedgers) => two.reopen() }),
)

/** Does both the same, step by step, and compares them after each. */
function runBoth(steps: readonly Step[]): void {
  const two = new TwoLedgers(makePlace())
  try {
    for (const step of steps) {
      step.run(two)
      two.compare()
    }
  } finally {
    two.end()
  }
}

test('a ledger does what a map would do, whatever the order', () => {
  fc.assert(fc.property(fc.array(anyStep, { maxLength: 30 }), runBoth), { numRuns: 40 })
})
