// Quirks of what a destination makes of folders, flags and bytes (group B of the catalogue).
import assert from 'node:assert/strict'
import { parseFolder } from '../../src/config/folder.ts'
import { mail } from '../core/rows.ts'
import { forgetLedger } from '../scenarios/forget-ledger.ts'
import { type World, withWorld } from '../scenarios/world.ts'
import { gmailServer } from '../servers/imap-providers.ts'
import { imapCapabilities } from '../servers/imap-server.ts'
import { quirk } from './quirk.ts'

const messages = [mail(1), mail(2), mail(3)]

function inbox({ imap }: World) {
  return imap.folder('alice', 'INBOX').messages
}

quirk(
  'B07',
  'Only configured folders are created; one that exists is taken as it is; one that cannot be made is named, and not tried for ever.',
  async () => {
    const faults = { create: 'NO [CANNOT] not here' }
    await withWorld({ messages, policy: { folder: 'Moved' }, imap: { faults } }, async (world) => {
      const { error, tally } = await world.run()
      assert.equal(tally.pending.count, 3)
      assert.match(error?.message ?? '', /Moved/)
      assert.ok(world.imap.count('CREATE') <= 2)
    })
    await withWorld({ messages, policy: { folder: 'Moved' } }, async (world) => {
      world.imap.seed('alice', 'Moved', [])
      assert.equal((await world.run()).exitCode, 0)
      assert.equal(world.imap.count('CREATE'), 0)
      assert.equal(world.stored('Moved').length, 3)
    })
  },
)

quirk('B08', "Folder names take the server's own delimiter and prefix, and are sent in modified UTF-7.", () => {
  const imap = { delimiter: '.', prefix: 'INBOX.' } as const
  return withWorld({ messages, policy: { folder: 'Archiv/Ämter & Co' }, imap }, async (world) => {
    assert.equal((await world.run()).exitCode, 0)
    assert.equal(world.stored('INBOX.Archiv.Ämter & Co').length, 3)
    assert.ok(world.imap.log.some((line) => line.includes('INBOX.Archiv.&AMQ-mter &- Co')))
  })
})

quirk('B13', 'A message with NUL goes as a plain literal: literal8 would let the server rewrite it.', () => {
  const capabilities = [...imapCapabilities.full, 'BINARY']
  const withNul = Buffer.from('Subject: x\r\nContent-Transfer-Encoding: binary\r\n\r\na\0b\r\n')
  return withWorld({ messages: [withNul], imap: { capabilities } }, async (world) => {
    await world.run()
    assert.ok(inbox(world)[0]?.bytes.equals(withNul))
    assert.ok(!world.imap.log.some((line) => line.includes('~{')))
  })
})

quirk(
  'B14',
  'A NUL that reads back as 0x80 makes no other message: canonical-equal, and recognised without a ledger.',
  () => recognised((text) => text.replaceAll('\0', '\x80')),
)

quirk('B15', 'Folded line ends make no other message: canonical-equal, and recognised without a ledger.', () =>
  recognised((text) => text.replace(/\r*\n/g, '\r\n')),
)

async function recognised(change: (text: string) => string): Promise<void> {
  const odd = Buffer.from('Subject: odd\r\n\r\na\0b\r\none\ntwo\r\r\nthree\r\n', 'latin1')
  const rewrite = (bytes: Buffer) => Buffer.from(change(bytes.toString('latin1')), 'latin1')
  await withWorld({ messages: [odd, mail(2)], imap: { faults: { rewrite } } }, async (world) => {
    assert.equal((await world.run()).tally.copied.count, 2)
    const { deep } = await world.verify(true)
    assert.deepEqual([deep?.identical, deep?.canonicalEqual, deep?.different], [1, 1, 0])
    await forgetLedger(world.ledgerPath)
    assert.equal((await world.run()).tally.adopted.count, 2)
    assert.equal(inbox(world).length, 2)
  })
}

quirk(
  'B17',
  'A server that renders mail anew is found out by verify --deep; where it does not say where a message lies, that is reported and nothing is sent again.',
  async () => {
    const rewrite = (bytes: Buffer) => Buffer.concat([Buffer.from('X-Rendered: 1\r\n'), bytes])
    await withWorld({ messages, imap: { faults: { rewrite } } }, async (world) => {
      assert.equal((await world.run()).tally.copied.count, 3)
      assert.equal((await world.verify(true)).deep?.different, 3)
    })
    const imap = { faults: { rewrite }, capabilities: imapCapabilities.bare }
    await withWorld({ messages, imap }, async (world) => {
      const { exceptions, exitCode } = await world.run()
      assert.deepEqual([exceptions.length, exitCode], [3, 3])
      assert.match(exceptions[0]?.reason ?? '', /says that it stored the message/)
      await world.run()
      assert.equal(inbox(world).length, 3)
    })
  },
)

