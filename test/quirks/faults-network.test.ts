// Quirks of networks and of servers that go silent, never stop or change their certificate (D10, D11, D13, D14).
import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { MailhaulError } from '../../src/core/errors.ts'
import type { Destination, Folder, SourceSession } from '../../src/core/ports.ts'
import { createImapDestination } from '../../src/destinations/imap/destination.ts'
import { translated } from '../../src/destinations/imap/errors.ts'
import { connectFailed } from '../../src/sources/pop3/errors.ts'
import { createPop3Source } from '../../src/sources/pop3/source.ts'
import { heldMessage } from '../engine/held-message.ts'
import { withWorld } from '../scenarios/world.ts'
import { certificate } from '../servers/certificates.ts'
import { type ImapServer, startImapServer } from '../servers/imap-server.ts'
import type { Pop3Server } from '../servers/pop3-server.ts'
import { ManualClock } from '../sources/pop3/manual-clock.ts'
import { mails, type Rig, signal, sourceOptions, user, withRig } from '../sources/pop3/rig.ts'
import { quirk } from './quirk.ts'

const minute = 60_000

/** Lets time pass until the work is over, and gives sockets a chance in between; returns the minutes it took. */
async function minutesUntil(clock: ManualClock, work: Promise<unknown>): Promise<number> {
  let isOver = false
  const over = () => {
    isOver = true
  }
  work.then(over, over)
  const start = clock.monotonic()
  while (!isOver) {
    for (let turn = 0; turn < 50 && !isOver; turn++) await nextTurn()
    if (!isOver) await clock.advance(10_000)
    assert.ok(clock.monotonic() - start < 24 * 60 * minute, 'it hangs')
  }
  return (clock.monotonic() - start) / minute
}

type Pop3Step = (rig: Rig, hush: () => void) => Promise<unknown>

/** Does something in an open session after the line has gone dead for `verb`. */
function inSession(work: (session: SourceSession, rig: Rig) => Promise<unknown>): Pop3Step {
  return async (rig, hush) => {
    const session = await rig.source.open(signal)
    const { messages } = await session.list(signal)
    assert.equal(messages.length, 3)
    hush()
    return work(session, rig)
  }
}

const opening: Pop3Step = (rig, hush) => {
  hush()
  return rig.source.open(signal)
}

const fetching = inSession(async (session, rig) =>
  Array.fromAsync(session.fetch((await session.list(signal)).messages, rig.spool, signal)),
)

/** Where a POP3 server may fall silent, and how many minutes the step may take then, retries included. */
const pop3Steps: readonly (readonly [verb: string, step: Pop3Step, mostMinutes: number])[] = [
  ['greeting', opening, 2],
  ['CAPA', opening, 15],
  ['USER', opening, 10],
  ['PASS', opening, 10],
  ['STAT', inSession((session) => session.list(signal)), 15],
  ['LIST', inSession((session) => session.list(signal)), 10],
  ['UIDL', inSession((session) => session.list(signal)), 10],
  [
    'TOP',
    inSession(async (session) => Array.fromAsync(session.headers((await session.list(signal)).messages, signal))),
    15,
  ],
  ['RETR', fetching, 120],
  ['content', fetching, 120],
  ['DELE', inSession(async (session) => session.remove((await session.list(signal)).messages, signal)), 10],
  ['QUIT', inSession((session) => session.close(signal)), 2],
]

function hushPop3(server: Pop3Server, verb: string): void {
  if (verb === 'greeting') server.faults = { greeting: 'silent' }
  else if (verb === 'content') server.faults = { retr: () => ({ kind: 'hang', at: 20 }) }
  else server.faults = { script: (name) => (name === verb ? 'silent' : undefined) }
}

quirk(
  'D10',
  'A POP3 server that falls silent at any step, the line still up, is given up in time; nothing is lost by it.',
  async () => {
    for (const [verb, step, mostMinutes] of pop3Steps) {
      const clock = new ManualClock()
      const capabilities = ['PIPELINING', 'UIDL', 'USER', 'TOP']
      await withRig({ messages: mails(3), capabilities, source: { clock } }, async (rig) => {
        const work = step(rig, () => hushPop3(rig.server, verb))
        const minutes = await minutesUntil(clock, work)
        const error = await work.then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
        if (error !== undefined) assert.ok(error instanceof MailhaulError, `${verb}: ${error}`)
        assert.ok(minutes <= mostMinutes, `${verb}: ${minutes} minutes`)
        assert.equal(rig.server.maildrop(user).messages.length, 3)
        assert.equal(rig.spool.open, 0, `${verb}: nothing is held`)
      })
    }
  },
)

type ImapStep = (destination: Destination, folder: Folder) => Promise<unknown>

const appending: ImapStep = (destination, folder) => {
  const message = heldMessage(Buffer.from('Subject: x\r\n\r\nx\r\n'))
  return destination.append(folder, [{ message, flags: [], internalDate: 0 }], signal)
}

/** Where an IMAP server may fall silent, and how many minutes the step may take then. */
const imapSteps: readonly (readonly [verb: string, step: ImapStep, mostMinutes: number])[] = [
  ['greeting', (destination) => destination.facts(signal), 10],
  ['AUTHENTICATE', (destination) => destination.facts(signal), 10],
  ['NAMESPACE', (destination) => destination.facts(signal), 10],
  ['LIST', (destination) => destination.find('Archive', signal), 70],
  ['STATUS', (destination) => destination.find('INBOX', signal), 70],
  ['CREATE', (destination) => destination.ensure('Archive', signal), 70],
  ['EXAMINE', (destination, folder) => Array.fromAsync(destination.sizes(folder, 1, signal)), 70],
  ['UID FETCH', (destination, folder) => Array.fromAsync(destination.sizes(folder, 1, signal)), 70],
  ['UID FETCH', (destination, folder) => Array.fromAsync(destination.digests(folder, [1], signal)), 70],
  ['APPEND', appending, 15],
]

