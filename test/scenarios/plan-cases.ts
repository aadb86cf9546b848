// More worlds for holding plan against sync: everything a plan has a number or a word for.
import { mail } from '../core/rows.ts'
import { imapCapabilities } from '../servers/imap-server.ts'
import { onlyFor } from '../servers/pop3-retrieve-faults.ts'
import { pop3Capabilities } from '../servers/pop3-server.ts'
import type { Scenario } from './scenarios.ts'
import { Steps } from './steps.ts'
import type { World } from './world.ts'

/** A scenario in which plan and sync may differ, and where: each way with its reason. */
export type PlanCase = Pick<Scenario, 'name' | 'options' | 'before' | 'isNameless'> & {
  /** Outcomes of messages that the plan would copy or compare, beyond those that it speaks of; by key. */
  readonly otherwise?: Readonly<Record<string, { readonly outcome: string; readonly why: string }>>
  /** Only the messages themselves say which folder they go to. */
  readonly foldersDiffer?: string
  /** As with sync --retry-failed. */
  readonly retryFailed?: boolean
  /** The run ends with this error, which the plan tells by `fits`. */
  readonly stops?: 'quota'
}

const two = [mail(1), mail(2)]
const large = mail(3, 'x'.repeat(5000))
const old = Buffer.from('Received: from a by b; Mon, 7 Jan 2002 10:00:00 +0000\r\nSubject: old\r\n\r\nOld.\r\n')
const noTop = pop3Capabilities.filter((line) => line !== 'TOP')
const topRefused = { capabilities: noTop, faults: { top: 'unsupported' } } as const
const since = { maxSize: undefined, since: Date.UTC(2010, 0), before: undefined }
const limited = [...imapCapabilities.full, 'APPENDLIMIT']

const again = async (world: World) => void (await world.run())

/** A run that dies before or behind its first append. */
const diesAt = (step: string) => async (world: World) => {
  const steps = new Steps(step, 'stop')
  await world.run({ ends: (ends) => steps.ends(ends), ledger: (ledger) => steps.ledger(ledger) })
}

const onceFetched = 'the server gives no headers ahead: only the message says when it is from'

