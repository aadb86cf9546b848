// Logging in: greetings, CAPA, USER and PASS, SASL, refusals, and that no secret shows anywhere.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ErrorCode } from '../../../src/core/errors.ts'
import type { Credentials } from '../../../src/sources/pop3/sasl.ts'
import { createPop3Source } from '../../../src/sources/pop3/source.ts'
import { loginRefusals, type Pop3Faults } from '../../servers/pop3-faults.ts'
import { failureOf } from './failure.ts'
import { type Rig, signal, sourceOptions, token, user, withRig, withSession } from './rig.ts'
import { startScriptedServer } from './scripted-server.ts'

const plainOnly = ['UIDL', 'TOP', 'USER', 'PIPELINING']
const byToken: Credentials = { kind: 'token', user, token: async () => token }

/** Opens a session, drops it again, and says what was sent and received. */
async function opened(rig: Rig): Promise<readonly string[]> {
  const session = await rig.source.open(signal)
  session.abandon()
  return rig.trace
}

describe('the greeting (A14)', () => {
  test('8-bit text, a bare LF and lower case are welcome', () =>
    withSession({ faults: { greeting: { raw: '+ok \xe9\x1b[2J <not@apop> willkommen\n' } } }, async (_, rig) => {
      assert.equal(rig.server.logins, 1)
      assert.ok(rig.trace[0]?.startsWith('S: +OK'))
      assert.ok(!rig.trace[0]?.includes('\x1b'))
      assert.ok(!rig.server.log.some((line) => line.startsWith('APOP')))
    }))

  const refusals: readonly [greeting: string, code: ErrorCode][] = [
    ['-ERR [SYS/TEMP] Not now.\r\n', 'temporary'],
    ['-ERR\r\n', 'temporary'],
    ['-ERR mailbox is locked by another session\r\n', 'in-use'],
    ['-ERR [LOGIN-DELAY] wait\r\n', 'login-delayed'],
    ['220 smtp.example ESMTP\r\n', 'protocol'],
    ['\r\n', 'protocol'],
  ]
  for (const [raw, code] of refusals) {
    test(`${JSON.stringify(raw)} is ${code}`, () =>
      withRig({ faults: { greeting: { raw } } }, async ({ source, server }) => {
        assert.equal((await failureOf(source.open(signal))).code, code)
        await server.until(() => server.connections.open === 0)
      }))
  }

  test('silence ends at the deadline, and nobody is left connected', () =>
    withRig({ faults: { greeting: 'silent' }, source: { deadlines: { greeting: 30 } } }, async ({ source, server }) => {
      const error = await failureOf(source.open(signal))
      assert.equal(error.code, 'timeout')
      assert.match(error.message, /did not greet/)
      await server.until(() => server.connections.open === 0)
    }))

  test('a hang-up', () =>
    withRig({ faults: { greeting: 'drop' } }, async ({ source }) => {
      assert.equal((await failureOf(source.open(signal))).code, 'disconnected')
    }))
})

describe('CAPA', () => {
  test('is asked again after the login, and counts then (A02)', () =>
    withSession(
      {
        faults: {
          capabilities: {
            clear: ['USER', 'SASL PLAIN'],
            transaction: ['UIDL', 'PIPELINING', 'EXPIRE 0', 'LOGIN-DELAY 90'],
          },
        },
      },
      async ({ facts }) => {
        assert.deepEqual(facts.capabilities, ['UIDL', 'PIPELINING', 'EXPIRE 0', 'LOGIN-DELAY 90'])
        assert.deepEqual(facts.notes, [
          'The server wants 90 seconds between two logins (LOGIN-DELAY).',
          'The server says that it removes what has been retrieved (EXPIRE 0).',
        ])
      },
    ))

  test('refused: capabilities are unknown, not absent (A01)', () =>
    withSession({ faults: { capa: 'error' }, messages: ['x\r\n'] }, async (session, rig) => {
      assert.match(session.facts.notes.join(), /no CAPA/)
      assert.equal((await session.list(signal)).messages[0]?.key, 'key-1')
      assert.equal(rig.server.connections.total, 1)
      assert.equal(rig.habits.get('capa'), undefined)
    }))

  for (const capa of ['silent', 'drop'] as const) {
    test(`${capa}: one more connection without it, remembered (A01)`, () =>
      withRig({ faults: { capa }, source: { deadlines: { probe: 50 } } }, async (rig) => {
        await opened(rig)
        assert.equal(rig.server.connections.total, 2)
        assert.equal(rig.server.count('CAPA'), 1)
        assert.equal(rig.habits.get('capa'), 'none')
        await opened(rig)
        assert.equal(rig.server.connections.total, 3)
        assert.equal(rig.server.count('CAPA'), 1)
      }))
  }

  test('is not given up for ever when the password was wrong', () =>
    withRig({ faults: { capa: 'drop', login: 'wrong-password' } }, async (rig) => {
      assert.equal((await failureOf(opened(rig))).code, 'auth')
      assert.equal(rig.habits.get('capa'), undefined)
    }))
})

