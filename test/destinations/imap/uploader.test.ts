// Batches on their way into folders of a server in memory: what arrives, what the answers say, and what goes wrong.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Appended, Outgoing } from '../../../src/core/ports.ts'
import { systemClock } from '../../../src/engine/clock.ts'
import { heldMessage } from '../../engine/held-message.ts'
import { Gate } from '../../servers/gate.ts'
import { type AppendFault, onAppend, onMessage } from '../../servers/imap-faults.ts'
import { imapCapabilities } from '../../servers/imap-server.ts'
import { openAccount, user } from './open-account.ts'

const internalDate = Date.UTC(2015, 2, 4, 5, 6, 7)

function letter(name: string, size = 0): Outgoing {
  const bytes = Buffer.from(`Subject: ${name}\r\n\r\n${'x'.repeat(size)}\r\n`)
  return { message: heldMessage(bytes), flags: ['\\Seen'], internalDate }
}

function letters(count: number, from = 1, size = 0): Outgoing[] {
  return Array.from({ length: count }, (_, at) => letter(String(from + at), size))
}

function subjects(messages: readonly { bytes: Buffer }[]): string {
  return messages.map(({ bytes }) => /Subject: (\S*)/.exec(bytes.toString('latin1'))?.[1]).join(' ')
}

function kinds(answers: readonly Appended[]): string {
  return answers.map(({ kind }) => kind).join(' ')
}

function errorsOf(answers: readonly Appended[]) {
  return answers.flatMap((one) => ('error' in one ? [one.error] : []))
}

describe('append', () => {
  for (const [name, capabilities] of Object.entries(imapCapabilities)) {
    it(`stores what it is given and says where: ${name}`, async (t) => {
      const { server, destination, signal } = await openAccount(t, { server: { capabilities } })
      const folder = await destination.ensure('Archive', signal)
      const batch = [...letters(3), letter('large', 5000), letter('n\0l'), letter('\xff\xfe')]
      const answers = await destination.append(folder, batch, signal)
      const stored = server.folder(user, 'Archive')
      const hasUids = (capabilities as readonly string[]).includes('UIDPLUS')
      assert.deepEqual(
        answers,
        batch.map((_, at) =>
          hasUids
            ? { kind: 'placed', uid: at + 1, uidValidity: stored.uidValidity }
            : { kind: 'placed', uid: undefined, uidValidity: undefined },
        ),
      )
      for (const [at, { message }] of batch.entries()) {
        assert.ok(message.bytes && stored.messages[at]?.bytes.equals(message.bytes))
        assert.deepEqual([...(stored.messages[at]?.flags ?? [])], ['\\Seen'])
        assert.equal(stored.messages[at]?.internalDate, ' 4-Mar-2015 05:06:07 +0000')
      }
    })
  }

  it('does nothing for an empty batch', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    const folder = { path: 'INBOX', uidValidity: 1, uidNext: 1, messages: 0 }
    assert.deepEqual(await destination.append(folder, [], signal), [])
    assert.equal(server.logins, 0)
  })

  it('keeps the order of calling over one connection', async (t) => {
    const { server, destination, signal } = await openAccount(t, { server: { capabilities: imapCapabilities.courier } })
    const folder = await destination.ensure('INBOX', signal)
    await Promise.all([1, 11, 21, 31, 41, 51].map((from) => destination.append(folder, letters(10, from), signal)))
    assert.equal(
      subjects(server.folder(user, 'INBOX').messages),
      letters(60)
        .map((_, at) => at + 1)
        .join(' '),
    )
    assert.equal(server.connections.max, 2)
  })

  it('spreads over the connections it may have', async (t) => {
    const gate = new Gate()
    const { server, destination, signal } = await openAccount(t, {
      server: { faults: { hold: { APPEND: gate } } },
      destination: { connections: 3 },
    })
    const folder = await destination.ensure('INBOX', signal)
    const answers = Array.from({ length: 12 }, (_, at) => destination.append(folder, letters(2, at * 2), signal))
    await gate.held(3)
    assert.equal(server.connections.open, 4)
    gate.open()
    assert.equal(kinds((await Promise.all(answers)).flat()), new Array(24).fill('placed').join(' '))
  })

  it('makes do with the connections the server allows', async (t) => {
    const { server, destination, signal } = await openAccount(t, {
      server: { faults: { connectionLimit: { max: 3, answer: 'bye' } } },
      destination: { connections: 4 },
    })
    const folder = await destination.ensure('INBOX', signal)
    const answers = Array.from({ length: 20 }, (_, at) => destination.append(folder, letters(2, at * 2), signal))
    assert.equal(kinds((await Promise.all(answers)).flat()), new Array(40).fill('placed').join(' '))
    assert.equal(server.folder(user, 'INBOX').messages.length, 40)
  })

  it('says so when there is no connection at all', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    const folder = await destination.ensure('INBOX', signal)
    server.faults = { connectionLimit: { max: 1, answer: 'bye' } }
    const [error] = errorsOf(await destination.append(folder, letters(2), signal))
    assert.deepEqual([error?.code, error?.retry], ['throttled', 'now'])
  })

  it('closes connections that have nothing to do, and opens them again', async (t) => {
    const { server, destination, signal } = await openAccount(t, { destination: { deadlines: { idle: 5 } } })
    const folder = await destination.ensure('INBOX', signal)
    await destination.append(folder, letters(1), signal)
    await server.until(() => server.connections.open === 1)
    assert.equal(kinds(await destination.append(folder, letters(1), signal)), 'placed')
    assert.equal(server.logins, 3)
  })
})

