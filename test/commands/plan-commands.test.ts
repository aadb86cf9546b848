// The commands that a plan names are such as can be run: each is, in the order given.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { Gate } from '../servers/gate.ts'
import { Bench, passwords } from './bench.ts'

const cli = join(import.meta.dirname, '../../src/cli.ts')

interface Planned {
  readonly next: string
  readonly commands: readonly { readonly command: string }[]
}

async function planOf(bench: Bench, ...words: string[]): Promise<Planned> {
  const { stdout } = await bench.run('plan', '--json', ...words)
  const { next, commands }: Planned = JSON.parse(stdout)
  return { next, commands }
}

/** In a shell, as somebody does who takes the line from the plan. */
async function inShell(command: string, bench: Bench): Promise<string> {
  const env = { PATH: process.env.PATH ?? '', HOME: bench.directory, OLD: passwords.source, NEW: passwords.destination }
  const script = `mailhaul() { "${process.execPath}" "${cli}" "$@"; }; ${command}`
  return (await promisify(execFile)('/bin/sh', ['-c', script], { cwd: bench.directory, env })).stdout
}

test('with another configuration, whose name wants quotes, and a removal to be confirmed', async () => {
  const bench = await Bench.start()
  try {
    await bench.configure({ source: 'leave: delete' })
    const config = "it's mine.yaml"
    await rename(join(bench.directory, 'mailhaul.yaml'), join(bench.directory, config))
    const { next, commands } = await planOf(bench, 'alice', '--config', config)
    assert.equal(next, "mailhaul sync alice --config 'it'\\''s mine.yaml'")
    assert.deepEqual(
      commands.map(({ command }) => command.replace(/ --config .*/, '')),
      ['mailhaul sync alice', 'mailhaul sync --yes alice', 'mailhaul verify --deep alice', 'mailhaul status alice'],
    )
    const [, ...unattended] = commands
    for (const { command } of unattended) await inShell(command, bench)
    assert.deepEqual(
      [bench.imap.folder('new', 'INBOX').messages.length, bench.pop3.maildrop('old').messages.length],
      [3, 0],
    )
  } finally {
    await bench.stop()
  }
})

test('what cannot be planned is to be checked first; the others go on', async () => {
  const bench = await Bench.start()
  try {
    const file = join(bench.directory, 'mailhaul.yaml')
    const end = (port: number, user: string, word: string) =>
      `{ host: 127.0.0.1, port: ${port}, tls: none, user: ${user}, password: { env: ${word} } }`
    const pair = (name: string, word: string) =>
      `  - name: ${name}\n    source: ${end(bench.pop3.port, 'old', word)}\n    destination: ${end(bench.imap.port, 'new', 'NEW')}\n`
    await writeFile(file, `ledger: ./l.db\npairs:\n${pair('good', 'OLD')}${pair('bad', 'NEW')}`)
    const { commands } = await planOf(bench)
    assert.deepEqual(
      commands.map(({ command }) => command),
      ['mailhaul check bad', 'mailhaul sync good', 'mailhaul verify --deep good', 'mailhaul status good'],
    )
  } finally {
    await bench.stop()
  }
})

test('what has no room is not promised: the others go on, and it is planned again', async () => {
  const users = ['new', 'full'].map((user) => ({ user, password: passwords.destination }))
  const bench = await Bench.start({
    imap: { users: users.map((one, at) => (at ? { ...one, quota: { octets: 9 } } : one)) },
  })
  try {
    const lines = users.map(({ user }) => {
      const source = endOf(bench.pop3.port, 'old', 'OLD')
      return `  - { name: to-${user}, source: ${source}, destination: ${endOf(bench.imap.port, user, 'NEW')} }\n`
    })
    await writeFile(join(bench.directory, 'mailhaul.yaml'), `ledger: ./l.db\npairs:\n${lines.join('')}`)
    const { next, commands } = await planOf(bench)
    assert.equal(next, 'mailhaul sync to-new')
    assert.deepEqual(
      commands.map(({ command }) => command),
      ['mailhaul plan to-full', 'mailhaul sync to-new', 'mailhaul verify --deep to-new', 'mailhaul status'],
    )
    const both = (await bench.run('plan')).stdout
    assert.match(both, /1 of 2 pairs cannot move as planned[\s\S]+To do it: mailhaul sync to-new\n/)
    const alone = (await bench.run('plan', 'to-full')).stdout
    assert.match(alone, /This cannot move as planned/)
    assert.doesNotMatch(alone, /To do it/)
  } finally {
    await bench.stop()
  }
})

test('where sync would wait after refused logins, the command does not', async () => {
  const bench = await Bench.start()
  try {
    bench.pop3.maildrop('old').password = 'changed'
    for (const _ of [1, 2]) assert.equal((await bench.run('sync')).code, 4)
    bench.pop3.maildrop('old').password = passwords.source
    assert.equal((await bench.run('sync')).code, 4)
    const { next } = await planOf(bench)
    assert.equal(next, 'mailhaul sync --now')
    await inShell(next, bench)
    assert.equal(bench.imap.folder('new', 'INBOX').messages.length, 3)
    assert.equal((await planOf(bench)).next, 'mailhaul sync')
  } finally {
    await bench.stop()
  }
})

const endOf = (port: number, user: string, word: string) =>
  `{ host: 127.0.0.1, port: ${port}, tls: none, user: ${user}, password: { env: ${word} } }`

test('pairs are planned side by side', async () => {
  const users = ['a', 'b'].map((user) => ({ user, password: passwords.source, messages: [] }))
  const bench = await Bench.start({ pop3: { users } })
  try {
    const lines = users.map(({ user }) => {
      const source = endOf(bench.pop3.port, user, 'OLD')
      return `  - { name: ${user}, source: ${source}, destination: ${endOf(bench.imap.port, 'new', 'NEW')} }\n`
    })
    await writeFile(join(bench.directory, 'mailhaul.yaml'), `ledger: ./l.db\npairs:\n${lines.join('')}`)
    // Nobody is answered before both have asked.
    const gate = new Gate()
    bench.pop3.faults = { hold: { STAT: gate } }
    const planning = bench.run('plan')
    await bench.pop3.waitFor('STAT', 2)
    gate.open()
    assert.equal((await planning).code, 0)
  } finally {
    await bench.stop()
  }
})

test('pairs that read one maildrop are planned one after another', async () => {
  const bench = await Bench.start({ pop3: { isExclusive: true } })
  try {
    const lines = ['a', 'b', 'c'].map((name) => {
      const source = endOf(bench.pop3.port, 'old', 'OLD')
      return `  - { name: ${name}, source: ${source}, destination: ${endOf(bench.imap.port, 'new', 'NEW')} }\n`
    })
    await writeFile(join(bench.directory, 'mailhaul.yaml'), `ledger: ./l.db\npairs:\n${lines.join('')}`)
    const { code, stdout } = await bench.run('plan')
    assert.equal(code, 0, stdout)
    assert.equal(stdout.match(/3 listed = 3 to copy/g)?.length, 3)
  } finally {
    await bench.stop()
  }
})

test('sync --dry-run --retry-failed plans what sync --retry-failed does', async () => {
  const bench = await Bench.start()
  try {
    const { stdout } = await bench.run('sync', '--dry-run', '--retry-failed')
    assert.match(stdout, /To do it: mailhaul sync --retry-failed\n/)
  } finally {
    await bench.stop()
  }
})
