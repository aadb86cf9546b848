// The table of providers: who runs a host, and what is said about it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  destinationNotes,
  providerNames,
  providerOf,
  providers,
  sourceNotes,
  sourceProvider,
} from '../../src/core/providers.ts'

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
  assert.deepEqual([sourceNotes(providers.none, true), destinationNotes(providers.none)], [[], []])
})

test('what a removal does is told where something is removed', () => {
  const said = (removes: boolean) => sourceNotes(providers.gmail, removes).join()
  assert.match(said(true), /decided by the same setting of Gmail, not by source.leave/)
  assert.doesNotMatch(said(false), /source.leave/)
  assert.match(destinationNotes(providers.gmail).join(), /500 MB a day/)
})
