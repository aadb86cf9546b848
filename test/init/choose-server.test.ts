// Which server an end gets: as given, as agreed to after its origin was shown, as typed, or none where nobody can be asked.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Guess } from '../../src/discovery/guess.ts'
import { askLogin } from '../../src/init/ask-end.ts'
import { chooseServer } from '../../src/init/choose-server.ts'
import type { GivenEnd } from '../../src/init/given.ts'
import { passwordAdvice } from '../../src/init/password-advice.ts'
import type { Questions } from '../../src/questions/questions.ts'

const nothing: GivenEnd = {
  ...{ email: undefined, host: undefined, port: undefined },
  ...{ tls: undefined, user: undefined, password: undefined },
}

const guess = (more: Partial<Guess> = {}): Guess => ({
  ...{ host: 'pop.old.example', port: 995, tls: 'implicit', user: 'alice@old.example', signIn: 'password' },
  ...{ origin: 'the SRV record of _pop3s._tcp.old.example', isForgeable: false },
  ...more,
})

/** Answers questions from a list, in order, and keeps what was shown. */
function stage(answers: readonly string[]) {
  const shown: string[] = []
  const left = [...answers]
  const next = (message: string) => {
    shown.push(message)
    return left.shift() ?? assert.fail(`nobody answers: ${message}`)
  }
  const questions: Questions = {
    begin: (text) => shown.push(text),
    say: (text) => shown.push(text),
    warn: (text) => shown.push(text),
    end: (text) => shown.push(text),
    text: async (message, initial, fault) => {
      const answer = next(`${message} [${initial}]`) || initial
      assert.equal(fault(answer), undefined)
      return answer
    },
    password: async (message) => next(message),
    choose: async (message, choices) => {
      const answer = next(`${message} ${choices.map(({ label }) => label).join(' | ')}`)
      return choices.find(({ value }) => value === answer)?.value ?? assert.fail(`no choice ${answer}`)
    },
    confirm: async (message) => next(message) === 'yes',
  }
  return { questions, shown, say: (text: string) => void shown.push(text) }
}

const choose = (guesses: readonly Guess[], given: Partial<GivenEnd>, answers: readonly string[] | undefined) => {
  const { questions, shown, say } = stage(answers ?? [])
  const conversation = { questions: answers ? questions : undefined, say }
  const server = chooseServer('alice@old.example', 'pop3', { ...nothing, ...given }, async () => guesses, conversation)
  return { server, shown }
}

describe('chooseServer', () => {
  test('shows each guess with its origin before it is used', async () => {
    const second = guess({ host: 'mail.old.example', origin: 'its name' })
    const { server, shown } = choose([guess(), second], {}, ['1'])
    assert.deepEqual(await server, {
      ...{ host: 'mail.old.example', port: 995, tls: 'implicit', user: 'alice@old.example' },
      ...{ origin: 'found by its name', wantsOAuth: false },
    })
    const text = shown.join('\n')
    assert.match(text, /pop\.old\.example, port 995, TLS, as alice@old\.example\nfound by the SRV record of _pop3s/)
    assert.match(shown.at(-1) ?? '', /another one/)
  })

  test('lets another one be typed, with what is known standing there', async () => {
    const { server, shown } = choose([guess()], {}, ['other', 'pop.elsewhere.example', 'starttls', '', 'alice'])
    const { host, port, tls, user, origin } = await server
    assert.deepEqual(
      [host, port, tls, user, origin],
      ['pop.elsewhere.example', 110, 'starttls', 'alice', 'as you said'],
    )
    assert.ok(shown.includes('Name of the POP3 server [pop.old.example]'))
  })

  test('asks for everything where nothing is known', async () => {
    const { server } = choose([], {}, ['pop.old.example', 'implicit', '', ''])
    assert.equal((await server).port, 995)
  })

  test('asks nothing about a server that was given', async () => {
    const { server, shown } = choose([], { host: 'pop.mine.example', tls: 'starttls', user: 'me' }, undefined)
    const { host, port, user } = await server
    assert.deepEqual([host, port, user, shown], ['pop.mine.example', 110, 'me', []])
  })

  test('without questions takes the first that nobody could have forged, and says what it took', async () => {
    const forgeable = guess({ host: 'mail.hoster.example', isForgeable: true })
    const { server, shown } = choose([forgeable, guess()], { user: 'alice' }, undefined)
    const { host, user } = await server
    assert.deepEqual([host, user], ['pop.old.example', 'alice'])
    assert.match(shown.at(-1) ?? '', /^POP3: pop\.old\.example, port 995, .*; found by the SRV record/)
  })

  test('without questions sends no password to where forged DNS could point', async () => {
    const { server } = choose([guess({ host: 'mail.hoster.example', isForgeable: true })], {}, undefined)
    await assert.rejects(server, (error: Error & { hint?: string; code?: string }) => {
      assert.equal(error.code, 'usage')
      assert.match(error.message, /lies outside that domain, and DNS can be forged/)
      assert.match(error.hint ?? '', /--host1 mail\.hoster\.example/)
      return true
    })
  })

  test('names the option where nothing was found', async () => {
    await assert.rejects(choose([], {}, undefined).server, { code: 'usage', hint: 'Name it: --host1 HOST.' })
  })
})

test('providers that take another password, or none, say so before it is typed', () => {
  assert.match(passwordAdvice('imap.gmail.com', false) ?? '', /app password/)
  assert.match(passwordAdvice('outlook.office365.com', false) ?? '', /oauth2/)
  assert.match(passwordAdvice('pop.mail.yahoo.com', false) ?? '', /app password/)
  assert.match(passwordAdvice('imap.qq.com', false) ?? '', /authorisation code/)
  assert.match(passwordAdvice('imap.firm.example', true) ?? '', /takes no passwords/)
  assert.equal(passwordAdvice('imap.firm.example', false), undefined)
})

test('Microsoft wants a sign-in, Google takes an app password or a sign-in; others are not asked how', async () => {
  const server = (host: string) =>
    ({ host, port: 993, tls: 'implicit', user: 'a', origin: '', wantsOAuth: false }) as const
  const microsoft = stage(['sign-in', 'my-client'])
  assert.deepEqual(await askLogin(server('outlook.office365.com'), 'imap', microsoft.questions), {
    kind: 'sign-in',
    login: { auth: { oauth2: { provider: 'microsoft', clientId: 'my-client' } } },
  })
  assert.match(microsoft.shown[0] ?? '', /signing in with OAuth \| with an app password/)
  const google = stage(['sign-in', 'my-client', ''])
  const answer = await askLogin(server('imap.gmail.com'), 'imap', google.questions)
  assert.ok(answer.kind === 'sign-in' && 'auth' in answer.login)
  assert.deepEqual(answer.login.auth.oauth2.clientSecret, { file: '~/.config/mailhaul/google-client-secret' })
  const app = await askLogin(server('imap.gmail.com'), 'imap', stage(['password', 'abcd efgh']).questions)
  assert.deepEqual(app, { kind: 'typed', secret: 'abcd efgh' })
  const other = await askLogin(server('imap.firm.example'), 'imap', stage(['s3cret']).questions)
  assert.deepEqual(other, { kind: 'typed', secret: 's3cret' })
})