describe('batchLimits', () => {
  it('follow the time that the server takes for its answers', async (t) => {
    let now = 0
    let perMessage = 100
    const append = () => {
      now += perMessage
      return undefined
    }
    const { destination, signal } = await openAccount(t, {
      server: { faults: { append } },
      destination: { clock: { ...systemClock, monotonic: () => now } },
    })
    const folder = await destination.ensure('INBOX', signal)
    assert.equal(destination.batchLimits.count, 50)
    await destination.append(folder, letters(50), signal)
    assert.equal(destination.batchLimits.count, 5)
    perMessage = 2.5
    for (let round = 0; round < 12; round += 1) await destination.append(folder, letters(50), signal)
    assert.equal(destination.batchLimits.count, 200)
  })

  it('do not follow a refusal: it says nothing of what storing takes', async (t) => {
    let now = 0
    const append = (): AppendFault => {
      now += 100
      return { kind: 'refuse', text: 'NO no', when: 'after-literal' }
    }
    const { destination, signal } = await openAccount(t, {
      server: { faults: { append } },
      destination: { clock: { ...systemClock, monotonic: () => now } },
    })
    const folder = await destination.ensure('INBOX', signal)
    assert.match(kinds(await destination.append(folder, letters(50), signal)), /^refused/)
    assert.equal(destination.batchLimits.count, 50)
  })
})