describe('UTF8 (A38)', () => {
  test('is sent before the login where it is offered', () =>
    withSession({}, async (session, { server }) => {
      assert.ok(server.log.indexOf('UTF8') < server.log.indexOf('AUTH PLAIN'))
      assert.equal(server.count('UTF8'), 1)
      assert.deepEqual(session.facts.notes, [])
    }))

  test('is sent after the login where it is offered only then', () =>
    withSession({ faults: { capabilities: { clear: plainOnly } } }, async (_, { server }) => {
      assert.ok(server.log.indexOf('UTF8') > server.log.indexOf('PASS ****'))
    }))

  test('is not sent where it is not offered', () =>
    withSession({ capabilities: plainOnly }, async (_, { server }) => assert.equal(server.count('UTF8'), 0)))

  test('a refusal is a note', () =>
    withSession({ faults: { script: (verb) => (verb === 'UTF8' ? '-ERR no\r\n' : undefined) } }, async ({ facts }) => {
      assert.match(facts.notes.join(), /refused UTF8/)
    }))
})

describe('USER and PASS', () => {
  test('where PLAIN is not offered; a password keeps its blanks', () =>
    withSession({ capabilities: plainOnly }, async (_, { server }) => {
      assert.deepEqual(server.log.slice(0, 3), ['CAPA', `USER ${user}`, 'PASS ****'])
    }))

  test('no PASS after a refused USER (A15)', () =>
    withRig({ capabilities: plainOnly, faults: { login: 'user-refused' } }, async (rig) => {
      assert.equal((await failureOf(opened(rig))).code, 'auth')
      assert.equal(rig.server.count('PASS'), 0)
    }))

  test('never pipelined: PASS waits for the answer to USER (A15)', async () => {
    const server = await startScriptedServer(async (peer) => {
      await peer.send('+OK\r\n')
      await peer.line()
      await peer.send('-ERR\r\n')
      await peer.line()
      // Whatever was sent together with USER would be here before the answer to it.
      assert.deepEqual(server.lines, ['CAPA', `USER ${user}`])
      await peer.send('-ERR no such user\r\n')
      await peer.gone()
    })
    try {
      await failureOf(createPop3Source(sourceOptions(server.port)).open(signal))
      assert.deepEqual(server.lines, ['CAPA', `USER ${user}`])
    } finally {
      await server.stop()
    }
  })

  test('a line break in user or password is refused before anything is sent', () =>
    withRig({}, async ({ server }) => {
      for (const [name, secret] of [
        ['alice\r\nDELE 1', 'x'],
        ['alice', 'x\nDELE 1'],
      ] as const) {
        const credentials: Credentials = { kind: 'password', user: name, password: async () => secret }
        const source = createPop3Source(sourceOptions(server.port, { credentials }))
        const error = await failureOf(source.open(signal))
        assert.equal(error.code, 'secret')
        assert.ok(!error.message.includes('DELE'))
      }
      assert.deepEqual([server.count('USER'), server.count('AUTH'), server.count('DELE')], [0, 0, 0])
    }))

  test('the way to the password may fail on its own', () =>
    withRig({}, async ({ server }) => {
      const password = async () => Promise.reject(new Error('no keyring'))
      const source = createPop3Source(sourceOptions(server.port, { credentials: { kind: 'password', user, password } }))
      await assert.rejects(source.open(signal), /no keyring/)
      await server.until(() => server.connections.open === 0)
    }))
})

describe('refused logins', () => {
  const matrix: readonly [fault: Pop3Faults['login'], code: ErrorCode, retry: string][] = [
    ['wrong-password', 'auth', 'never'],
    ['wrong-password-without-code', 'auth', 'later'],
    ['permanent', 'auth', 'never'],
    ['in-use', 'in-use', 'now'],
    ['locked-text', 'in-use', 'now'],
    ['login-delay', 'login-delayed', 'now'],
    ['temporary', 'temporary', 'now'],
    ['drop', 'login-delayed', 'later'],
    [{ text: '-ERR' }, 'auth', 'later'],
    [{ text: '-ERR Your account is locked, call support' }, 'auth', 'later'],
    [{ text: '-ERR unable to lock maildrop' }, 'in-use', 'now'],
    [{ text: '-ERR Mailbox is busy' }, 'in-use', 'now'],
    [{ text: '-ERR Service unavailable' }, 'temporary', 'now'],
    [{ text: '-ERR Logins must be at least 5 minutes apart' }, 'login-delayed', 'now'],
    [{ text: '-ERR [AUTH] lock me in' }, 'auth', 'never'],
  ]
  for (const [login, code, retry] of matrix) {
    if (login === undefined) continue
    for (const capabilities of [plainOnly, ['SASL PLAIN']]) {
      const text = typeof login === 'object' ? login.text : login in loginRefusals ? login : `(${login})`
      test(`${text} by ${capabilities.length === 1 ? 'AUTH' : 'PASS'} is ${code} (A05, A07, A08)`, () =>
        withRig({ capabilities, faults: { login } }, async (rig) => {
          const error = await failureOf(opened(rig))
          assert.deepEqual([error.code, error.retry, error.scope], [code, retry, 'pair'])
          assert.equal(rig.server.count('PASS') + rig.server.count('AUTH'), 1)
          await rig.server.until(() => rig.server.connections.open === 0)
        }))
    }
  }

  test('the server says it, escaped and cut', () =>
    withRig({ faults: { login: { text: `-ERR \x1b]0;title\x07 ${'x'.repeat(500)}` } } }, async (rig) => {
      const { message } = await failureOf(opened(rig))
      assert.match(message, /\\x1b\]0;title\\x07/)
      assert.ok(message.length < 300)
    }))
})

