// What init stores is all or nothing: a configuration that does not hold takes no place, and every password goes back.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import type { KeyringReply, KeyringRequest } from '../../src/config/keyring-process.ts'
import type { AskKeyring } from '../../src/config/secret-keyring.ts'
import type { MailhaulError } from '../../src/core/errors.ts'
import type { AnsweredEnd } from '../../src/init/ask-end.ts'
import { type Answers, store } from '../../src/init/store.ts'

let home = ''
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'mailhaul-store-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const secrets = { source: ['old', 'Secret7'].join(''), destination: ['new', 'Secret8'].join('') }

const end = (side: 'source' | 'destination'): AnsweredEnd => ({
  email: `alice@${side}.invalid`,
  server: {
    ...{ host: `${side}.invalid`, port: 995, tls: 'implicit', user: 'alice' },
    ...{ origin: 'as you said', wantsOAuth: false },
  },
  password: { kind: 'typed', secret: secrets[side] },
})

/** Two ends whose passwords are to be kept; a pair without a name is one that no configuration takes. */
const answers = (name: string): Answers => ({ name, source: end('source'), destination: end('destination') })

/** A keyring that keeps what it is given, and gives nothing back where `stuck` says so. */
function keyringOf(entries: Map<string, string>, stuck: (account: string) => boolean = () => false): AskKeyring {
  return async (request: KeyringRequest): Promise<KeyringReply> => {
    if (request.kind === 'list') return { ok: true, value: [...entries.keys()] }
    if (request.kind === 'get') return { ok: true, value: entries.get(request.account) ?? null }
    if (request.kind === 'set') entries.set(request.account, request.secret)
    else if (stuck(request.account)) return { ok: false, reason: 'no answer within 5 seconds' }
    else entries.delete(request.account)
    return { ok: true, value: true }
  }
}

const storeIn = (keyring: AskKeyring, name: string, mayReplace = false) =>
  store(answers(name), join(home, 'new.yaml'), {
    ...{ mayReplace, overwrite: undefined, questions: undefined },
    surroundings: { keyring, env: {}, homeDirectory: home },
  })

const refusalOf = (stored: Promise<unknown>): Promise<MailhaulError> =>
  stored.then(
    () => assert.fail('this should have been refused'),
    (error: MailhaulError) => error,
  )

test('passwords go to the keyring and the configuration to its file', async () => {
  const entries = new Map<string, string>()
  const said = await storeIn(keyringOf(entries), 'alice')
  assert.deepEqual([...entries.values()], Object.values(secrets))
  assert.equal(said.length, 2)
  assert.match(await readFile(join(home, 'new.yaml'), 'utf8'), /^# Written by mailhaul init/)
})

test('a configuration that does not hold is not left behind', async () => {
  const entries = new Map<string, string>()
  const { code } = await refusalOf(storeIn(keyringOf(entries), ''))
  assert.equal(code, 'config')
  assert.deepEqual(await readdir(home), [])
  assert.equal(entries.size, 0)
})

test('nor does it take the place of the one that is there', async () => {
  await writeFile(join(home, 'new.yaml'), 'mine\n')
  await refusalOf(storeIn(keyringOf(new Map()), '', true))
  assert.equal(await readFile(join(home, 'new.yaml'), 'utf8'), 'mine\n')
})

for (const side of ['source', 'destination'] as const) {
  test(`the ${side}'s password that cannot be taken back keeps no other from it, and is told of`, async () => {
    const entries = new Map<string, string>()
    const keyring = keyringOf(entries, (account) => account.endsWith(side))
    await writeFile(join(home, 'new.yaml'), 'mine\n')
    const error = await refusalOf(storeIn(keyring, 'alice'))
    assert.match(error.message, /There is a file .*new\.yaml already/)
    assert.match(
      error.hint ?? '',
      /replace it: --overwrite\. The new password of the \w+ stays in the keyring: .*no answer/,
    )
    assert.deepEqual([...entries.keys()], [`alice/${side}`])
  })
}
