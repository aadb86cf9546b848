// Quirks that Dovecot itself shows, at either end of the real command.
import assert from 'node:assert/strict'
import { mail } from '../core/rows.ts'
import { strangeMessage } from '../corpus/strange-messages.ts'
import type { DovecotServer } from '../live/dovecot.ts'
import { acl, pop3, quota, setRights } from '../live/dovecot-plugins.ts'
import { holdAt } from '../live/hold.ts'
import { describeLive } from '../live/live.ts'
import { difference, dovecot, type LiveBenchOptions, same, withLive, withSession } from '../live/live-bench.ts'
import { quirk } from './quirk.ts'

const plain = { source: dovecot(), destination: dovecot() }
const latin1 = (text: string) => Buffer.from(text, 'latin1')

/** Maildir files are stored with LF alone, so this is what a POP3 session serves of them: CRLF, and one at the end. */
function served(bytes: Uint8Array): Buffer {
  const text = Buffer.from(bytes).toString('latin1').replace(/\r*\n/g, '\r\n')
  return latin1(text.endsWith('\n') ? text : `${text}\r\n`)
}

/** Moves the messages, finds them as served, moves nothing in a second run, and is content with what `verify` finds. */
async function arrivesAsServed(messages: readonly Uint8Array[], stored = messages.map(served)): Promise<void> {
  await withLive({ ...plain, messages }, async (bench) => {
    await bench.syncs({ copied: messages.length })
    assert.deepEqual(difference(await bench.stored(), stored), same)
    const again = await bench.syncs({ 'already-there': messages.length })
    assert.equal(again.bytesFetched, 0)
    const { code, deep, problems } = await bench.verifyDeep()
    assert.deepEqual([code, deep.different, deep.missing, problems], [0, 0, 0, []])
  })
}

describeLive('quirks of Dovecot as the source', ['dovecot'], () => {
  quirk('A19', 'Where Dovecot numbers the holders of one unique-id, each is told from the others by its bytes.', () => {
    const named = (number: number) => Buffer.concat([latin1('X-UIDL: same\r\n'), mail(number)])
    const source = dovecot({ config: pop3('pop3_reuse_xuidl = yes', 'pop3_uidl_duplicates = rename') })
    return withLive({ ...plain, source, messages: [named(1), named(2)] }, async (bench) => {
      await bench.syncs({ copied: 2 })
      // The first one goes, the second takes over its name, and a third that of the second; all have one size.
      await withSession(bench.source, async (session) => {
        for (const command of ['SELECT INBOX', 'STORE 1 +FLAGS (\\Deleted)', 'EXPUNGE']) await session.command(command)
      })
      await bench.source.deliver('alice', [named(3)])
      await bench.syncs({ 'already-there': 1, copied: 1 })
      await bench.holds([named(1), named(2), named(3)], [named(2), named(3)])
    })
  })

  quirk(
    'A20',
    'After Dovecot has lost its list of unique-ids nothing is appended: messages are known by content.',
    () => {
      const messages = [mail(1), mail(2), mail(2), mail(3)]
      return withLive({ ...plain, messages }, async (bench) => {
        await bench.syncs({ copied: 4 })
        await bench.source.removeUidlist('alice')
        const renamed = await bench.syncs({ 'already-there': 4 })
        assert.equal(renamed.bytesAppended, 0)
        const again = await bench.syncs({ 'already-there': 4 })
        assert.equal(again.bytesFetched, 0)
        await bench.holds(messages)
      })
    },
  )

  quirk('A34', 'A message without a final line end is stored with the one that Dovecot sends.', () =>
    arrivesAsServed(['no-final-newline', 'header-without-final-newline', 'header-only'].map(strangeMessage)),
  )

  quirk('A35', 'Bare carriage returns are kept, line ends are stored as Dovecot serves them.', () =>
    arrivesAsServed(['bare-cr', 'bare-lf', 'lf-only', 'crcrlf'].map(strangeMessage)),
  )

  quirk('A41', 'A message expunged over IMAP between listing and fetching has vanished; all others are moved.', () => {
    const messages = [1, 2, 3, 4, 5, 6].map((number) => mail(number))
    return withLive({ ...plain, messages }, async (bench) => {
      const hold = await holdAt(bench.source.ports.pop3, 'RETR', () =>
        withSession(bench.source, async (session) => {
          for (const command of ['SELECT INBOX', 'STORE 3 +FLAGS (\\Deleted)', 'EXPUNGE'])
            await session.command(command)
        }),
      )
      try {
        await bench.configure(`port: ${hold.port}`)
        const left = messages.filter((_, at) => at !== 2)
        const synced = await bench.sync()
        assert.deepEqual([synced.code, synced.outcomes], [3, { copied: 5, vanished: 1 }], synced.printed)
        const reasons = synced.exceptions.map(({ reason }) => reason).join()
        assert.match(reasons, /expunged|gone/i)
        await bench.syncs({ 'already-there': 5 })
        await bench.holds(left)
      } finally {
        await hold.stop()
      }
    })
  })
})

