// Quirks of POP3 sessions: greeting, capabilities, pipelining, STLS and login (group A.1 of the catalogue).
import assert from 'node:assert/strict'
import { systemClock } from '../../src/engine/clock.ts'
import { createPop3Source } from '../../src/sources/pop3/source.ts'
import { mail } from '../core/rows.ts'
import { withWorld } from '../scenarios/world.ts'
import { certificate } from '../servers/certificates.ts'
import { Gate } from '../servers/gate.ts'
import { failureOf } from '../sources/pop3/failure.ts'
import { ManualClock } from '../sources/pop3/manual-clock.ts'
import { mails, type RigOptions, signal, sourceOptions, withRig, withSession } from '../sources/pop3/rig.ts'
import { plainAnswers, startScriptedServer } from '../sources/pop3/scripted-server.ts'
import { quirk } from './quirk.ts'

const few = [1, 2, 3].map((number) => mail(number))
const many = Array.from({ length: 350 }, (_, number) => mail(number))
/** The real clock: so that deadlines which must not pass do not. */
const patient = { clock: systemClock }
const plainOnly = ['UIDL', 'TOP', 'USER', 'PIPELINING']

quirk(
  'A01',
  'A server that refuses CAPA is taken for one whose abilities are unknown, and they are tried out; one that hangs up on CAPA, or never answers it, gets one new connection without it, and this is remembered for later runs.',
  async () => {
    for (const capa of ['error', 'silent', 'drop'] as const) {
      const source = { ...patient, deadlines: { probe: 100 } }
      await withWorld({ messages: few, pop3: { faults: { capa } }, source }, async (world) => {
        const { tally, exitCode } = await world.run()
        assert.deepEqual([exitCode, tally.copied.count], [0, 3], capa)
        assert.ok(world.pop3.maxPipelined > 1, 'pipelining is tried out')
        const asked = world.pop3.count('CAPA')
        const { connections } = world.pop3
        assert.equal(connections.total, capa === 'error' ? 1 : 2)
        assert.equal((await world.run()).tally['already-there'].count, 3)
        assert.equal(connections.total, capa === 'error' ? 2 : 3)
        if (capa !== 'error') assert.equal(world.pop3.count('CAPA'), asked)
      })
    }
  },
)

quirk(
  'A02',
  'Capabilities are asked for again under TLS and after the login; only the last answer counts from then on, and nothing said before TLS counts at all.',
  async () => {
    const { ca } = await certificate()
    const tlsOptions = { ca: [ca], fingerprints: [], minVersion: 'TLSv1.2' } as const
    const capabilities = {
      clear: ['STLS', 'SASL PLAIN', 'USER', 'UTF8'],
      secure: ['USER'],
      transaction: ['UIDL', 'TOP', 'PIPELINING'],
    }
    const options: RigOptions = { tls: 'on-request', source: { tls: 'starttls', tlsOptions }, faults: { capabilities } }
    await withSession({ ...options, messages: mails(9) }, async (session, { server, spool }) => {
      const { messages } = await session.list(signal)
      for await (const fetched of session.fetch(messages, spool, signal)) assert.equal(fetched.kind, 'message')
      assert.equal(server.count('CAPA'), 3)
      assert.deepEqual([server.count('AUTH'), server.count('PASS'), server.count('UTF8')], [0, 1, 0])
      assert.deepEqual(session.facts.capabilities, capabilities.transaction)
      assert.ok(server.maxPipelined > 2, 'what the last answer offers is used')
    })
  },
)

quirk(
  'A03',
  'Pipelining that is advertised but broken is noticed before the first message is fetched; from then on, and in later runs, every command waits for its answer. Where it is not advertised it is not used.',
  async () => {
    const pop3 = { faults: { pipelining: 'discards-rest-of-input' } } as const
    const source = { ...patient, deadlines: { probe: 100 } }
    await withWorld({ messages: many.slice(0, 40), pop3, source }, async (world) => {
      assert.equal((await world.run()).exitCode, 0)
      assert.deepEqual(world.stored(), world.source())
      assert.equal(world.pop3.logins, 2)
      world.maildrop.add({ uidl: 'more', bytes: mail(900) })
      assert.equal((await world.run()).tally.copied.count, 1)
      assert.equal(world.pop3.logins, 3, 'remembered')
    })
    const capabilities = plainOnly.filter((name) => name !== 'PIPELINING')
    await withWorld({ messages: many.slice(0, 40), pop3: { capabilities } }, async (world) => {
      assert.equal((await world.run()).tally.copied.count, 40)
      assert.equal(world.pop3.maxPipelined, 1)
    })
  },
)

