// What people are told to do: it has to work for a watch and for a run by hand.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MailhaulError } from '../../src/core/errors.ts'
import { paragraphsOf, subjectOf } from '../../src/notify/telling.ts'
import { refusal, telling } from './tellings.ts'

test('a secret that is missing is not called a refused login', () => {
  const { message } = refusal()
  const missing = new MailhaulError({ code: 'secret', scope: 'pair', retry: 'never', end: 'source', message })
  assert.equal(subjectOf(telling()), 'mailhaul: alice: the login at the source is refused')
  assert.equal(subjectOf(telling({ error: missing })), 'mailhaul: alice: what the login at the source needs is missing')
  assert.doesNotMatch(paragraphsOf(telling({ error: missing })).join(' '), /locked/)
})

test('a refused login: a run by hand with --now does not wait, and with it goes a watch; or it is reloaded', () => {
  const hosts = { sourceHost: 'pop.example', destinationHost: 'imap.example' }
  const times = { at: 2, since: 1, times: 1, end: undefined, was: undefined }
  const said = { code: 'auth', reason: undefined, hint: undefined } as const
  const text = paragraphsOf({ kind: 'auth', pair: 'alice', ...hosts, ...times, ...said }).join(' ')
  assert.match(
    text,
    /run mailhaul sync --now.* a watch goes on by itself once that has got through.*changed, reload the watch/,
  )
})
