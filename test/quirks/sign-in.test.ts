// Quirks of signing in with OAuth: what providers want, how tokens end and rotate, and what people are told.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { chmod, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { checkConfig } from '../../src/config/check.ts'
import { signInAdvice } from '../../src/core/sign-in-advice.ts'
import { signIn } from '../../src/tokens/sign-in.ts'
import { formatStored, parseStored } from '../../src/tokens/stored.ts'
import { mail } from '../core/rows.ts'
import { withWorld } from '../scenarios/world.ts'
import { failureOf, type TokenRig, withRig } from '../tokens/rig.ts'
import { quirk } from './quirk.ts'

const few = [mail(1), mail(2), mail(3)]

/** A user who has a token in place of a password, and a record of what was asked for. */
function tokens(...list: readonly string[]) {
  const asked: (string | undefined)[] = []
  let at = 0
  const token = async (refused?: string): Promise<string> => {
    asked.push(refused)
    if (refused !== undefined && refused === list[at] && at < list.length - 1) at += 1
    return list[at] ?? ''
  }
  const signIn = 'mailhaul auth login alice --source'
  return { asked, credentials: { kind: 'token', user: 'alice', token, signIn } as const }
}

const account = (token: string) => ({ user: 'alice', password: 'correct horse', token })
const maildrop = (token: string) => ({
  ...account(token),
  messages: few.map((bytes, at) => ({ uidl: `u${at + 1}`, bytes })),
})

quirk(
  'A10',
  'The mechanism and the token go on two lines, as Microsoft wants it; a server that refuses that gets both on one line, as at Google, also where a token is several kilobytes long.',
  async () => {
    const long = 'ey'.repeat(1600)
    for (const xoauth2 of ['two-step-only', 'initial-only'] as const) {
      const { credentials, asked } = tokens(long)
      const pop3 = { users: [maildrop(long)], faults: { sasl: { xoauth2 } } }
      await withWorld({ pop3, source: { credentials } }, async (world) => {
        const { exitCode, error } = await world.run()
        assert.equal(exitCode, 0, error?.message)
        assert.deepEqual(world.stored(), world.source())
        const lines = world.pop3.log.filter((line) => line.startsWith('AUTH'))
        assert.deepEqual(lines, xoauth2 === 'two-step-only' ? ['AUTH XOAUTH2'] : ['AUTH XOAUTH2', 'AUTH XOAUTH2 ****'])
        assert.deepEqual(asked, [undefined])
      })
    }
  },
)

quirk(
  'A10',
  'The challenge that explains a refusal is answered, with an empty line for XOAUTH2 and with \\x01 for OAUTHBEARER, and the session goes on to the refusal itself.',
  async () => {
    for (const mechanism of ['XOAUTH2', 'OAUTHBEARER']) {
      const { credentials } = tokens('expired')
      const pop3 = { users: [maildrop('other')], capabilities: ['UIDL', `SASL ${mechanism}`] }
      await withWorld({ pop3, source: { credentials } }, async (world) => {
        const { error, exitCode } = await world.run()
        assert.deepEqual([error?.code, exitCode], ['auth', 4])
        assert.match(error?.hint ?? '', /\(mailhaul auth login alice --source\)/)
        assert.doesNotMatch(error?.hint ?? '', /PAIR/)
        assert.equal(world.pop3.log.filter((line) => line === `AUTH ${mechanism}`).length, 1)
      })
    }
  },
)

quirk(
  'D15',
  'A token that ends in the middle of a pass is replaced at the next login: one refusal, one renewal, one more login, at either end, and the pass goes on.',
  async () => {
    const [source, destination] = [tokens('A', 'B'), tokens('A', 'B')]
    let wasCut = false
    const pop3 = { users: [maildrop('A')] }
    const imap = { users: [account('B')] }
    const ends = { source: { credentials: source.credentials }, destination: { credentials: destination.credentials } }
    await withWorld({ pop3, imap, ...ends }, async (world) => {
      world.pop3.faults = {
        retr: ({ uidl }) => {
          if (uidl !== 'u2' || wasCut) return undefined
          wasCut = true
          world.maildrop.token = 'B'
          return { kind: 'drop', at: 30 }
        },
      }
      const { exitCode, error } = await world.run()
      assert.equal(exitCode, 0, error?.message)
      assert.deepEqual(world.stored(), world.source())
      assert.deepEqual(source.asked, [undefined, undefined, 'A'])
      assert.deepEqual(destination.asked.slice(0, 2), [undefined, 'A'])
      assert.equal(destination.asked.filter((refused) => refused !== undefined).length, 1)
    })
  },
)