describe('append: refusals', () => {
  it('a refused MULTIAPPEND stores nothing and says that all were refused together', async (t) => {
    const { server, destination, signal } = await openAccount(t, {
      server: {
        faults: { refuse: (bytes) => (bytes.includes('bad') ? 'NO Message contains NUL characters' : undefined) },
      },
    })
    const folder = await destination.ensure('INBOX', signal)
    const answers = await destination.append(folder, [letter('good'), letter('bad'), letter('ugly')], signal)
    assert.equal(kinds(answers), 'refused refused refused')
    assert.ok(answers.every((one) => one.kind === 'refused' && one.together && one.error.code === 'nul'))
    assert.equal(server.folder(user, 'INBOX').messages.length, 0)
    const alone = await destination.append(folder, [letter('bad')], signal)
    assert.ok(alone[0]?.kind === 'refused' && !alone[0].together && alone[0].error.retry === 'never')
  })

  it('pipelined messages are refused one by one', async (t) => {
    const { server, destination, signal } = await openAccount(t, {
      server: {
        capabilities: imapCapabilities.gmail,
        faults: { append: onMessage(2, { kind: 'refuse', text: 'NO [TOOBIG] no', when: 'after-literal' }) },
      },
    })
    const folder = await destination.ensure('INBOX', signal)
    const answers = await destination.append(folder, letters(3), signal)
    assert.equal(kinds(answers), 'placed refused placed')
    assert.deepEqual(
      errorsOf(answers).map(({ code, scope, retry }) => `${code} ${scope} ${retry}`),
      ['too-big message never'],
    )
    assert.equal(subjects(server.folder(user, 'INBOX').messages), '1 3')
  })

  it('a message over the limit is not sent', async (t) => {
    const { server, destination, signal } = await openAccount(t, {
      server: { capabilities: [...imapCapabilities.full, 'APPENDLIMIT=1000'] },
    })
    const folder = await destination.ensure('INBOX', signal)
    const answers = await destination.append(folder, [letter('1'), letter('2', 1000), letter('3')], signal)
    assert.equal(kinds(answers), 'placed refused placed')
    assert.equal(errorsOf(answers)[0]?.code, 'too-big')
    assert.ok(server.bytesReceived < 1500)
  })

  it('a folder may have a limit of its own', async (t) => {
    const { server, destination, signal } = await openAccount(t, {
      server: { capabilities: [...imapCapabilities.full, 'APPENDLIMIT'], appendLimit: 1000 },
    })
    const folder = await destination.ensure('Grüße', signal)
    assert.equal(kinds(await destination.append(folder, [letter('2', 1000)], signal)), 'refused')
    assert.equal(server.count('APPEND'), 0)
  })

  it('a full mailbox ends the pair', async (t) => {
    const { destination, signal } = await openAccount(t, {
      server: { users: [{ user, password: 'p', quota: { octets: 100 } }] },
      destination: { credentials: { kind: 'password', user, password: async () => 'p' } },
    })
    const folder = await destination.ensure('INBOX', signal)
    const [error] = errorsOf(await destination.append(folder, letters(3, 1, 100), signal))
    assert.deepEqual([error?.code, error?.scope, error?.retry], ['quota', 'pair', 'later'])
  })

  it('a folder that vanished is made again, once', async (t) => {
    for (const capabilities of [imapCapabilities.full, imapCapabilities.courier]) {
      const { server, destination, signal } = await openAccount(t, { server: { capabilities } })
      const folder = await destination.ensure('Archive/2015', signal)
      server.account(user).folders.delete('Archive/2015')
      const answers = await destination.append(folder, letters(3), signal)
      const made = server.folder(user, 'Archive/2015')
      assert.deepEqual(answers[2], { kind: 'placed', uid: 3, uidValidity: made.uidValidity })
      assert.equal(subjects(made.messages), '1 2 3')
      assert.ok(made.isSubscribed)
    }
  })

  it('a folder that cannot be made again is an error', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    const folder = await destination.ensure('Archive', signal)
    server.account(user).folders.delete('Archive')
    server.faults = { create: 'NO [NOPERM] not you' }
    const answers = await destination.append(folder, letters(2), signal)
    assert.equal(kinds(answers), 'unsent unsent')
    assert.equal(errorsOf(answers)[0]?.code, 'permission-denied')
  })

  it('a server that insists on TRYCREATE is believed the second time', async (t) => {
    const { server, destination, signal } = await openAccount(t, {
      server: { faults: { append: () => ({ kind: 'refuse', text: 'NO [TRYCREATE] no such folder' }) } },
    })
    const folder = await destination.ensure('Archive', signal)
    const [error] = errorsOf(await destination.append(folder, letters(1), signal))
    assert.deepEqual([error?.code, error?.scope, error?.retry], ['no-folder', 'pair', 'never'])
    assert.equal(server.count('APPEND'), 2)
  })
})

