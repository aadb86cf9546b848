// Connections that are opened before they are needed: what becomes of them where they are refused, or not needed after all.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mail } from '../core/rows.ts'
import { withWorld } from './world.ts'

const many = Array.from({ length: 500 }, (_, number) => mail(number))

test('a login that nobody needs any more is not waited for', { timeout: 60_000 }, () =>
  withWorld(
    {
      messages: many.slice(0, 1),
      pop3: { faults: { login: 'wrong-password' } },
      imap: { faults: { greeting: 'silent' } },
      destination: { deadlines: { greeting: 3_600_000 } },
    },
    async (world) => {
      const { error } = await world.run()
      assert.equal(error?.code, 'auth')
    },
  ),
)

test('one connection too many, refused as if the password were wrong, does not end the run', () => {
  let logins = 0
  let outcomes = 0
  const script = (verb: string) => {
    if (verb !== 'LOGIN' && verb !== 'AUTHENTICATE') return undefined
    logins += 1
    return logins === 3 ? '{tag} NO Login failed.\r\n' : undefined
  }
  return withWorld({ messages: many, connections: 'auto', imap: { faults: { script } } }, async (world) => {
    const { tally, error } = await world.run({
      onEvent: ({ kind }) => {
        if (kind !== 'outcome') return
        outcomes += 1
        if (outcomes === 100) world.imap.dropAll()
      },
    })
    assert.ok(logins > 3, 'a third was refused, and others followed')
    assert.equal(error, undefined)
    assert.equal(tally.copied.count, 500)
  })
})