/** The table. */
export const planCases: readonly PlanCase[] = [
  {
    name: 'a message larger than the destination takes',
    options: { messages: [...two, large], imap: { capabilities: [...imapCapabilities.full, 'APPENDLIMIT=2000'] } },
  },
  {
    name: 'a limit that every folder has of its own',
    options: { messages: [...two, large], imap: { capabilities: limited, appendLimit: 2000 } },
  },
  {
    name: 'such a limit, and a folder that is not there yet',
    options: {
      messages: [...two, large],
      imap: { capabilities: limited, appendLimit: 2000 },
      policy: { folder: 'New' },
    },
    otherwise: { u3: { outcome: 'too-big', why: 'a folder that does not exist has no limit to be asked for' } },
  },
  {
    name: 'a message larger than the whole quota',
    options: {
      messages: [...two, large],
      imap: { users: [{ user: 'alice', password: 'correct horse', quota: { octets: 4096 } }] },
    },
  },
  {
    name: 'a quota that is too small for all of them',
    options: {
      messages: [...two, large, mail(4, 'y'.repeat(5000))],
      imap: { users: [{ user: 'alice', password: 'correct horse', quota: { octets: 8192 } }] },
    },
    stops: 'quota',
  },
  {
    name: 'select by size',
    options: { messages: [...two, large], policy: { select: { ...since, since: undefined, maxSize: 1000 } } },
  },
  { name: 'select by date', options: { messages: [...two, old], policy: { select: since } } },
  {
    name: 'select by date, without TOP',
    options: { messages: [...two, old], policy: { select: since }, pop3: topRefused },
    otherwise: { u3: { outcome: 'filtered', why: onceFetched } },
  },
  {
    name: 'what was left out stays out',
    options: { messages: [...two, old], policy: { select: since } },
    before: again,
  },
  { name: 'folders by year', options: { messages: [...two, old], policy: { folder: 'Archive/{year}' } } },
  {
    name: 'folders by year, without TOP',
    options: { messages: [...two, old], policy: { folder: 'Archive/{year}' }, pop3: topRefused },
    foldersDiffer: onceFetched,
  },
  {
    name: 'twins that are skipped',
    options: { messages: [mail(1), mail(2), mail(1), mail(3)], policy: { duplicates: 'skip' } },
  },
  {
    name: 'a twin of what was moved before is skipped',
    options: { messages: two, policy: { duplicates: 'skip' } },
    before: async (world) => {
      await world.run()
      world.maildrop.add({ uidl: 'twin', bytes: mail(1) }, { uidl: 'other', bytes: mail(77) })
    },
  },
  { name: 'backlog: skip', options: { messages: two, policy: { backlog: { kind: 'skip' } } } },
  {
    name: 'backlog: newest',
    options: { messages: [...two, large], policy: { backlog: { kind: 'newest', count: 2 } } },
  },
  {
    name: 'backlog: since',
    options: { messages: [...two, old], policy: { backlog: { kind: 'since', instant: Date.UTC(2010, 0) } } },
  },
  {
    name: 'backlog: since, without TOP',
    options: {
      messages: [...two, old],
      policy: { backlog: { kind: 'since', instant: Date.UTC(2010, 0) } },
      pop3: topRefused,
    },
    otherwise: { u3: { outcome: 'filtered', why: onceFetched } },
  },
  {
    name: 'after a backlog that was skipped',
    options: { messages: two, policy: { backlog: { kind: 'skip' } } },
    before: async (world) => {
      await world.run()
      world.maildrop.add({ uidl: 'new', bytes: mail(11) })
    },
  },
  {
    name: 'a message that is listed with another size, with its bytes and with others',
    options: { messages: [...two, large] },
    before: async (world) => {
      // Sizes that are wrong from the start are no sign of anything.
      const truth = world.maildrop.messages
      world.maildrop.messages = truth.map((message, at) => ({ ...message, size: message.bytes.length + 7 * at + 3 }))
      await world.run()
      world.maildrop.messages = truth.map((message) =>
        message.uidl === 'u2' ? { ...message, bytes: mail(22, 'quite another') } : message,
      )
    },
  },
  {
    name: 'a message that was gone and is listed again, with its bytes and with others',
    options: { messages: [...two, large] },
    before: async (world) => {
      await world.run()
      const before = world.maildrop.messages
      world.maildrop.remove('u1')
      world.maildrop.remove('u2')
      await world.run()
      world.maildrop.messages = before.map((message) =>
        message.uidl === 'u2' ? { ...message, bytes: mail(23, 'new') } : message,
      )
    },
  },
  { name: 'a run that died before its append', options: { messages: two }, before: diesAt('before APPEND') },
  { name: 'a run that died behind its append', options: { messages: two }, before: diesAt('after APPEND') },
  {
    name: 'mail that another program has brought, and other mail of the same size',
    options: { messages: [...two, mail(4), large] },
    before: async (world) => void world.imap.seed('alice', 'INBOX', [{ bytes: mail(1) }, { bytes: mail(9) }]),
  },
  {
    name: 'mail that another program has brought with other line ends',
    options: { messages: two },
    before: async (world) =>
      void world.imap.seed('alice', 'INBOX', [
        { bytes: Buffer.from(Buffer.from(mail(1)).toString().replaceAll('\r', '')) },
      ]),
  },
  {
    name: 'messages with nothing in them, and such as are gone by then',
    options: {
      messages: two,
      pop3: { faults: { retr: onlyFor({ u2: { kind: 'vanish' }, none: { kind: 'empty' } }) } },
    },
    before: async (world) => world.maildrop.add({ uidl: 'none', bytes: new Uint8Array(), size: 0 }),
    otherwise: {
      u2: { outcome: 'vanished', why: 'it is there while the plan is made' },
      none: { outcome: 'empty', why: 'a size of 0 is what some servers list for messages that have one' },
    },
  },
  {
    name: 'a special-use folder that is not there',
    options: { messages: two, policy: { folder: '\\Archive' } },
  },
  { name: 'a name that no folder can have', options: { messages: two, policy: { folder: 'a//b' } } },
  {
    name: 'a server that takes what was fetched for removed',
    options: { messages: two, pop3: { faults: { consumes: 'at-quit' } } },
  },
  {
    name: 'a server that says so (EXPIRE 0)',
    options: {
      messages: two,
      pop3: { capabilities: [...pop3Capabilities.filter((line) => !line.startsWith('EXPIRE')), 'EXPIRE 0'] },
    },
  },
  { name: 'no CAPA', options: { messages: two, pop3: { faults: { capa: 'error' } } } },
  {
    name: 'a wrong password',
    options: { messages: two },
    before: async (world) => {
      world.maildrop.password = 'other'
    },
  },
  {
    name: 'Gmail as destination',
    options: { messages: two, destinationProvider: 'gmail', imap: { capabilities: imapCapabilities.gmail } },
  },
  ...([false, true] as const).map(
    (retryFailed): PlanCase => ({
      name: `a limit that was lifted since, ${retryFailed ? 'tried again' : 'and nobody has asked to try again'}`,
      options: { messages: [...two, large], imap: { capabilities: [...imapCapabilities.full, 'APPENDLIMIT=2000'] } },
      before: async (world) => {
        await world.run()
        world.imap.capabilities = imapCapabilities.full
      },
      retryFailed,
    }),
  ),
  {
    name: 'removal after so many days, of which none has passed',
    options: { messages: two, policy: { leave: { kind: 'delete', afterDays: 30, proof: 'size' } } },
    before: again,
  },
  {
    name: 'removal of what an earlier run has left there',
    options: { messages: two, policy: { leave: { kind: 'delete', afterDays: 0, proof: 'size' } } },
    before: async (world) => {
      await world.run({ policy: { ...world.pair.policy, leave: { kind: 'keep' } } })
      world.maildrop.add({ uidl: 'new', bytes: mail(11) })
    },
  },
  {
    name: 'a source that shows a part at a time: what it shows later is beyond the plan, which says so',
    options: {
      messages: [mail(1), mail(2), mail(3), mail(4)],
      provider: 'gmail',
      pop3: { faults: { pops: 'at-quit', window: { count: 2, of: 'oldest' } } },
    },
  },
]