describe('append: lost answers', () => {
  const { courier, full } = imapCapabilities

  for (const [what, capabilities, append, expected] of [
    ['before a literal', courier, onAppend(2, { kind: 'drop', at: 'before-literal' }), 'placed unsent unsent'],
    ['inside a literal', full, onAppend(1, { kind: 'drop', at: 5 }), 'unknown unknown unknown'],
    ['behind a literal', full, onAppend(1, { kind: 'drop', at: 'after-literal' }), 'unknown unknown unknown'],
    ['instead of the answer', full, onAppend(1, { kind: 'drop-answer' }), 'unknown unknown unknown'],
    [
      'by a reset instead of the answer',
      full,
      onAppend(1, { kind: 'drop-answer', how: 'rst' }),
      'unknown unknown unknown',
    ],
    ['by BYE', full, onAppend(1, { kind: 'bye', isStored: true }), 'unknown unknown unknown'],
    ['by BYE in the middle', courier, onAppend(2, { kind: 'bye', isStored: false }), 'placed unknown unsent'],
  ] as const) {
    it(`cut ${what}: ${expected}`, async (t) => {
      const { destination, signal } = await openAccount(t, { server: { capabilities, faults: { append } } })
      const folder = await destination.ensure('INBOX', signal)
      const answers = await destination.append(folder, letters(3), signal)
      assert.equal(kinds(answers), expected)
      for (const one of answers) {
        if (one.kind === 'unknown') assert.equal(one.error.code, 'append-unknown')
        if (one.kind === 'unsent') assert.equal(one.error.retry, 'now')
      }
    })
  }

  it('goes on over a new connection', async (t) => {
    const { server, destination, signal } = await openAccount(t, {
      server: { faults: { append: onAppend(1, { kind: 'drop-answer' }) } },
    })
    const folder = await destination.ensure('INBOX', signal)
    assert.equal(kinds(await destination.append(folder, letters(1), signal)), 'unknown')
    assert.equal(kinds(await destination.append(folder, letters(1, 2), signal)), 'placed')
    assert.equal(subjects(server.folder(user, 'INBOX').messages), '1 2')
  })

  it('gives up on a silent server', async (t) => {
    const { destination, signal } = await openAccount(t, {
      server: { faults: { append: onAppend(1, { kind: 'silent', isStored: true }) } },
      destination: { deadlines: { append: 30 } },
    })
    const folder = await destination.ensure('INBOX', signal)
    const answers = await destination.append(folder, letters(1), signal)
    assert.equal(kinds(answers), 'unknown')
    assert.match(errorsOf(answers)[0]?.message ?? '', /unanswered/)
  })

  it('stops at once when aborted: what waits is unsent', async (t) => {
    const gate = new Gate()
    const { server, destination, signal } = await openAccount(t, { server: { faults: { hold: { APPEND: gate } } } })
    const folder = await destination.ensure('INBOX', signal)
    const stop = new AbortController()
    const answers = Array.from({ length: 6 }, (_, at) => destination.append(folder, letters(1, at), stop.signal))
    await gate.held()
    stop.abort()
    const ends = (await Promise.all(answers)).flat()
    assert.equal(kinds(ends), 'unknown unknown unknown unknown unsent unsent')
    assert.equal(errorsOf(ends).at(-1)?.code, 'interrupted')
    assert.equal(kinds(await destination.append(folder, letters(1), stop.signal)), 'unsent')
    assert.equal(server.connections.total, 2)
    gate.open()
  })

  for (const appendUid of ['missing', 'wrong'] as const) {
    it(`never takes a UID from EXISTS: APPENDUID ${appendUid}`, async (t) => {
      const intruder = () => Buffer.from('Subject: intruder\r\n\r\n')
      const { server, destination, signal } = await openAccount(t, { server: { faults: { appendUid, intruder } } })
      const folder = await destination.ensure('INBOX', signal)
      const answers = await destination.append(folder, letters(2), signal)
      assert.equal(kinds(answers), 'placed placed')
      if (appendUid === 'missing') assert.ok(answers.every((one) => one.kind === 'placed' && one.uid === undefined))
      assert.equal(server.folder(user, 'INBOX').messages.length, 4)
    })
  }
})
