// Loading a configuration: which file, who may read it, what its paths mean, and one error for everything.
import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { type LoadOptions, loadConfig } from '../../src/config/load.ts'
import { MailhaulError } from '../../src/core/errors.ts'

const isPosix = process.platform !== 'win32'
const valid = `pairs:
  - name: alice
    source: { host: pop.example, user: alice, password: { env: A } }
    destination: { host: imap.example, user: bob, password: { env: B } }
`
const withPassword = valid.replace('{ env: A }', 'hunter2')

let root = ''
let cwd = ''
let homeDirectory = ''

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'mailhaul-config-'))
})

beforeEach(async () => {
  await rm(root, { recursive: true })
  cwd = join(root, 'work')
  homeDirectory = join(root, 'home')
  await mkdir(cwd, { recursive: true })
  await mkdir(join(homeDirectory, '.config', 'mailhaul'), { recursive: true })
})

after(() => rm(root, { recursive: true, force: true }))

function load(options: LoadOptions = {}) {
  return loadConfig({ cwd, homeDirectory, env: {}, ...options })
}

async function refusal(options: LoadOptions = {}): Promise<MailhaulError> {
  const error = await load(options).then(
    () => assert.fail('this configuration should have been refused'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof MailhaulError)
  assert.deepEqual([error.code, error.scope, error.retry], ['config', 'run', 'never'])
  assert.ok(error.hint)
  assert.doesNotMatch(`${error.message} ${error.hint} ${error.stack}`, /hunter2/)
  return error
}

describe('which file', () => {
  it('is the named one, then ./mailhaul.yaml, then the one in the configuration directory', async () => {
    const usual = join(homeDirectory, '.config', 'mailhaul', 'config.yaml')
    await writeFile(usual, valid)
    assert.equal((await load()).file, usual)
    const xdg = join(root, 'xdg')
    await mkdir(join(xdg, 'mailhaul'), { recursive: true })
    await writeFile(join(xdg, 'mailhaul', 'config.yaml'), valid)
    assert.equal((await load({ env: { XDG_CONFIG_HOME: xdg } })).file, join(xdg, 'mailhaul', 'config.yaml'))
    assert.equal((await load({ env: { XDG_CONFIG_HOME: 'relative' } })).file, usual)
    await writeFile(join(cwd, 'mailhaul.yaml'), valid)
    assert.equal((await load()).file, join(cwd, 'mailhaul.yaml'))
    await writeFile(join(cwd, 'other.yaml'), valid)
    assert.equal((await load({ file: 'other.yaml' })).file, join(cwd, 'other.yaml'))
  })

  it('is missed in one sentence that says where it was looked for', async () => {
    const { message, hint } = await refusal()
    assert.match(message, /^There is no configuration: neither .*mailhaul\.yaml nor .*config\.yaml exists\.$/)
    assert.match(hint ?? '', /--config FILE/)
  })

  it('is missed by its name when one was given', async () => {
    assert.equal((await refusal({ file: 'gone.yaml' })).message, 'The configuration gone.yaml does not exist.')
    assert.equal((await refusal({ file: root })).message, `The configuration ${root} is a directory.`)
  })

  it('is refused when it is not text, or endless', async () => {
    await writeFile(join(cwd, 'mailhaul.yaml'), Buffer.from(`\ufeff${valid}`, 'utf16le'))
    assert.match((await refusal()).message, /is not UTF-8 text/)
    if (isPosix) assert.match((await refusal({ file: '/dev/zero' })).message, /is larger than 16777216 bytes/)
  })

  it('may start with a byte order mark and have Windows line ends', async () => {
    await writeFile(join(cwd, 'mailhaul.yaml'), `\ufeff${valid.replaceAll('\n', '\r\n')}`)
    assert.equal((await load()).config.pairs.length, 1)
  })
})

describe('what it says', () => {
  it('is told with all its problems, one per line', async () => {
    await writeFile(join(cwd, 'mailhaul.yaml'), valid.replace('host: imap.example', 'tls: ssl').replace('name', 'nam'))
    const { message } = await refusal()
    assert.equal(
      message,
      [
        'The configuration has 4 problems:',
        '  mailhaul.yaml:2:5: pairs[0].name: this is missing; write a short name of letters and digits, such as alice: the ledger knows the pair by it for ever',
        '  mailhaul.yaml:2:5: pairs[0].nam: this is not a known key; did you mean name?',
        '  mailhaul.yaml:4:5: pairs[0].destination.host: this is missing; write the name of the server, such as mail.example.com',
        '  mailhaul.yaml:4:20: pairs[0].destination.tls: "ssl" is not possible here; write implicit, starttls or none',
      ].join('\n'),
    )
  })

  it('is cut when it has hundreds of problems', async () => {
    await writeFile(join(cwd, 'mailhaul.yaml'), `pairs: [${'1, '.repeat(200)}]`)
    const { message } = await refusal()
    assert.equal(message.split('\n').length, 52)
    assert.match(message, /\n {2}and 150 more$/)
  })

  it('comes with its warnings', async () => {
    await writeFile(
      join(cwd, 'mailhaul.yaml'),
      valid.replaceAll('host: pop.example', 'host: pop.example, minVersion: TLSv1.1'),
    )
    const { warnings } = await load()
    assert.deepEqual(warnings, [
      'mailhaul.yaml:3:34: pairs[0].source.minVersion: TLS before 1.2 is broken; use TLSv1.2 as soon as the server has it',
    ])
  })
})

describe('its paths', () => {
  it('are relative to its own directory, or to home', async () => {
    const directory = join(root, 'etc')
    await mkdir(directory)
    const text = `ledger: ledger/here.db
defaults:
  source: { ca: [ca.pem, ~/ca.pem, /etc/ca.pem] }
pairs:
  - name: alice
    source: { host: pop.example, user: alice, password: { file: secrets/alice } }
    destination: { host: imap.example, user: bob, password: { command: [./ask, ~/x, ./y] } }
  - name: bob
    source: { host: pop.example, user: bob, password: { command: [pass, ./y] } }
    destination: { host: imap.example, user: bob, password: { command: [~/bin/ask] } }
`
    await writeFile(join(directory, 'c.yaml'), text)
    const { config } = await load({ file: '../etc/c.yaml' })
    const [alice, bob] = config.pairs
    assert.equal(config.ledger, join(directory, 'ledger', 'here.db'))
    assert.deepEqual(alice?.source.ca, [join(directory, 'ca.pem'), join(homeDirectory, 'ca.pem'), '/etc/ca.pem'])
    assert.deepEqual(alice?.source.password, { file: join(directory, 'secrets', 'alice') })
    assert.deepEqual(alice?.destination.password, { command: [join(directory, 'ask'), '~/x', './y'] })
    assert.deepEqual(bob?.source.password, { command: ['pass', './y'] })
    assert.deepEqual(bob?.destination.password, { command: [join(homeDirectory, 'bin', 'ask')] })
  })

  it('have the ledger in the state directory', async () => {
    await writeFile(join(cwd, 'mailhaul.yaml'), valid)
    const usual = join(homeDirectory, '.local', 'state', 'mailhaul', 'ledger.db')
    assert.equal((await load()).config.ledger, usual)
    assert.equal((await load({ env: { XDG_STATE_HOME: root } })).config.ledger, join(root, 'mailhaul', 'ledger.db'))
    await writeFile(join(cwd, 'mailhaul.yaml'), `ledger: ~/.local/state/mailhaul/ledger.db\n${valid}`)
    assert.equal((await load({ env: { XDG_STATE_HOME: root } })).config.ledger, usual)
  })
})

describe('who may read it', { skip: !isPosix }, () => {
  it('is its owner alone when it holds a password, whatever the umask made of it', async () => {
    const file = join(cwd, 'mailhaul.yaml')
    const umask = process.umask(0)
    try {
      await writeFile(file, withPassword)
    } finally {
      process.umask(umask)
    }
    const { message } = await refusal()
    assert.equal(
      message,
      `The configuration has a problem:\n  mailhaul.yaml: this file holds a password and can be read by others; run: chmod 600 ${file}`,
    )
    for (const mode of [0o640, 0o604, 0o644, 0o660]) {
      await chmod(file, mode)
      assert.match((await refusal()).message, /chmod 600/)
    }
    for (const mode of [0o600, 0o400, 0o700]) {
      await chmod(file, mode)
      assert.equal((await load()).config.pairs[0]?.source.password, 'hunter2')
    }
  })

  for (const [what, webhook, isSecret] of [
    ['the address of a webhook with a token in its path', 'https://hooks.example/services/T0/B1/x', true],
    ['the address of a webhook with a token behind it', 'https://hooks.example/?key=x', true],
    ['one that anybody can guess', 'https://hooks.example/', false],
    ['one that is kept elsewhere', '{ file: hook.url }', false],
  ] as const) {
    it(`is ${isSecret ? 'its owner alone' : 'anybody'} when it holds ${what}`, async () => {
      const file = join(cwd, 'mailhaul.yaml')
      await writeFile(file, `${valid}notify: [{ inbox: true }, { webhook: ${webhook} }]\n`, { mode: 0o644 })
      if (isSecret) {
        const { message } = await refusal()
        assert.match(message, /holds the address of a webhook.*can be read by others; run: chmod 600/)
        assert.ok(!message.includes('hooks.example'))
        await chmod(file, 0o600)
      }
      assert.equal((await load()).config.notify.length, 2)
    })
  }

  it('is told along with everything else that is wrong', async () => {
    await writeFile(join(cwd, 'mailhaul.yaml'), `${withPassword}zebra: 1\n`, { mode: 0o644 })
    assert.match((await refusal()).message, /2 problems:\n.*chmod 600.*\n.*zebra/)
  })

  it('is anybody when it holds none', async () => {
    await writeFile(join(cwd, 'mailhaul.yaml'), valid, { mode: 0o644 })
    assert.equal((await load()).config.pairs.length, 1)
  })

  it('is decided by the file that a link points to', async () => {
    const target = join(root, 'a file.yaml')
    await writeFile(target, withPassword, { mode: 0o644 })
    await symlink(target, join(cwd, 'mailhaul.yaml'))
    assert.match((await refusal()).message, /run: chmod 600 .*\/work\/mailhaul\.yaml$/)
    assert.match((await refusal({ file: target })).message, /run: chmod 600 '.*\/a file\.yaml'$/)
    await chmod(target, 0o600)
    assert.equal((await load()).config.pairs.length, 1)
  })
})

describe('whatever it holds', () => {
  it('loads or ends in an error of the class config', async () => {
    const file = join(cwd, 'any.yaml')
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    )
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        await writeFile(file, content)
        await refusal({ file })
      }),
    )
  })
})
