// The scenarios: how a world looks before the run that is examined, and what must be so afterwards.
import { mail } from '../core/rows.ts'
import { strangeMessages } from '../corpus/strange-messages.ts'
import { imapCapabilities } from '../servers/imap-server.ts'
import { pop3Capabilities } from '../servers/pop3-server.ts'
import { forgetLedger } from './forget-ledger.ts'
import type { World, WorldOptions } from './world.ts'

/** One scenario, run four ways: once, again, stopped at every step, with one failure at every step. */
export interface Scenario {
  readonly name: string
  readonly options: WorldOptions
  /** What has happened before the run that is examined. */
  readonly before?: (world: World) => Promise<void>
  /** Messages that run may append at most; all of the maildrop unless told. */
  readonly appends?: number
  /** Folders that together hold the maildrop afterwards. */
  readonly folders?: readonly string[]
  /** Examines only every so manieth step, where there are very many: every step unless told. */
  readonly stride?: number
  /** Nothing is left at the source afterwards. */
  readonly isRemoved?: boolean
  /** Nameless messages have to be fetched in every run. */
  readonly isNameless?: boolean
}

const noMessageId = Buffer.from(
  'Subject: nameless\r\nDate: Tue, 4 Feb 2020 08:00:00 +0100\r\n\r\nI have no Message-ID.\r\n',
)
const listMail = Buffer.concat([Buffer.from('List-Id: Dev <dev.lists.example>\r\n'), mail(9)])
/** Six messages: identical twins, one without Message-ID, one of a mailing list. */
const mixed = [mail(1), mail(2), mail(2), noMessageId, listMail, mail(3, 'x'.repeat(3000))]

const without = (list: readonly string[], ...missing: string[]) => list.filter((word) => !missing.includes(word))

export const scenarios: readonly Scenario[] = [
  { name: 'a first migration', options: { messages: mixed } },
  {
    name: 'an incremental run',
    options: { messages: mixed },
    before: async (world) => {
      await world.run()
      world.maildrop.add({ uidl: 'new1', bytes: mail(11) }, { uidl: 'new2', bytes: mail(12) })
    },
    appends: 2,
  },
  {
    name: 'folders by route',
    options: {
      messages: mixed,
      policy: {
        routes: [
          { when: { kind: 'header', name: 'List-Id', pattern: '*.lists.example' }, folder: 'Lists', flags: undefined },
        ],
      },
    },
    folders: ['INBOX', 'Lists'],
  },
  {
    name: 'folders below INBOX., with dots between levels',
    options: {
      messages: mixed,
      imap: { delimiter: '.', prefix: 'INBOX.' },
      policy: {
        routes: [{ when: { kind: 'header', name: 'List-Id', pattern: '*' }, folder: 'Lists/Dev', flags: undefined }],
      },
    },
    folders: ['INBOX', 'INBOX.Lists.Dev'],
    stride: 3,
  },
  {
    name: 'no MULTIAPPEND',
    options: { messages: mixed, imap: { capabilities: without(imapCapabilities.full, 'MULTIAPPEND') } },
  },
  {
    name: 'leave: delete',
    options: { messages: mixed, policy: { leave: { kind: 'delete', afterDays: 0, proof: 'hash' } } },
    isRemoved: true,
  },
  {
    name: 'leave: delete, no MULTIAPPEND',
    options: {
      messages: mixed,
      policy: { leave: { kind: 'delete', afterDays: 0, proof: 'size' } },
      imap: { capabilities: without(imapCapabilities.full, 'MULTIAPPEND') },
    },
    isRemoved: true,
    stride: 2,
  },
  {
    name: 'a destination that offers nothing',
    options: { messages: mixed, imap: { capabilities: [...imapCapabilities.bare] } },
  },
  {
    name: 'no PIPELINING',
    options: { messages: mixed, pop3: { capabilities: without(pop3Capabilities, 'PIPELINING') } },
  },
  {
    name: 'no UIDL',
    options: {
      messages: mixed,
      pop3: { capabilities: without(pop3Capabilities, 'UIDL'), faults: { uidl: { unsupported: true } } },
    },
    isNameless: true,
  },
  {
    name: 'a lost ledger',
    options: { messages: mixed },
    before: async (world) => {
      await world.run()
      await forgetLedger(world.ledgerPath)
    },
    appends: 0,
  },
  {
    name: 'all keys changed at once (A20)',
    options: { messages: mixed },
    before: async (world) => {
      await world.run()
      world.maildrop.renumber()
    },
    appends: 0,
  },
  {
    name: 'UIDVALIDITY changed (B05)',
    options: { messages: mixed },
    before: async (world) => {
      await world.run()
      await world.imap.bumpUidValidity('alice', 'INBOX')
      world.maildrop.add({ uidl: 'new', bytes: mail(11) })
    },
    appends: 1,
  },
  {
    name: 'strange messages',
    stride: 7,
    options: {
      messages: strangeMessages()
        .filter(({ bytes }) => bytes.length > 0 && bytes.length < 10_000)
        .map(({ bytes }) => bytes),
    },
  },
]
