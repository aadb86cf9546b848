// The look at stored headers with 8-bit octets: one at a time, three messages at most, and none once it is known.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Event } from '../../src/core/events.ts'
import { HeaderCheck, type JustPlaced } from '../../src/engine/header-check.ts'
import { RunRecord } from '../../src/engine/run-record.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { openAccount } from '../destinations/imap/open-account.ts'
import type { ImapFaults } from '../servers/imap-faults.ts'
import { heldClock } from './held-clock.ts'
import { heldMessage } from './held-message.ts'

/** A look at messages of one folder of a server in memory, with a real ledger. */
async function place(t: TestContext, faults: ImapFaults = {}) {
  const { server, destination, signal } = await openAccount(t, { server: { faults } })
  const directory = await mkdtemp(join(tmpdir(), 'mailhaul-headers-'))
  const clock = heldClock()
  const ledger = openLedger({ path: join(directory, 'ledger.db'), clock })
  t.after(async () => {
    ledger.close()
    await rm(directory, { recursive: true })
  })
  const events: Event[] = []
  const book = ledger.open('pair', destination.account)
  const record = new RunRecord('pair', (event) => events.push(event), clock)
  const folder = await destination.ensure('INBOX', signal)
  return {
    server,
    book,
    folder,
    check: new HeaderCheck({ destination, book, record, signal }),
    warnings: () => events.filter(({ kind }) => kind === 'warning').length,
    /** Stores messages with these subjects as they are and as the destination was told. */
    store: async (...subjects: string[]): Promise<JustPlaced[]> => {
      const batch = subjects.map((subject) => {
        const bytes = Buffer.from(`Subject: ${subject}\r\n\r\nbody\r\n`, 'latin1')
        return { message: heldMessage(bytes), flags: [], internalDate: 0 }
      })
      const answers = await destination.append(folder, batch, signal)
      return batch.map(({ message }, at) => {
        const answer = answers[at]
        assert.ok(answer?.kind === 'placed' && answer.uid !== undefined)
        return { message, uid: answer.uid }
      })
    },
    /** UIDs whose bytes were asked for, in order. */
    read: () => server.log.flatMap((line) => /UID FETCH (\S+) .*BODY/.exec(line)?.[1] ?? []),
  }
}

test('three messages are read back at most, only such as tell something, and none after them', async (t) => {
  const { check, folder, store, read, book, warnings } = await place(t)
  await check.look(folder, await store('plain', 'gr\xfc\xdfe', 'plain', 'gr\xfc\xdfe', 'gr\xfc\xdfe', 'gr\xfc\xdfe'))
  assert.deepEqual([read(), book.habit('8bit-headers'), warnings()], [['2,4:5'], '3', 0])
  await check.look(folder, await store('gr\xfc\xdfe'))
  assert.equal(read().length, 1)
})

test('one look at a time: what it shows spares the others', async (t) => {
  const { check, folder, store, read, book } = await place(t)
  const batches = [await store('\xe4', '\xf6'), await store('\xfc', '\xdf'), await store('\xc4'), await store('\xd6')]
  await Promise.all(batches.map((placed) => check.look(folder, placed)))
  assert.deepEqual([read(), book.habit('8bit-headers')], [['1:2', '3:4'], '4'])
})

test('one message that was changed says it for all', async (t) => {
  const rewrite = (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace(/[\x80-\xff]/g, 'X'), 'latin1')
  const { check, folder, store, read, book, warnings } = await place(t, { rewrite })
  const batches = [await store('\xe4'), await store('\xfc'), await store('\xc4')]
  await Promise.all(batches.map((placed) => check.look(folder, placed)))
  assert.deepEqual([read(), book.habit('8bit-headers'), warnings()], [['1'], 'changed', 1])
})

test('a look that fails costs nothing: the next batch is looked at', async (t) => {
  const { check, folder, store, read, book, server } = await place(t)
  const batches = [await store('\xe4'), await store('\xfc')]
  server.faults = { script: (verb) => (verb === 'UID FETCH' ? '{tag} NO not now\r\n' : undefined) }
  await check.look(folder, batches[0] ?? [])
  assert.deepEqual([read(), book.habit('8bit-headers')], [['1'], undefined])
  server.faults = {}
  await check.look(folder, batches[1] ?? [])
  assert.deepEqual([read(), book.habit('8bit-headers')], [['1', '2'], '1'])
})