describeLive('quirks of Dovecot as the destination', ['dovecot'], () => {
  quirk(
    'B13',
    'What claims to be binary is sent in a plain literal, so Dovecot does not store it as base64.',
    async () => {
      const message = strangeMessage('binary-transfer-encoding')
      await withLive({ ...plain, messages: [message] }, async (bench) => {
        await bench.syncs({ copied: 1 })
        const [file = Buffer.alloc(0)] = await bench.destination.messages('alice')
        assert.deepEqual(served(file), Buffer.from(message))
      })
    },
  )

  quirk('B14', 'A NUL octet that Dovecot stores and shows as 0x80 is canonical-equal, and known again by it.', () => {
    const messages = [strangeMessage('nul-bytes'), strangeMessage('nul-in-header')]
    return withLive({ ...plain, messages }, async (bench) => {
      await bench.syncs({ copied: 2 })
      assert.deepEqual(difference((await bench.destination.messages('alice')).map(served), messages), same)
      const { code, deep } = await bench.verifyDeep()
      assert.deepEqual([code, deep.canonicalEqual], [0, 2])
      await bench.forgetLedger()
      await bench.syncs({ adopted: 2 })
      assert.equal((await bench.stored()).length, 2)
    })
  })

  quirk('B15', 'What was stored before with other line ends is found again, not stored once more.', () => {
    const messages = [strangeMessage('crcrlf'), strangeMessage('bare-lf')]
    return withLive({ ...plain, messages }, async (bench) => {
      await bench.withDestination((session) => session.append('INBOX', messages))
      await bench.syncs({ adopted: 2 })
      assert.equal((await bench.stored()).length, 2)
    })
  })

  quirk('B33', 'One message that Dovecot refuses does not keep the other 49 of its MULTIAPPEND from arriving.', () => {
    const large = mail(50, 'x'.repeat(60_000))
    const messages = Array.from({ length: 50 }, (_, at) => (at === 31 ? large : mail(at)))
    const destination = dovecot({ config: quota('80M', 'quota_max_mail_size = 50k') })
    return withLive({ ...plain, destination, messages }, async (bench) => {
      const synced = await bench.sync()
      assert.deepEqual([synced.code, synced.outcomes], [3, { copied: 49, 'too-big': 1 }], synced.printed)
      const others = messages.filter((message) => message !== large)
      await bench.holds(others, messages)
    })
  })

  /** A folder on which the account has these rights and no others: nothing is stored, and this is said. */
  const refuses = (rights: string, sentence: RegExp) => {
    const config = acl(true)
    const options: LiveBenchOptions<DovecotServer, DovecotServer> = {
      ...{ source: dovecot(), destination: dovecot({ config }) },
      ...{ messages: [mail(1), mail(2)], destinationKeys: 'folder: Archive' },
    }
    return withLive(options, async (bench) => {
      await bench.withDestination((session) => session.command('CREATE Archive'))
      await setRights(bench.destination, 'Archive', rights)
      const { code, outcomes, error, bytesAppended } = await bench.sync()
      assert.deepEqual([code, outcomes, error?.code, bytesAppended], [3, { pending: 2 }, 'permission-denied', 0])
      assert.match(error?.message ?? '', sentence)
      assert.ok(error?.hint)
      assert.deepEqual(await bench.destination.messages('alice', 'Archive'), [])
    })
  }

  quirk(
    'B04',
    'A folder that may be written to but not read gets nothing: where a message lies could not be proven.',
    () => refuses('lip', /may not read the folder "Archive"/),
  )

  quirk('B35', 'Without the right to insert nothing is sent, and the rights there are stand in the message.', () =>
    refuses('lrwstpekxa', /may not store mail in the folder "Archive": its rights are "lrwstpekxacd"/),
  )
})
