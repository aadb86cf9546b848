// The table of providers: who runs a host, and what is said about it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pair, Policy } from '../../src/core/pair.ts'
import {
  appendLimits,
  type ProviderName,
  providerNames,
  providerOf,
  providers,
  sourceNotes,
  sourceProvider,
} from '../../src/core/providers.ts'
import { type Rates, ratesInForce } from '../../src/core/rates.ts'
import { policy } from './rows.ts'

function pairAt(name: ProviderName, changes: Partial<Policy> = {}): Pair {
  const hosts = { sourceHost: 'pop.example', destinationHost: 'imap.example' }
  const ends = { sourceProvider: providers[name], destinationProvider: providers[name] }
  return { name: 'pair', ...hosts, ...ends, policy: policy(changes) }
}

const hosts: readonly (readonly [host: string, title: string])[] = [
  ['pop.gmail.com', 'Gmail'],
  ['IMAP.Gmail.com', 'Gmail'],
  ['outlook.office365.com', 'Outlook'],
  ['pop.mail.yahoo.com', 'Yahoo and AOL'],
  ['pop.aol.com', 'Yahoo and AOL'],
  ['pop.qq.com', 'QQ Mail'],
  ['pop.exmail.qq.com', 'QQ Mail'],
  ['pop.163.com', 'NetEase (163, 126, yeah.net)'],
  ['pop.126.com', 'NetEase (163, 126, yeah.net)'],
  ['pop.example.com', 'no provider known'],
  ['gmail.com.example', 'no provider known'],
  ['notqq.com', 'no provider known'],
]

for (const [host, title] of hosts) {
  test(`${host}: ${title}`, () => assert.equal(providerOf(host).title, title))
}

test('the owner of a pair knows better than its host', () => {
  assert.equal(sourceProvider('mail.example', 'alice', 'wildduck'), providers.wildduck)
  assert.equal(sourceProvider('pop.gmail.com', 'alice', 'none'), providers.none)
})

test('recent: in front of a user name is another Gmail, and nothing but Gmail', () => {
  const recent = sourceProvider('pop.gmail.com', 'recent:alice@gmail.com')
  assert.deepEqual([recent.window, recent.refusesRemoval, recent.consumes], ['recent', true, undefined])
  assert.equal(sourceProvider('pop.example', 'recent:alice'), providers.none)
})

test('every window is told in words, and nothing is said of whom nothing is known', () => {
  for (const name of providerNames) {
    const { window, shows } = { shows: undefined, ...providers[name] }
    assert.equal(shows === undefined, window === 'none', name)
  }
  const nobody = pairAt('none', { leave: { kind: 'delete', afterDays: 0, proof: 'size' } })
  assert.deepEqual([sourceNotes(nobody), appendLimits(nobody)], [[], []])
})

test('what a removal does is told where something is removed', () => {
  const said = (leave: Policy['leave']) => sourceNotes(pairAt('gmail', { leave })).join()
  assert.match(said({ kind: 'delete', afterDays: 0, proof: 'size' }), /decided by the same setting of Gmail/)
  assert.doesNotMatch(said({ kind: 'keep' }), /source.leave/)
})

test('published limits are told, with what becomes of them', () => {
  const append = providers.gmail.published.append
  const said = (destinationRates: Rates) => appendLimits({ ...pairAt('gmail'), destinationRates }).join()
  assert.match(
    said(ratesInForce({}, append)),
    /takes 500 MB a day .*: sync stops there and goes on the next day, unless/,
  )
  assert.match(said(ratesInForce({ bytesPerDay: 'none' }, append)), /destination\.limits lets sync go beyond that/)
  assert.match(said(ratesInForce({ bytesPerDay: 9e8 }, append)), /lets sync go beyond that/)
  assert.match(said(ratesInForce({ bytesPerDay: 1e6 }, append)), /keeps sync below that/)
  const outlook = providers.outlook.published.append
  const rates = ratesInForce({ bytesPerSecond: 1000 }, outlook)
  assert.deepEqual(rates, { bytesPerSecond: 1000, messagesPerSecond: 1, bytesPerDay: undefined })
  assert.match(
    appendLimits({ ...pairAt('outlook'), destinationRates: rates }).join(),
    /3600 messages and 300 MB an hour/,
  )
})
