// Signing in at a real provider: in the browser with PKCE, by pasting an address, and with a device code.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signIn } from '../../src/tokens/sign-in.ts'
import { clients } from '../servers/identity-provider.ts'
import { failureOf, type TokenRig, withRig } from './rig.ts'

/** The address that somebody was told to open. */
const addressSaid = (rig: TokenRig) => new URL(/https?:\S+/.exec(rig.said.join('\n'))?.[0] ?? '')

test('the browser flow brings tokens, with PKCE, a state and a loopback address that nobody else knows', () =>
  withRig(async (rig) => {
    const granted = await signIn(rig.registration, 'browser', rig.person())
    assert.ok(granted.accessToken.length > 20 && granted.refreshToken)
    assert.equal(granted.lifetime, 3_600_000)
    const asked = addressSaid(rig).searchParams
    assert.equal(asked.get('code_challenge_method'), 'S256')
    assert.match(asked.get('redirect_uri') ?? '', /^http:\/\/127\.0\.0\.1:\d+$/)
    assert.ok((asked.get('state') ?? '').length >= 43 && (asked.get('code_challenge') ?? '').length >= 43)
    assert.equal(asked.get('login_hint'), 'alice')
  }))

test('a client with a secret proves itself with it, and the secret is in no address', () =>
  withRig(async (rig) => {
    const { id, secret } = clients.confidential
    const registration = { ...rig.registration, clientId: id, clientSecret: async () => secret }
    assert.ok((await signIn(registration, 'browser', rig.person())).refreshToken)
    assert.ok(!rig.said.join('').includes('51f'))
    const wrong = await failureOf(
      signIn({ ...registration, clientSecret: async () => 'wrong' }, 'browser', rig.person()),
    )
    assert.deepEqual([wrong.code, wrong.retry], ['secret', 'never'])
    assert.match(wrong.hint ?? '', /Check clientId and clientSecret/)
  }))

test('a call with another state is turned away, and the sign-in goes on', () =>
  withRig(async (rig) => {
    const statuses: number[] = []
    const openPage = async (address: string) => {
      const redirect = new URL(address).searchParams.get('redirect_uri') ?? ''
      for (const query of ['?code=stolen&state=guessed', '?error=access_denied&state=x', '?code=stolen', '']) {
        statuses.push((await fetch(`${redirect}/${query}`)).status)
      }
      statuses.push((await fetch(`${redirect}/?code=x`, { method: 'POST' })).status)
      return (await rig.idp.browse(address)).ok
    }
    assert.ok((await signIn(rig.registration, 'browser', rig.person({ openPage }))).refreshToken)
    assert.deepEqual(statuses, [400, 400, 400, 404, 404])
  }))

test('a code of somebody else’s sign-in is worth nothing: its verifier is missing', () =>
  withRig(async (rig) => {
    const openPage = async (address: string) => {
      const theirs = new URL(address)
      theirs.searchParams.set('code_challenge', 'a'.repeat(43))
      await fetch(await rig.idp.signInAt(theirs.href))
      return true
    }
    const error = await failureOf(signIn(rig.registration, 'browser', rig.person({ openPage })))
    assert.deepEqual([error.code, error.retry], ['secret', 'never'])
    assert.match(error.message, /invalid_grant/)
  }))

test('who declines is told so', () =>
  withRig(async (rig) => {
    const openPage = async (address: string) => {
      const { searchParams } = new URL(address)
      const back = `error=access_denied&state=${searchParams.get('state')}&iss=${encodeURIComponent(rig.idp.issuer)}`
      const page = await fetch(`${searchParams.get('redirect_uri')}/?${back}`)
      assert.match(await page.text(), /did not work/)
      return true
    }
    const error = await failureOf(signIn(rig.registration, 'browser', rig.person({ openPage })))
    assert.match(`${error.message} ${error.hint}`, /access_denied.* It was declined/)
  }))

test('a pasted address does as well as a browser here, and anything else is refused', () =>
  withRig(async (rig) => {
    const ask = () => rig.idp.signInAt(addressSaid(rig).href)
    const granted = await signIn(rig.registration, 'paste', rig.person({ ask }))
    assert.ok(granted.refreshToken)
    const strange = await failureOf(signIn(rig.registration, 'paste', rig.person({ ask: async () => 'hello' })))
    assert.match(strange.message, /not the address of the page/)
    const other = 'http://127.0.0.1:1/?code=x&state=y'
    assert.equal(
      (await failureOf(signIn(rig.registration, 'paste', rig.person({ ask: async () => other })))).retry,
      'later',
    )
  }))

test('the device flow waits until the code was entered', () =>
  withRig(async (rig) => {
    let waits = 0
    const { person } = rig
    const code = Promise.withResolvers<string>()
    const say = (text: string) => {
      const [, found] = /\n {2}(\w{4}-\w{4})\n/.exec(text) ?? []
      if (found) code.resolve(found)
    }
    const sleep = async () => {
      waits += 1
      if (waits === 3) await rig.idp.enterCode(await code.promise)
    }
    const granted = await signIn(
      rig.registration,
      'device',
      person.call(rig, { say, clock: { now: rig.clock.now, sleep } }),
    )
    assert.ok(granted.accessToken)
    assert.deepEqual(
      rig.idp.tokenRequests.map(({ status }) => status),
      [400, 400, 200],
    )
  }))

test('the device flow takes a client with a secret as well', () =>
  withRig(async (rig) => {
    const { id, secret } = clients.confidential
    const registration = { ...rig.registration, clientId: id, clientSecret: async () => secret }
    const granted = await signIn(registration, 'device', rig.person())
    assert.ok(granted.accessToken && granted.refreshToken)
    assert.ok(!rig.said.join('').includes('51f'))
  }))

test('somebody who stops waiting is obeyed', () =>
  withRig(async (rig) => {
    const stop = new AbortController()
    const openPage = async () => {
      stop.abort(new Error('stopped'))
      return false
    }
    await assert.rejects(signIn(rig.registration, 'browser', rig.person({ openPage, stop: stop.signal })))
  }))

test('tokens are never sent unencrypted beyond this machine', async () => {
  const registration = {
    provider: { issuer: 'http://login.example.com', scopes: ['mail'] },
    ...{ clientId: 'c', clientSecret: undefined, user: 'alice' },
  }
  const person = { say: () => undefined, openPage: async () => false, ask: async () => '' }
  const clock = { now: () => 0, sleep: async () => undefined }
  const signal = new AbortController().signal
  const error = await failureOf(signIn(registration, 'browser', { ...person, clock, stop: signal }))
  assert.deepEqual([error.code, error.retry], ['tls', 'never'])
})