quirk(
  'D15',
  'A new token that is refused like the one before it ends the pair: two logins at either end, and no third.',
  async () => {
    const [source, destination] = [tokens('A', 'B', 'C'), tokens('A', 'B', 'C')]
    await withWorld(
      { pop3: { users: [maildrop('none')] }, source: { credentials: source.credentials } },
      async (world) => {
        const { exitCode } = await world.run()
        assert.equal(exitCode, 4)
        assert.deepEqual(source.asked, [undefined, 'A'])
        assert.equal(world.pop3.log.filter((line) => line.startsWith('AUTH')).length, 2)
      },
    )
    const imap = { users: [account('none')] }
    const options = { messages: few, imap, destination: { credentials: destination.credentials } }
    await withWorld(options, async (world) => {
      assert.equal((await world.run()).exitCode, 4)
      assert.ok(world.imap.count('AUTHENTICATE') <= 3, 'each token once')
      assert.ok(destination.asked.length <= 6)
    })
    await withRig(async (rig) => {
      const keeper = await rig.signedIn()
      let token = await keeper.token()
      for (let round = 0; round < 20; round += 1) token = await keeper.token(token)
      assert.equal(rig.idp.renewals, 1)
    })
  },
)

quirk(
  'D15',
  'A provider that has too much to do, or is down, is a passing problem; one that refuses the sign-in for good is not asked again until somebody has signed in.',
  () =>
    withRig(async (rig) => {
      const keeper = await rig.signedIn()
      rig.clock.time += 3_600_000
      const answers = [
        [429, 'slow down', 'throttled'],
        [500, '<html>', 'temporary'],
        [503, '', 'temporary'],
        [400, '{"error":"invalid_grant","error_description":"Token has been expired or revoked."}', 'secret'],
      ] as const
      for (const [status, body, code] of answers) {
        rig.idp.fault = ({ path }) => (path === '/token' ? { status, body } : undefined)
        const error = await failureOf(keeper.token())
        assert.deepEqual([error.code, error.retry], [code, code === 'secret' ? 'never' : 'now'])
      }
      const { length } = rig.idp.tokenRequests
      for (const again of [keeper, rig.keeper()]) assert.equal((await failureOf(again.token())).code, 'secret')
      assert.equal(rig.idp.tokenRequests.length, length)
      rig.idp.fault = undefined
      assert.ok(await (await rig.signedIn()).token())
    }),
)

/** The file of the sign-in, and what is in it. */
async function fileOf(rig: TokenRig) {
  const name = (await readdir(rig.directory)).find((file) => file.endsWith('.json')) ?? ''
  const path = join(rig.directory, name)
  const token = parseStored(await readFile(path, 'utf8'))
  assert.ok(token)
  return { path, token }
}

/** Whether a process has the lock open, to have it or to wait for it. */
function holdsLock(pid: number): boolean {
  try {
    const files = readdirSync(`/proc/${pid}/fd`).map((name) => readlinkSync(`/proc/${pid}/fd/${name}`))
    return files.some((file) => file.endsWith('.lock'))
  } catch {
    return false
  }
}

quirk(
  'D16',
  'Processes that want a new token at once take turns: one of them renews it, the others find it renewed, and the refresh token that rotates is never used twice.',
  () =>
    withRig(async (rig) => {
      rig.clock.time = Date.now()
      await rig.signedIn()
      const { path, token } = await fileOf(rig)
      await writeFile(path, formatStored({ ...token, expiresAt: Date.now() - 1 }))
      const gate = Promise.withResolvers<void>()
      rig.idp.gate = gate.promise
      const script = join(import.meta.dirname, '../tokens/child.ts')
      const running = [1, 2, 3].map(() => {
        const run = promisify(execFile)(process.execPath, [script, rig.directory, rig.idp.issuer])
        return { run, pid: run.child.pid ?? 0 }
      })
      // The first of them is held at the provider until the others stand before the lock, or have got past it.
      while (rig.idp.waiting < 3 && !(rig.idp.waiting > 0 && running.every(({ pid }) => holdsLock(pid)))) await delay(5)
      gate.resolve()
      const printed = await Promise.all(running.map(({ run }) => run))
      assert.equal(new Set(printed.map(({ stdout }) => stdout)).size, 1)
      assert.equal(rig.idp.renewals, 1)
      const after = (await fileOf(rig)).token
      assert.equal(after.accessToken, printed[0]?.stdout)
      assert.notEqual(after.refreshToken, token.refreshToken)
      rig.clock.time = Date.now() + 3_600_000
      assert.ok(await rig.keeper().token(), 'the provider has seen no refresh token twice')
    }),
)

