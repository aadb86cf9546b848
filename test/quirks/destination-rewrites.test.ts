// Quirks of destinations that store other bytes than they were given (groups B.2 and C).
import assert from 'node:assert/strict'
import { mail } from '../core/rows.ts'
import { forgetLedger } from '../scenarios/forget-ledger.ts'
import { withWorld } from '../scenarios/world.ts'
import { onAppend } from '../servers/imap-faults.ts'
import { quirk } from './quirk.ts'

const some = Array.from({ length: 12 }, (_, number) => mail(number))
const eightBit = (subject: string) =>
  Buffer.from(`Subject: ${subject}\r\nMessage-ID: <${subject.length}>\r\n\r\nbody\r\n`, 'latin1')
const munged = [eightBit('gr\xfc\xdfe'), eightBit('\xc3\xbcber'), ...some]
const writeOver = (character: string) => (bytes: Buffer) =>
  Buffer.from(bytes.toString('latin1').replace(/[\x80-\xff]/g, character), 'latin1')

quirk(
  'B12',
  'A server that writes over 8-bit characters in headers is found out by reading such messages back, and named in a warning; a server that keeps them is asked about three messages and never again.',
  () =>
    withWorld({ messages: munged }, async (world) => {
      world.imap.faults = { rewrite: writeOver('X') }
      const { exitCode, warnings, tally } = await world.run()
      assert.deepEqual([exitCode, tally.copied.count], [0, munged.length])
      assert.match(warnings.join(), /changes 8-bit characters in headers/)
      const { deep, problems } = await world.verify(true)
      assert.deepEqual([deep?.canonicalEqual, deep?.identical, problems.length], [2, some.length, 0])

      await withWorld({ messages: munged }, async (other) => {
        const fetches = () => other.imap.log.filter((line) => / UID FETCH .*BODY/.test(line)).length
        assert.deepEqual((await other.run()).warnings, [])
        assert.equal(fetches(), 1)
        other.maildrop.add({ uidl: 'third', bytes: eightBit('\xe4') })
        await other.run()
        const before = fetches()
        other.maildrop.add({ uidl: 'fourth', bytes: eightBit('\xf6\xf6\xf6') })
        await other.run()
        assert.equal(fetches(), before)
        assert.deepEqual(other.stored(), other.source())
      })
    }),
)

for (const [server, character] of [
  ['Cyrus', 'X'],
  ['Yahoo', '?'],
] as const) {
  quirk(
    'C02',
    `A message whose 8-bit header characters have become other ones (X or ?) is recognised after a lost answer and after a lost ledger; nothing is doubled.`,
    () =>
      withWorld({ messages: munged }, async (world) => {
        world.imap.faults = { rewrite: writeOver(character), append: onAppend(1, { kind: 'drop-answer' }) }
        assert.equal((await world.run()).exitCode, 0, server)
        assert.equal(world.stored().length, munged.length)
        await forgetLedger(world.ledgerPath)
        const { tally, exitCode } = await world.run()
        assert.deepEqual([exitCode, tally.adopted.count, tally.copied.count], [0, munged.length, 0])
        assert.equal(world.stored().length, munged.length)
      }),
  )
}
