// The real getmail, fetchmail and mpop fetch from a server in memory; mailhaul reads what they remember, and goes on from there.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { OtherProgram } from '../../src/core/elsewhere.ts'
import { Bench, passwords } from '../commands/bench.ts'
import { mail } from '../core/rows.ts'
import { describeLive } from './live.ts'

const uidls = ['plain1', 'with/slash', 'a@b.example', '#hash', '<id@host>', '0000001f5b2c', 'two words', `q'uo"te\\`]

interface Program {
  /** Its configuration; deliveries go nowhere. */
  readonly config: (port: number, directory: string) => string
  readonly command: (directory: string) => readonly string[]
  readonly file: (port: number) => string
}

const programs: Readonly<Record<OtherProgram, Program>> = {
  getmail: {
    config: (port) => `[retriever]
type = SimplePOP3Retriever
server = 127.0.0.1
port = ${port}
username = old
password = ${passwords.source}
[destination]
type = MDA_external
path = /bin/true
allow_root_commands = true
[options]
read_all = false
delete = false
`,
    command: (directory) => ['getmail', '--getmaildir', directory, '--rcfile', join(directory, 'config')],
    file: (port) => `oldmail-127.0.0.1-${port}-old`,
  },
  fetchmail: {
    config: (port) =>
      `poll 127.0.0.1 proto pop3 port ${port} uidl auth password user "old" password "${passwords.source}" ` +
      `mda "/bin/cat >/dev/null" keep sslproto ''\n`,
    command: (directory) => ['fetchmail', '-f', join(directory, 'config'), '-i', join(directory, '.fetchids'), '-N'],
    file: () => '.fetchids',
  },
  mpop: {
    config: (port, directory) => `account a
host 127.0.0.1
port ${port}
user old
password ${passwords.source}
auth user
tls off
keep on
delivery mda /bin/cat >/dev/null
uidls_file ${join(directory, 'uidls')}
`,
    command: (directory) => ['mpop', '-C', join(directory, 'config'), 'a'],
    file: () => 'uidls',
  },
}

async function runProgram(name: OtherProgram, bench: Bench, directory: string): Promise<string> {
  const { config, command, file } = programs[name]
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'config'), config(bench.pop3.port, directory), { mode: 0o600 })
  const [program = '', ...words] = command(directory)
  const env = { PATH: process.env.PATH ?? '', HOME: directory, FETCHMAILHOME: directory, LANG: 'C.UTF-8' }
  await promisify(execFile)(program, words, { env })
  return join(directory, file(bench.pop3.port))
}

describeLive('taking over from the programs themselves', ['pop3Programs'], () => {
  for (const name of ['getmail', 'fetchmail', 'mpop'] as const) {
    test(`${name}: what it has delivered is left out, what came since is moved`, async () => {
      const bench = await Bench.start({ messages: [] })
      try {
        const maildrop = bench.pop3.maildrop('old')
        maildrop.add(...uidls.map((uidl, number) => ({ uidl, bytes: mail(number) })))
        const file = await runProgram(name, bench, join(bench.directory, name))
        const fetched = bench.pop3.count('RETR') + bench.pop3.count('TOP')
        assert.ok(fetched >= uidls.length, `${name} fetched ${fetched}`)
        maildrop.add({ uidl: 'after', bytes: mail(90) }, { uidl: 'with-slashes', bytes: mail(91) })

        const imported = await bench.run('ledger', 'import', '--from', name, file, '--json')
        assert.equal(imported.code, 0, imported.stdout + imported.stderr)
        const { inFile, listed, taken, notInFile, withoutName } = JSON.parse(imported.stdout)
        assert.equal(inFile.thisAccount, uidls.length)
        assert.deepEqual([listed.count, taken.count, notInFile.count, withoutName.count], [10, 8, 2, 0])

        const synced = await bench.run('sync', '--json')
        const { outcomes } = JSON.parse(synced.stdout).total
        assert.deepEqual([synced.code, outcomes.filtered.count, outcomes.copied.count], [0, 8, 2])
        assert.equal(bench.imap.folder('new', 'INBOX').messages.length, 2)
        for (const text of bench.printed) assert.ok(!text.includes(passwords.source))
      } finally {
        await bench.stop()
      }
    })
  }
})
