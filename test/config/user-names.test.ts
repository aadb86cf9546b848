// User names are taken out of reasons and advice, and nothing else is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkConfig } from '../../src/config/check.ts'
import { maskUsers } from '../../src/config/user-names.ts'

const end = (user: string) => ({ host: 'mail.example', user, password: { keyring: true } })
function maskOf(...pairs: readonly [name: string, old: string, fresh: string][]) {
  const text = JSON.stringify({
    pairs: pairs.map(([name, old, fresh]) => ({ name, source: end(old), destination: end(fresh) })),
  })
  const { config } = checkConfig(text)
  return maskUsers(config ?? assert.fail(text))
}

const family = maskOf(['mum', 'anna.old@old.example', 'anna@new.example'], ['ben', 'ben', 'Ben.Neu+x@new.example'])

for (const [said, shown] of [
  ['The server refused the login of anna@new.example: no', 'The server refused the login of [user]: no'],
  ['no such user <ANNA.OLD@OLD.EXAMPLE>', 'no such user <[user]>'],
  ['mailbox of anna is full', 'mailbox of [user] is full'],
  ['anna@elsewhere.example, anna.old, Ben.Neu+x', '[user]@elsewhere.example, [user], [user]'],
  ['Susanna, annas and anna_b have nothing to do with it', 'Susanna, annas and anna_b have nothing to do with it'],
  ['ben is a pair, too', 'ben is a pair, too'],
] as const) {
  test(said, () => assert.equal(family.reason(said), shown))
}

test('advice keeps its commands', () => {
  const mask = maskOf(['mum', 'source@old.example', 'mailhaul@new.example'])
  const advice = 'Type it again: mailhaul secret set mum source. Is it source@old.example?'
  assert.equal(mask.hint(advice), 'Type it again: mailhaul secret set mum source. Is it [user]?')
})

test('Gmail’s sign before a name hides none', () => {
  const mask = maskOf(['odd', 'recent:anna@gmail.com', 'x'])
  assert.equal(mask.reason('anna@gmail.com, recent:anna@gmail.com'), '[user], [user]')
})

test('names are taken as they are, also where they would mean something else', () => {
  const mask = maskOf(['odd', 'a.*b|(', 'x'])
  assert.equal(mask.reason('aXXb, a.*b|( and x'), 'aXXb, [user] and [user]')
})