quirk(
  'A04',
  'At first at most 16 commands and 1,000 bytes of them are under way at once, and more, up to 256 and 4,000 bytes, where hundreds of replies have come without a loss. A server that hangs up then gets 1,000 bytes at most for good, this run and later ones; one that hangs up already at fewer gets shorter and shorter pipelines until all messages are there.',
  async () => {
    for (const [inputLimit, isEnough] of [
      [1024, true],
      [300, false],
    ] as const) {
      await withWorld({ messages: many, pop3: { faults: { inputLimit } }, source: patient }, async (world) => {
        const { exitCode, tally } = await world.run()
        assert.deepEqual([exitCode, tally.copied.count], [0, many.length])
        assert.deepEqual(world.stored(), world.source())
        if (isEnough) assert.equal(world.pop3.logins, 1)
        else assert.ok(world.pop3.logins > 1, 'the limit has been met')
      })
    }
    const crowd = (from: number) => Array.from({ length: 700 }, (_, at) => mail(from + at))
    await withWorld({ messages: crowd(0), pop3: { faults: { inputLimit: 1024 } }, source: patient }, async (world) => {
      assert.equal((await world.run()).tally.copied.count, 700)
      for (const [at, bytes] of crowd(1000).entries()) world.maildrop.add({ uidl: `later${at}`, bytes })
      assert.equal((await world.run()).tally.copied.count, 700)
      assert.deepEqual(world.stored(), world.source())
      assert.ok(world.pop3.logins <= 3, 'more than the server takes has been tried once at most')
    })
  },
)

quirk(
  'A05',
  'A locked maildrop, told by a code or by words alone, is never taken for a wrong password: the login is tried again a little later.',
  async () => {
    for (const text of [
      '-ERR [IN-USE] Unable to lock maildrop',
      '-ERR mailbox already locked by another session',
      '-ERR Mailbox is busy, wait a minute',
      '-ERR unable to get a lock',
    ]) {
      await withWorld({ messages: few, pop3: { faults: { login: { text } } }, source: patient }, async (world) => {
        const codes: string[] = []
        const { exitCode, tally } = await world.run({
          onEvent: (event) => {
            if (event.kind !== 'retrying') return
            codes.push(event.error.code)
            world.pop3.faults = {}
          },
        })
        assert.deepEqual([exitCode, tally.copied.count, codes], [0, 3, ['in-use']], text)
      })
    }
  },
)

quirk(
  'A06',
  'mailhaul does not count on the server to keep two runs apart: it holds a lock of its own, and a second run of the same pair ends with exit code 7 before it logs in.',
  () => {
    const gate = new Gate()
    return withWorld({ messages: few, pop3: { faults: { hold: { RETR: gate } } }, source: patient }, async (world) => {
      const first = world.run()
      await gate.held()
      const second = await world.run()
      assert.deepEqual([second.exitCode, second.error?.code], [7, 'locked'])
      assert.equal(world.pop3.logins, 1)
      gate.open()
      assert.equal((await first).tally.copied.count, 3)
      assert.deepEqual(world.stored(), world.source())
    })
  },
)

quirk(
  'A08',
  'A refused login is tried once per run and ends with exit code 4; one that the server calls temporary is tried again instead.',
  async () => {
    for (const login of ['wrong-password', 'wrong-password-without-code', 'permanent'] as const) {
      await withWorld({ messages: few, pop3: { faults: { login } }, source: patient }, async (world) => {
        const { exitCode, error } = await world.run()
        assert.deepEqual([exitCode, error?.code], [4, 'auth'], login)
        assert.equal(world.pop3.count('AUTH') + world.pop3.count('PASS'), 1)
      })
    }
    await withWorld({ messages: few, pop3: { faults: { login: 'temporary' } }, source: patient }, async (world) => {
      const onEvent = (event: { kind: string }) => {
        if (event.kind === 'retrying') world.pop3.faults = {}
      }
      const { exitCode, tally } = await world.run({ onEvent })
      assert.deepEqual([exitCode, tally.copied.count], [0, 3])
      assert.equal(world.pop3.count('AUTH'), 2)
    })
  },
)