function hushImap(server: ImapServer, verb: string): void {
  if (verb === 'greeting') server.faults = { greeting: 'silent' }
  else if (verb === 'APPEND') server.faults = { append: () => ({ kind: 'silent', isStored: true }) }
  else server.faults = { script: (name) => (name === verb ? 'silent' : undefined) }
}

quirk(
  'D10',
  'An IMAP server that falls silent at any step is given up in time; an append without an answer is looked for, not repeated.',
  async () => {
    const account = { user: 'alice', password: 'correct horse' }
    for (const [verb, step, mostMinutes] of imapSteps) {
      const server = await startImapServer({ users: [account] })
      const folder = {
        path: 'INBOX',
        uidValidity: server.folder('alice', 'INBOX').uidValidity,
        uidNext: 1,
        messages: 1,
      }
      server.seed('alice', 'INBOX', [{ bytes: Buffer.from('a') }])
      const clock = new ManualClock()
      const credentials = { kind: 'password', user: account.user, password: async () => account.password } as const
      const way = { host: '127.0.0.1', port: server.port, tls: 'none', connections: 1 } as const
      const destination = createImapDestination({ ...way, credentials, clock })
      try {
        hushImap(server, verb)
        const work = step(destination, folder)
        if (verb === 'APPEND') await server.until(() => server.appends.length === 1)
        else if (verb !== 'greeting') await Promise.race([server.waitFor(verb, 1), work.catch(() => undefined)])
        const minutes = await minutesUntil(clock, work)
        assert.ok(minutes <= mostMinutes, `${verb}: ${minutes} minutes`)
        const outcome = await work.catch((thrown: unknown) => thrown)
        if (Array.isArray(outcome)) assert.equal(outcome[0]?.kind, 'unknown', verb)
        else assert.ok(outcome instanceof MailhaulError && outcome.code === 'timeout', `${verb}: ${outcome}`)
      } finally {
        const closing = destination.close()
        await minutesUntil(clock, closing)
        await server.stop()
      }
    }
  },
)

quirk('D10', 'Silence in the middle of a TLS handshake ends with the deadline of the connection.', async () => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const clock = new ManualClock()
  const credentials = { kind: 'password', user, password: async () => 'x' } as const
  const way = { host: 'localhost', port, tls: 'implicit', credentials, clock } as const
  const destination = createImapDestination({ ...way, connections: 1 })
  const tries = [createPop3Source(sourceOptions(port, way)).open(signal), destination.facts(signal)]
  for (const work of tries) {
    const refused = assert.rejects(work, { name: 'MailhaulError', code: 'timeout' })
    assert.ok((await minutesUntil(clock, work)) <= 10)
    await refused
  }
  await destination.close()
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
})

quirk(
  'D11',
  'A message, a listing or a line without end is cut off at a bound, and one that hardly comes at a pace: it fails, the others go on.',
  () =>
    withWorld({ messages: mails(5).map((text) => Buffer.from(text)) }, async (world) => {
      for (const what of ['line', 'listing'] as const) {
        world.pop3.faults = { endless: { verb: 'UIDL', what } }
        const { error } = await world.run()
        assert.equal(error?.code, 'protocol', what)
      }
      world.pop3.faults = {}
      assert.equal((await world.run()).tally.copied.count, 5)
    }),
)

quirk(
  'D13',
  'Names are looked up for every connection and all their addresses are tried; a name server that does not answer is asked again, a name that does not exist is an error.',
  async () => {
    const at = { where: 'mail.example:993', hasWorked: false }
    const failing = (code: string) => Object.assign(new Error(code), { code })
    for (const error of [
      connectFailed('mail.example', 995, failing('EAI_AGAIN')),
      translated(failing('EAI_AGAIN'), at),
    ]) {
      assert.deepEqual([error.code, error.retry], ['dns', 'now'])
    }
    for (const error of [
      connectFailed('mail.example', 995, failing('ENOTFOUND')),
      translated(failing('ENOTFOUND'), at),
    ]) {
      assert.deepEqual([error.code, error.retry], ['dns', 'later'])
    }
    // Where localhost has an IPv6 address as well, nobody listens there.
    await withRig({ messages: mails(1), source: { host: 'localhost' } }, async ({ source }) => {
      const session = await source.open(signal)
      assert.equal((await session.list(signal)).messages.length, 1)
      session.abandon()
    })
  },
)

quirk(
  'D14',
  'A certificate that stops being valid during a run ends the session: nothing more is sent, and what was fetched stays fetched.',
  async () => {
    const good = await certificate()
    const expired = await certificate('expired')
    const tlsOptions = { ca: [good.ca], fingerprints: [], minVersion: 'TLSv1.2' } as const
    const settings = { tls: 'implicit', source: { tls: 'implicit', tlsOptions } } as const
    await withRig({ ...settings, messages: mails(90), faults: { dropAfterRetrs: 60 } }, async (rig) => {
      const session = await rig.source.open(signal)
      const { messages } = await session.list(signal)
      rig.server.show(expired)
      let count = 0
      const fetchAll = async () => {
        for await (const fetched of session.fetch(messages, rig.spool, signal)) {
          if (fetched.kind === 'message') fetched.message.release()
          count += 1
        }
      }
      await assert.rejects(fetchAll(), { name: 'MailhaulError', code: 'tls', retry: 'never', message: /expired/ })
      assert.ok(count > 0 && count < 90)
      assert.equal(rig.server.logins, 1)
    })
  },
)
