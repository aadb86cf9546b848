// Looking for a lost append: only where it can lie, and never a place that is another message's.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fingerprintsOf } from '../../src/core/fingerprint.ts'
import { lookFor } from '../../src/engine/settle.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { key, mail } from '../core/rows.ts'
import { openAccount, user } from '../destinations/imap/open-account.ts'
import { heldClock } from './held-clock.ts'

const bytes = mail(1)
const size = bytes.length
const fingerprints = fingerprintsOf(bytes)

/** An INBOX with so many copies of the message, a book, and a way to look for lost ones. */
async function place(t: TestContext, copies: number) {
  const { server, destination, signal } = await openAccount(t)
  server.seed(user, 'INBOX', new Array(copies).fill({ bytes }))
  const directory = await mkdtemp(join(tmpdir(), 'mailhaul-settle-'))
  const ledger = openLedger({ path: join(directory, 'ledger.db'), clock: heldClock() })
  t.after(async () => {
    ledger.close()
    await rm(directory, { recursive: true })
  })
  const book = ledger.open('pair', destination.account)
  const folder = await destination.ensure('INBOX', signal)
  const { uidValidity } = folder
  return {
    server,
    folder,
    book,
    destination,
    signal,
    /** Looks for so many appends of the message, announced when this was the next UID. */
    look: async (uidNext: number, count = 1) => {
      const lost = Array.from({ length: count }, () => ({ size, fingerprints, uidValidity, uidNext }))
      return lookFor('INBOX', await destination.ensure('INBOX', signal), lost, { destination, book, signal })
    },
    /** Gives a place to another message with the same bytes. */
    bind: (uid: number) => {
      const placed = { folder: folder.path, uidValidity, uid }
      const ended = { listedSize: size, size, fingerprints, state: 'settled', outcome: 'copied' } as const
      book.settle([{ ...ended, key: key(`twin${uid}`), placed }])
    },
  }
}

test('a place that the ledger has given to a twin is no answer', async (t) => {
  const { look, bind } = await place(t, 2)
  bind(1)
  assert.deepEqual(await look(1, 2), [2, undefined])
  bind(2)
  assert.deepEqual(await look(1), [undefined])
})

test('what lay there before the append was announced is no answer', async (t) => {
  const { look } = await place(t, 3)
  assert.deepEqual([await look(3), await look(4)], [[3], [undefined]])
})

test('where the folder was rebuilt meanwhile, all of it is searched (B05)', async (t) => {
  const { look, server } = await place(t, 1)
  await server.bumpUidValidity(user, 'INBOX')
  assert.deepEqual(await look(50), [1])
})

test('a copy of another message that is looked for as well is no answer, however alike the two are', async (t) => {
  const { book, folder, destination, signal } = await place(t, 1)
  // A form that differs from what lies there in blank lines at its end alone, and has not arrived.
  const longer = Buffer.concat([bytes, Buffer.from('\r\n\r\n')])
  const { uidValidity } = folder
  const open = [bytes, longer].map((one, at) => {
    const found = { size: one.length, fingerprints: fingerprintsOf(one), uidValidity, uidNext: 1 }
    return { ...found, key: key(`open${at}`), listedSize: one.length, folder: 'INBOX' }
  })
  book.begin(open)
  const look = (one: (typeof open)[number] | undefined) =>
    lookFor('INBOX', folder, one ? [one] : [], { destination, book, signal })
  assert.deepEqual(await look(open[1]), [undefined])
  assert.deepEqual(await look(open[0]), [1])
})