quirk('A09', 'PASS, STAT, LIST and UIDL may each take five minutes before the server is given up.', async () => {
  for (const verb of ['PASS', 'STAT', 'LIST', 'UIDL']) {
    const clock = new ManualClock()
    const gate = new Gate()
    const options: RigOptions = { capabilities: plainOnly, source: { clock }, faults: { hold: { [verb]: gate } } }
    await withRig({ ...options, messages: mails(2) }, async ({ source }) => {
      const listing = source.open(signal).then(async (session) => {
        const { messages } = await session.list(signal)
        session.abandon()
        return messages.length
      })
      await gate.held()
      await clock.advance(290_000)
      gate.open()
      assert.equal(await listing, 2, verb)
    })
  }
})

quirk(
  'A11',
  'A server that asks for the password with "+OK", with a bare "+" or with text behind it gets it all the same, on a line of its own.',
  async () => {
    for (const continuation of ['+', '+ ', '+OK', '+OK go on', '+ cGFzc3dvcmQ6 please']) {
      await withWorld(
        { messages: few, pop3: { faults: { sasl: { continuation } } }, source: patient },
        async (world) => {
          assert.equal((await world.run()).tally.copied.count, 3, continuation)
          assert.deepEqual(
            world.pop3.log.filter((line) => /^AUTH|^PASS/.test(line)),
            ['AUTH PLAIN'],
          )
        },
      )
    }
  },
)

quirk('A12', 'APOP is never used, whatever the greeting looks like.', async () => {
  for (const banner of [
    '',
    ' ready',
    ' <1896.697170952@pop.example>',
    ' <>',
    ' text <not an id',
    ' \xe9 <\xff@x> POP3',
  ]) {
    const pop3 = { capabilities: plainOnly, faults: { greeting: { raw: `+OK${banner}\r\n` } } }
    await withWorld({ messages: few, pop3, source: patient }, async (world) => {
      assert.equal((await world.run()).tally.copied.count, 3, banner)
      assert.deepEqual([world.pop3.count('APOP'), world.pop3.count('PASS')], [0, 1])
    })
  }
})

quirk(
  'A13',
  'With tls: starttls nothing is sent without TLS: a server that does not offer STLS, refuses it, sends bytes in clear behind its answer or falls silent in the handshake does not get to see user name or password.',
  async () => {
    const { ca } = await certificate()
    const tlsOptions = { ca: [ca], fingerprints: [], minVersion: 'TLSv1.2' } as const
    for (const stls of ['missing', 'error', 'silent', { inject: '+OK injected\r\n' }] as const) {
      const source = { tls: 'starttls', tlsOptions, deadlines: { command: 100, connect: 500 } } as const
      await withRig({ tls: 'on-request', faults: { stls }, source }, async ({ source, server }) => {
        const { code, message } = await failureOf(source.open(signal))
        assert.equal(code, stls === 'silent' ? 'timeout' : 'tls')
        if (typeof stls === 'object') assert.match(message, /tampering/)
        assert.deepEqual([server.count('USER'), server.count('AUTH'), server.logins], [0, 0, 0])
      })
    }
  },
)

quirk(
  'A14',
  'A greeting may have any text, any bytes, lower case or a bare line feed; one that says -ERR is taken for a passing problem and tried again.',
  async () => {
    for (const raw of ['+OK\r\n', '+ok \xe9\xff\x1b[2J\n', '+OK  \r\n']) {
      await withWorld({ messages: few, pop3: { faults: { greeting: { raw } } }, source: patient }, async (world) => {
        assert.equal((await world.run()).tally.copied.count, 3, raw)
      })
    }
    await withWorld({ messages: few, pop3: { faults: { greeting: 'error' } }, source: patient }, async (world) => {
      const codes: string[] = []
      const { exitCode, tally } = await world.run({
        onEvent: (event) => {
          if (event.kind !== 'retrying') return
          codes.push(event.error.code)
          world.pop3.faults = {}
        },
      })
      assert.deepEqual([exitCode, tally.copied.count, codes], [0, 3, ['temporary']])
    })
  },
)

quirk(
  'A15',
  'The password is sent only after the server has accepted the user name, never together with it.',
  async () => {
    const answers = plainAnswers([])
    let behindUser = ''
    const server = await startScriptedServer(async (peer) => {
      await peer.send('+OK\r\n')
      await peer.serve((line) => {
        if (!line.startsWith('USER')) return answers(line)
        if (peer.hasMore) behindUser = 'something'
        return '-ERR no such user\r\n'
      })
    })
    try {
      const error = await failureOf(createPop3Source(sourceOptions(server.port)).open(signal))
      assert.equal(error.code, 'auth')
      assert.equal(behindUser, '')
      assert.deepEqual(server.lines, ['CAPA', 'USER alice'])
    } finally {
      await server.stop()
    }
  },
)
