// What people are told to do: it has to work for a watch and for a run by hand.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paragraphsOf } from '../../src/notify/telling.ts'

test('a refused login: a watch goes on once it is reloaded, a run by hand with --now', () => {
  const hosts = { sourceHost: 'pop.example', destinationHost: 'imap.example' }
  const times = { at: 2, since: 1, times: 1, end: undefined, was: undefined }
  const said = { code: 'auth', reason: undefined, hint: undefined } as const
  const text = paragraphsOf({ kind: 'auth', pair: 'alice', ...hosts, ...times, ...said }).join(' ')
  assert.match(text, /reload the watch.*without a watch, run mailhaul sync --now/)
})
