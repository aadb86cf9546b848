// Deciding by bytes: renamed, nameless, displaced, duplicate and new messages.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentsOf, type Decision, decide } from '../../src/core/decide.ts'
import { fingerprintsOf, keyFromFingerprint } from '../../src/core/fingerprint.ts'
import type { Listed } from '../../src/core/message.ts'
import type { Policy } from '../../src/core/pair.ts'
import type { Known } from '../../src/core/ports.ts'
import { book, key, listed, mail, policy, row } from './rows.ts'

const now = Date.UTC(2026, 0)

/** Decides about messages in turn: each a listed message and its bytes. */
function decideAll(
  rows: readonly Known[],
  arrivals: readonly [Listed, Uint8Array][],
  wishes: Policy = policy(),
): Decision[] {
  const contents = contentsOf(
    book(...rows),
    arrivals.map(([one]) => one),
    wishes,
  )
  return arrivals.map(([one, bytes]) => {
    const arrived = { listed: one, size: bytes.length, fingerprints: fingerprintsOf(bytes), headers: bytes }
    return decide(arrived, contents, wishes, now)
  })
}

const kinds = (decisions: readonly Decision[]) => decisions.map(({ kind }) => kind)

test('a new message is brought, dated by its Received field', () => {
  const [decision] = decideAll([], [[listed(1, 'a', 5), mail(1)]])
  assert.equal(decision?.kind, 'bring')
  assert.deepEqual(decision?.kind === 'bring' && decision.destination, {
    folder: 'INBOX',
    flags: [],
    internalDate: Date.UTC(2020, 1, 3, 10),
    dateRule: 'received',
  })
})

test('all keys changed at once: every message is bound again, none is brought (A20)', () => {
  const rows = [1, 2, 3].map((n) => row(`old${n}`, mail(n)))
  const decisions = decideAll(
    rows,
    [1, 2, 3].map((n) => [listed(n, `new${n}`, mail(n).length), mail(n)]),
  )
  assert.deepEqual(
    decisions.map((one) => one.kind === 'known' && one.row.key),
    [key('old1'), key('old2'), key('old3')],
  )
})

test('a key that came back for another message, while the first one has a new key: nothing is brought twice (A21)', () => {
  const size = mail(1).length
  for (const order of [
    [1, 2],
    [2, 1],
  ]) {
    const arrivals = order.map((n): [Listed, Uint8Array] => [listed(n, n === 1 ? 'moved' : 'a', size), mail(n)])
    const decisions = decideAll([row('a', mail(1), { absentSince: 1 })], arrivals)
    assert.deepEqual(
      decisions.map(({ kind }) => kind),
      order.map((n) => (n === 1 ? 'known' : 'bring')),
    )
  }
})

test('identical twins renamed: two rows, two names, and a third copy is new (C06)', () => {
  const rows = [row('old1', mail(1)), row('old2', mail(1))]
  const decisions = decideAll(
    rows,
    ['x', 'y', 'z'].map((name, at) => [listed(at + 1, name, 9), mail(1)]),
  )
  assert.deepEqual(kinds(decisions), ['known', 'known', 'bring'])
})

test('the same bytes under a second key are a second message while the first is still listed', () => {
  const decisions = decideAll(
    [row('a', mail(1))],
    [
      [listed(1, 'a', 1), mail(1)],
      [listed(2, 'b', 9), mail(1)],
    ],
  )
  assert.deepEqual(kinds(decisions), ['known', 'bring'])
})

test('nameless messages are told apart by bytes and count', () => {
  const bytes = mail(1)
  const { exact } = fingerprintsOf(bytes)
  const first = keyFromFingerprint(exact, 1)
  const second = keyFromFingerprint(exact, 2)
  const fresh = decideAll(
    [],
    [
      [listed(1, undefined, 9), bytes],
      [listed(2, undefined, 9), bytes],
    ],
  )
  assert.deepEqual(
    fresh.map((one) => one.key),
    [first, second],
  )
  const rows = fresh.map((one) => row(one.key, bytes))
  const again = decideAll(rows, [
    [listed(1, undefined, 9), bytes],
    [listed(2, undefined, 9), bytes],
    [listed(3, undefined, 9), bytes],
  ])
  assert.deepEqual(kinds(again), ['known', 'known', 'bring'])
})

test('a message that had no name and now has one is the same message', () => {
  const bytes = mail(1)
  const rows = [row(keyFromFingerprint(fingerprintsOf(bytes).exact, 1), bytes)]
  assert.deepEqual(kinds(decideAll(rows, [[listed(1, 'a', 9), bytes]])), ['known'])
})

test('a key that now holds other bytes is brought under it, and its old holder is not forgotten (A21)', () => {
  assert.deepEqual(kinds(decideAll([row('a', mail(1))], [[listed(1, 'a', 99), mail(2)]])), ['bring'])
})

test('keys shifted among messages: every message is recognised by its bytes, none is brought', () => {
  const rows = [1, 2, 3].map((n) => row(`k${n}`, mail(n, 'x'.repeat(n))))
  const decisions = decideAll(
    rows,
    [2, 3, 1].map((n, at) => [listed(at + 1, `k${at + 1}`, mail(n, 'x'.repeat(n)).length), mail(n, 'x'.repeat(n))]),
  )
  assert.deepEqual(
    decisions.map((one) => one.kind === 'known' && one.row.key),
    [key('k2'), key('k3'), key('k1')],
  )
})

test('a key listed with another size but holding the same mail in canonical form is known', () => {
  const drifted = Buffer.concat([Buffer.from('X-UIDL: 17\r\n'), mail(1)])
  assert.deepEqual(kinds(decideAll([row('a', mail(1))], [[listed(1, 'a', drifted.length), drifted]])), ['known'])
})

test('three mails with one Message-ID and different bodies are three messages (C05)', () => {
  const bodies = ['one', 'two', 'three'].map((body) => mail(1, body))
  const decisions = decideAll(
    [],
    bodies.map((bytes, at) => [listed(at + 1, `k${at}`, 9), bytes]),
    policy({ duplicates: 'skip' }),
  )
  assert.deepEqual(kinds(decisions), ['bring', 'bring', 'bring'])
})

test('duplicates: skip leaves the second identical message out, against this run and earlier ones', () => {
  const skip = policy({ duplicates: 'skip' })
  const fresh = decideAll(
    [],
    [
      [listed(1, 'a', 9), mail(1)],
      [listed(2, 'b', 9), mail(1)],
    ],
    skip,
  )
  assert.deepEqual(kinds(fresh), ['bring', 'leave-out'])
  const later = decideAll(
    [row('a', mail(1))],
    [
      [listed(1, 'a', mail(1).length), mail(1)],
      [listed(2, 'b', 9), mail(1)],
    ],
    skip,
  )
  assert.deepEqual(kinds(later), ['known', 'leave-out'])
})

test('the bytes have the last word about selection', () => {
  const small = policy({ select: { maxSize: 10, since: undefined, before: undefined } })
  const [decision] = decideAll([], [[listed(1, 'a', 5), mail(1)]], small)
  assert.equal(decision?.kind === 'leave-out' && decision.outcome, 'filtered')
})
