// What may go otherwise is told by real ends, each thing once, under its code.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RiskCode } from '../../src/core/risks.ts'
import { mail } from '../core/rows.ts'
import { hastyClock } from '../engine/held-clock.ts'
import { certificate } from '../servers/certificates.ts'
import { imapCapabilities } from '../servers/imap-server.ts'
import { pop3Capabilities } from '../servers/pop3-server.ts'
import { type World, type WorldOptions, withWorld } from './world.ts'

const { ca } = await certificate()
const secure = { tls: 'implicit', tlsOptions: { ca: [ca], fingerprints: [], minVersion: 'TLSv1.2' } } as const

interface Case {
  readonly codes: readonly RiskCode[]
  readonly options?: WorldOptions
  readonly before?: (world: World) => Promise<void>
}

const without = (...words: string[]) => pop3Capabilities.filter((line) => !words.some((word) => line.startsWith(word)))
const offering = (...lines: string[]) => ({ capabilities: [...without('EXPIRE'), ...lines] })
const select = { maxSize: undefined, since: Date.UTC(2010, 0), before: undefined }
const user = (quota: { octets: number }) => ({ users: [{ user: 'alice', password: 'correct horse', quota }] })

const cases: readonly Case[] = [
  { codes: [] },
  { codes: ['no-uidl'], options: { pop3: { capabilities: without('UIDL'), faults: { uidl: { unsupported: true } } } } },
  { codes: ['keys-shared'], options: { pop3: { faults: { uidl: { line: (position) => `${position} same` } } } } },
  { codes: ['keys-missing'], options: { pop3: { faults: { uidl: { omits: ({ uidl }) => uidl === 'u2' } } } } },
  {
    codes: ['uidl-strays', 'window', 'listing-disagrees'],
    options: { pop3: { faults: { list: { omits: ({ uidl }) => uidl === 'u2' } } } },
  },
  { codes: ['source-consumes'], options: { pop3: offering('EXPIRE 0') } },
  { codes: ['source-expires'], options: { pop3: offering('EXPIRE 30') } },
  { codes: ['login-delay'], options: { pop3: offering('EXPIRE NEVER', 'LOGIN-DELAY 60') } },
  { codes: ['no-capa'], options: { pop3: { faults: { capa: 'error' } } } },
  { codes: ['no-pipelining'], options: { pop3: { capabilities: without('PIPELINING') } } },
  { codes: ['no-top'], options: { pop3: { capabilities: without('TOP') }, policy: { select } } },
  { codes: ['window'], options: { provider: 'qq' } },
  { codes: ['backlog-first-run'], options: { policy: { backlog: { kind: 'newest', count: 1 } } } },
  {
    codes: ['no-uidplus', 'no-multiappend', 'no-literal-plus'],
    options: { imap: { capabilities: imapCapabilities.bare } },
  },
  {
    codes: ['quota-too-small'],
    options: { imap: user({ octets: 1024 }), messages: [mail(1, 'x'.repeat(600)), mail(2, 'x'.repeat(600))] },
  },
  {
    codes: ['gmail-merges', 'published-limits-kept', 'daily-budget'],
    options: { destinationProvider: 'gmail' },
  },
  {
    codes: ['same-mailbox'],
    options: { messages: [1, 2, 3, 4, 5, 6].map((number) => mail(number)) },
    before: async (world) =>
      void world.imap.seed(
        'alice',
        'INBOX',
        [1, 2, 3, 4, 5, 6].map((number) => ({ bytes: mail(number) })),
      ),
  },
  {
    // Theirs is good for two days; what is said of both ends in the same words is said once.
    codes: ['certificate-expires'],
    options: { pop3: { tls: 'implicit' }, imap: { tls: 'implicit' }, source: secure, destination: secure },
  },
  {
    codes: ['login-held'],
    before: async (world) => {
      const { password } = world.maildrop
      world.maildrop.password = 'another'
      for (let run = 0; run < 3; run += 1) await world.run({ clock: hastyClock() })
      world.maildrop.password = password
    },
  },
]

for (const { codes, options, before } of cases) {
  test(codes.join(', ') || 'nothing special', () =>
    withWorld({ messages: [mail(1), mail(2), mail(3)], ...options }, async (world) => {
      await before?.(world)
      const rates = codes.includes('daily-budget') ? { destinationRates: { bytesPerDay: 200 } } : {}
      const { risks, notes, error } = await world.preview({ rates })
      assert.equal(error, undefined)
      assert.deepEqual(risks.map(({ code }) => code).sort(), [...codes].sort())
      const said = [...risks.map(({ text }) => text), ...notes]
      assert.equal(new Set(said).size, said.length)
    }),
  )
}
