// The configuration that init writes: valid whatever was answered, commented, and never over another file by mistake.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { checkConfig } from '../../src/config/check.ts'
import { type NewEnd, newConfig, writeNewFile } from '../../src/config/new-config.ts'

let directory = ''
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailhaul-new-'))
})
after(() => rm(directory, { recursive: true, force: true }))

const end = (more: Partial<NewEnd> = {}): NewEnd => ({
  ...{ host: 'pop.old.example', port: 995, tls: 'implicit', user: 'alice@old.example' },
  ...{ login: { password: { keyring: true } }, hostNote: 'found', loginNote: 'kept' },
  ...more,
})

test('whatever was answered comes out as it went in', () => {
  for (const text of [
    'alice',
    'yes',
    '012',
    '# no',
    'a: b',
    '"quoted"',
    "o'brien",
    '*',
    '{ a }',
    'ünï',
    'x'.repeat(60),
  ]) {
    const destination = end({
      user: text,
      login: { password: { command: ['pass', 'show', text] } },
      hostNote: `by\n${text}`,
    })
    const { config, problems } = checkConfig(newConfig({ name: text, source: end(), destination }))
    assert.deepEqual(problems, [], text)
    assert.equal(config?.pairs[0]?.name, text)
    assert.equal(config.pairs[0].destination.user, text)
    assert.deepEqual(config.pairs[0].destination.password, { command: ['pass', 'show', text] })
  }
})

test('an end that signs in has no password', () => {
  const login = { auth: { oauth2: { provider: 'microsoft', clientId: 'my-client' } } } as const
  const { config, problems } = checkConfig(newConfig({ name: 'alice', source: end(), destination: end({ login }) }))
  assert.deepEqual(problems, [])
  assert.equal(config?.pairs[0]?.destination.password, undefined)
  assert.equal(config?.pairs[0]?.destination.auth?.oauth2.clientId, 'my-client')
})

test('every line has its reason', () => {
  const text = newConfig({ name: 'alice', source: end(), destination: end() })
  for (const key of ['name', 'host', 'tls', 'password', 'leave', 'folder'])
    assert.match(text, new RegExp(`${key}: .* # \\S`))
})

test('a file is written whole, or not at all; one that is there stays, unless it is to be replaced', async () => {
  const path = join(directory, 'below', 'mailhaul.yaml')
  await writeNewFile(path, 'one\n', false)
  await assert.rejects(writeNewFile(path, 'two\n', false), { code: 'config', message: /There is a file .* already\./ })
  assert.equal(await readFile(path, 'utf8'), 'one\n')
  await writeNewFile(path, 'three\n', true, 0o600)
  assert.equal(await readFile(path, 'utf8'), 'three\n')
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(join(directory, 'below')), ['mailhaul.yaml'])
  await writeFile(join(directory, 'file'), '')
  await assert.rejects(writeNewFile(join(directory, 'file', 'x'), '', false), { code: 'config' })
})