quirk(
  'D16',
  'A new refresh token is on the disk before the token that came with it is used, and nothing older is ever written over it.',
  () =>
    withRig(async (rig) => {
      const keeper = await rig.signedIn()
      rig.clock.time += 3_600_000
      const gate = Promise.withResolvers<void>()
      rig.idp.gate = gate.promise
      const renewed = failureOf(keeper.token())
      while (rig.idp.waiting === 0) await delay(5)
      // Somebody without a lock, or with another clock, has been faster.
      const { path, token } = await fileOf(rig)
      const newer = { ...token, generation: token.generation + 5, refreshToken: 'the-newer-one' }
      await writeFile(path, formatStored(newer))
      gate.resolve()
      assert.match((await renewed).message, /nothing was written over it/)
      assert.equal((await fileOf(rig)).token.refreshToken, 'the-newer-one')
    }),
)

quirk(
  'E08',
  'The file of a sign-in is for its owner alone, whatever the umask; one that others can read, or that is a link, is refused with the command that mends it.',
  () =>
    withRig(async (rig) => {
      const umask = process.umask(0)
      try {
        await (await rig.signedIn()).token()
      } finally {
        process.umask(umask)
      }
      const { path } = await fileOf(rig)
      assert.equal((await stat(path)).mode & 0o777, 0o600)
      await chmod(path, 0o640)
      assert.match((await failureOf(rig.keeper().token())).hint ?? '', /chmod 600/)
      await chmod(path, 0o600)
      await rename(path, `${path}.elsewhere`)
      await symlink(`${path}.elsewhere`, path)
      assert.match((await failureOf(rig.keeper().token())).message, /is a link/)
    }),
)

/** The address that somebody at this provider is sent to; nothing is asked of the provider itself. */
async function addressAt(provider: 'google' | 'microsoft', tenant?: string): Promise<URL> {
  const stop = new AbortController()
  const seen = Promise.withResolvers<string>()
  const person = {
    ...{ say: () => undefined, ask: async () => '', stop: stop.signal },
    clock: { now: () => 0, sleep: async () => undefined },
    openPage: async (address: string) => {
      seen.resolve(address)
      stop.abort(new Error('seen'))
      return true
    },
  }
  const registration = { provider, tenant, clientId: 'id', clientSecret: undefined, user: 'alice@corp.example' }
  await signIn(registration, 'browser', person).catch(() => undefined)
  return new URL(await seen.promise)
}

quirk(
  'E13',
  'Microsoft is asked for the full names of the scopes for POP and IMAP and for offline access, in the tenant that is configured, and sends the browser back to http://localhost.',
  async () => {
    const address = await addressAt('microsoft', 'corp.example')
    assert.equal(
      `${address.origin}${address.pathname}`,
      'https://login.microsoftonline.com/corp.example/oauth2/v2.0/authorize',
    )
    assert.deepEqual(address.searchParams.get('scope')?.split(' '), [
      'https://outlook.office.com/POP.AccessAsUser.All',
      'https://outlook.office.com/IMAP.AccessAsUser.All',
      'offline_access',
    ])
    assert.match(address.searchParams.get('redirect_uri') ?? '', /^http:\/\/localhost:\d+$/)
    assert.equal(address.searchParams.get('login_hint'), 'alice@corp.example')
    assert.equal((await addressAt('microsoft')).pathname, '/common/oauth2/v2.0/authorize')
    const refused = signInAdvice('Logon failure: unknown user name or bad password.', 'token', 'outlook.office365.com')
    assert.match(refused ?? '', /user is the address that signed in/)
  },
)