quirk(
  'B19',
  'Folders are addressed by special use, whatever they are called; a view such as \\All is refused.',
  async () => {
    assert.equal(parseFolder('\\All').ok, false)
    await withWorld({ messages, policy: { folder: '\\Sent' } }, async (world) => {
      world.imap.account('alice').create('Gesendet', '\\Sent')
      assert.equal((await world.run()).exitCode, 0)
      const used = world.imap.appends.map(({ folder }) => world.imap.folder('alice', folder).specialUse)
      assert.deepEqual([...new Set(used)], ['\\Sent'])
    })
  },
)

quirk('B19', 'What lies under another label already gets one label more, and lies in All Mail once.', () => {
  const { options } = gmailServer('alice', 'correct horse', 1e9)
  return withWorld({ messages, imap: options }, async (world) => {
    for (const folder of ['[Gmail]/All Mail', 'Archived']) world.imap.seed('alice', folder, [{ bytes: mail(1) }])
    const { exitCode, tally } = await world.run()
    assert.deepEqual([exitCode, tally.copied.count], [0, 3])
    assert.deepEqual(world.stored(), world.source())
    assert.deepEqual(world.stored('[Gmail]/All Mail'), world.source())
  })
})

quirk(
  'B20',
  'A folder that shows only its newest messages makes nothing be sent twice: the ledger is asked first.',
  () =>
    withWorld({ messages }, async (world) => {
      await world.run()
      world.imap.faults = { visible: 1 }
      world.maildrop.add({ uidl: 'new', bytes: mail(9) })
      const { tally } = await world.run()
      assert.deepEqual([tally.copied.count, tally['already-there'].count], [1, 3])
      assert.equal(inbox(world).length, 4)
    }),
)

quirk(
  'B23',
  'An account that can log in and nothing else is told in the words of its server; the mail stays where it is.',
  () => {
    const refused = ['SELECT', 'EXAMINE', 'STATUS', 'LIST']
    const answer = '{tag} NO User is authenticated but not connected.\r\n'
    const script = (verb: string) => (refused.includes(verb) ? answer : undefined)
    return withWorld({ messages, imap: { faults: { script } } }, async (world) => {
      const { error, tally } = await world.run()
      assert.match(error?.message ?? '', /authenticated but not connected/)
      assert.deepEqual([tally.pending.count, inbox(world).length], [3, 0])
    })
  },
)

quirk(
  'B24',
  'No flags are set unless asked for; a server that keeps fewer than asked is no reason to fail.',
  async () => {
    await withWorld({ messages }, async (world) => {
      await world.run()
      assert.ok(inbox(world).every(({ flags }) => flags.size === 0))
    })
    const policy = { flags: ['\\Seen', '\\Flagged', 'Moved'] }
    await withWorld({ messages, policy, imap: { faults: { permanentFlags: ['\\Seen'] } } }, async (world) => {
      assert.equal((await world.run()).exitCode, 0)
      assert.ok(inbox(world).every(({ flags }) => flags.has('\\Seen')))
    })
  },
)

quirk('B25', 'Mail can be stored as read (flags: \\Seen), so that no client answers old read receipts.', () =>
  withWorld({ messages, policy: { flags: ['\\Seen'] } }, async (world) => {
    await world.run()
    assert.ok(inbox(world).every(({ flags }) => flags.has('\\Seen')))
  }),
)

quirk('B34', 'UTF8=ACCEPT and IMAP4rev2 are never switched on: they change how names and messages are sent.', () =>
  withWorld(
    { messages, imap: { capabilities: [...imapCapabilities.full, 'UTF8=ACCEPT', 'IMAP4rev2'] } },
    async (world) => {
      assert.equal((await world.run()).exitCode, 0)
      assert.equal(world.imap.count('ENABLE'), 0)
    },
  ),
)

quirk('B35', 'A folder that takes no mail ends the pair with the reason; once it does, the next run goes on.', () =>
  withWorld({ messages, imap: { faults: { isReadOnly: true } } }, async (world) => {
    const { error, exitCode, tally } = await world.run()
    assert.deepEqual([error?.code, exitCode, tally.pending.count], ['permission-denied', 3, 3])
    assert.equal(world.pop3.count('RETR'), 0, 'and nothing is marked as read for nothing')
    world.imap.faults = {}
    assert.equal((await world.run()).exitCode, 0)
    assert.deepEqual(world.stored(), world.source())
  }),
)

quirk('B36', 'A greeting that skips the login is refused: nobody would know whose mailbox it is.', () =>
  withWorld({ messages, imap: { faults: { greeting: 'preauth' } } }, async (world) => {
    const { error, tally } = await world.run()
    assert.equal(error?.code, 'protocol')
    assert.deepEqual([tally.pending.count, world.imap.appends.length], [3, 0])
  }),
)