describe('SASL', () => {
  for (const continuation of ['+', '+ ', '+OK', '+OK go on', '+ go on']) {
    test(`PLAIN goes on after ${JSON.stringify(continuation)} (A11)`, () =>
      withSession({ faults: { sasl: { continuation } } }, async (_, { server }) => assert.equal(server.logins, 1)))
  }

  test('PLAIN refused as a mechanism: USER and PASS', () =>
    withSession(
      { faults: { script: (verb) => (verb === 'AUTH' ? '-ERR not here\r\n' : undefined) } },
      async (_, { server }) => assert.equal(server.count('PASS'), 1),
    ))

  test('XOAUTH2 on two lines (A10)', () =>
    withSession(
      { source: { credentials: byToken }, faults: { sasl: { xoauth2: 'two-step-only' } } },
      async (_, rig) => {
        assert.ok(rig.server.log.includes('AUTH XOAUTH2'))
        assert.equal(rig.server.count('AUTH'), 1)
      },
    ))

  test('XOAUTH2 on one line where two are refused (A10)', () =>
    withSession({ source: { credentials: byToken }, faults: { sasl: { xoauth2: 'initial-only' } } }, async (_, rig) => {
      assert.deepEqual(
        rig.server.log.filter((line) => line.startsWith('AUTH')),
        ['AUTH XOAUTH2', 'AUTH XOAUTH2 ****'],
      )
    }))

  test('OAUTHBEARER where XOAUTH2 is not offered', () =>
    withSession({ source: { credentials: byToken }, capabilities: ['SASL PLAIN OAUTHBEARER'] }, async (_, rig) => {
      assert.ok(rig.server.log.includes('AUTH OAUTHBEARER'))
    }))

  test('a token of 3,000 characters travels on a line of its own (A11)', () => {
    const long = 'x'.repeat(3000)
    const credentials: Credentials = { kind: 'token', user, token: async () => long }
    const users = [{ user, password: 'x', token: long }]
    return withSession({ users, source: { credentials } }, async (_, { server }) => assert.equal(server.logins, 1))
  })

  test('a server that lists its mechanisms, and none for tokens, is not asked', () =>
    withRig({ capabilities: ['SASL PLAIN'], source: { credentials: byToken } }, async (rig) => {
      const error = await failureOf(opened(rig))
      assert.deepEqual([error.code, error.retry, rig.server.count('AUTH')], ['unsupported', 'never', 0])
    }))

  for (const capabilities of [['SASL XOAUTH2'], ['SASL OAUTHBEARER']]) {
    test(`${capabilities}: a refused token is explained, answered, and an auth error (A10)`, () => {
      const credentials: Credentials = { kind: 'token', user, token: async () => 'expired' }
      return withRig({ capabilities, source: { credentials } }, async (rig) => {
        assert.equal((await failureOf(opened(rig))).code, 'auth')
        assert.equal(rig.server.log.at(-1), capabilities[0] === 'SASL XOAUTH2' ? '' : '****')
      })
    })
  }
})

describe('secrets', () => {
  test('never show in trace or errors, not even when the server echoes them', async () => {
    const secret = 's3cret/pass'
    const encoded = Buffer.from(`\0${user}\0${secret}`).toString('base64')
    for (const capabilities of [plainOnly, ['SASL PLAIN']]) {
      const login = { text: `-ERR wrong: ${secret} ${encoded} ${Buffer.from(secret).toString('base64')}` }
      const credentials: Credentials = { kind: 'password', user, password: async () => secret }
      await withRig({ capabilities, faults: { login }, source: { credentials } }, async (rig) => {
        const error = await failureOf(opened(rig))
        const everything = [...rig.trace, error.message, error.hint, error.stack, String(error.cause)].join('\n')
        assert.match(everything, /wrong: \*\*\*\*/)
        for (const form of [secret, encoded, Buffer.from(secret).toString('base64')]) {
          assert.ok(!everything.includes(form), `${form} shows`)
        }
      })
    }
  })

  test('tokens neither', () => {
    const credentials: Credentials = { kind: 'token', user, token: async () => 'tok-en' }
    const sasl = { xoauth2: 'initial-only' } as const
    return withRig({ faults: { login: { text: '-ERR no tok-en' }, sasl }, source: { credentials } }, async (rig) => {
      const { message } = await failureOf(opened(rig))
      const everything = [...rig.trace, message].join('\n')
      assert.ok(!everything.includes('tok-en'))
      assert.ok(!everything.includes(Buffer.from('tok-en').toString('base64').slice(0, 6)))
      assert.match(everything, /C: AUTH XOAUTH2 \*\*\*\*/)
    })
  })
})