quirk(
  'E14',
  'A tenant that blocks the device flow, or POP and IMAP, is told from a wrong password: the advice names the sign-in in the browser, the consent or the setting that is missing.',
  () =>
    withRig(async (rig) => {
      const expected: readonly (readonly [string, RegExp])[] = [
        [
          'AADSTS53003: Access has been blocked by Conditional Access policies.',
          /device flow is blocked.*without --device/,
        ],
        ['AADSTS50076: you must use multi-factor authentication', /second factor/],
        ['AADSTS65001: The user or administrator has not consented', /consent/i],
        ['AADSTS7000218: The request body must contain client_secret', /Allow public client flows/],
        ['AADSTS700016: Application not found in the directory', /Check clientId, and set tenant/],
        ['AADSTS50194: Application is not configured as a multi-tenant application', /Set tenant/],
        [
          'AADSTS700082: The refresh token has expired due to inactivity.',
          /not used for too long.*mailhaul auth login/,
        ],
        ['AADSTS50173: The provided grant has expired due to it being revoked', /new password.*mailhaul auth login/],
      ]
      for (const [description, advice] of expected) {
        const body = JSON.stringify({
          error: 'invalid_grant',
          error_description: `${description} Trace ID: 1 \u001b[2J`,
        })
        rig.idp.fault = ({ path }) => (path === '/device/auth' ? { status: 400, body } : undefined)
        const error = await failureOf(signIn(rig.registration, 'device', rig.person()))
        assert.deepEqual([error.code, error.retry], ['secret', 'never'])
        assert.match(error.hint ?? '', advice)
        assert.ok(!error.message.includes('\u001b'))
      }
      const disabled = signInAdvice('[AUTH] POP3 access is disabled for this mailbox', 'token', 'outlook.office365.com')
      assert.match(disabled ?? '', /Switch POP or IMAP on/)
    }),
)

quirk(
  'E15',
  'At Google nobody is sent into the device flow, which gives no mail; the browser is asked for https://mail.google.com/ with a refresh token, and invalid_grant names the seven days of a consent screen in Testing.',
  async () => {
    const address = await addressAt('google')
    assert.equal(address.searchParams.get('scope'), 'https://mail.google.com/')
    assert.deepEqual(
      [address.searchParams.get('access_type'), address.searchParams.get('prompt')],
      ['offline', 'consent'],
    )
    await withRig(async (rig) => {
      const google = { ...rig.registration, provider: 'google' } as const
      const error = await failureOf(signIn(google, 'device', rig.person()))
      assert.match(`${error.message} ${error.hint}`, /no access to mail in the device flow.*--paste/)
    })
    const over = signInAdvice('invalid_grant: Token has been expired or revoked.', 'sign-in')
    assert.match(over ?? '', /7 days while the consent screen is in Testing.*mailhaul auth login/)
  },
)

quirk(
  'E16',
  'A password for Microsoft is warned of when the configuration is read; a refused password names what the provider takes today: an app password, or a sign-in.',
  async () => {
    const { warnings } = checkConfig(
      'pairs:\n  - name: a\n    source: { host: outlook.office365.com, user: a, password: { env: A } }\n' +
        '    destination: { host: imap.example, user: a, password: { env: B } }\n',
    )
    assert.match(`${warnings[0]?.message}; ${warnings[0]?.hint}`, /takes no passwords any more; sign in instead: auth/)
    const said: readonly (readonly [string, RegExp])[] = [
      [
        '-ERR [AUTH] Application-specific password required: https://support.google.com/accounts',
        /Make an app password/,
      ],
      ['-ERR [AUTH] Web login required: https://support.google.com/mail', /Sign in to the account once in a browser/],
      ['-ERR [AUTH] Basic authentication is disabled.', /takes no passwords any more: use auth/],
      ['-ERR [AUTH] Your account is not enabled for POP access.', /Switch POP or IMAP on/],
    ]
    for (const [text, advice] of said) {
      await withWorld({ messages: few, pop3: { faults: { login: { text } } } }, async (world) => {
        const { error, exitCode } = await world.run()
        assert.deepEqual([error?.code, exitCode], ['auth', 4])
        assert.match(error?.hint ?? '', advice)
      })
      const imap = { faults: { login: { text: text.replace('-ERR [AUTH]', 'NO [AUTHENTICATIONFAILED]') } } }
      await withWorld({ messages: few, imap }, async (world) => {
        assert.match((await world.run()).error?.hint ?? '', advice)
      })
    }
    assert.match(
      signInAdvice('Invalid credentials', 'password', 'imap.gmail.com') ?? '',
      /app password.*provider: google/,
    )
    assert.match(signInAdvice('LOGIN failed.', 'password', 'outlook.office365.com') ?? '', /provider: microsoft/)
  },
)
