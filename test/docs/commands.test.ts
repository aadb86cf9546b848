// The commands of the documentation do what they are there for: each is run, as it is written, on two small accounts.
import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Bench, passwords } from '../commands/bench.ts'
import { watchWith } from '../commands/watching.ts'
import { mail } from '../core/rows.ts'
import { commandsOf, pages } from './pages.ts'

/** What is not run here, and where it is. */
const elsewhere: readonly { readonly lines: RegExp; readonly why: string }[] = [
  { lines: /\b[A-Z]{4,}\b/, why: 'it stands for many commands' },
  { lines: /^mailhaul init/, why: 'a conversation, with the names of servers looked up: test/commands/init.test.ts' },
  { lines: /^mailhaul secret (set|remove|list)/, why: 'wants a keyring: test/live/keyring.test.ts' },
  { lines: / --only /, why: 'names pairs that are not here: test/commands/accounts.test.ts' },
  { lines: / --from .* ~/, why: 'wants files of other programs: test/live/take-over.test.ts' },
  { lines: /^mailhaul(-as-service)? auth/, why: 'wants a provider to sign in at: test/live/sign-in.test.ts' },
]

const inOrder = ['check', 'plan', 'sync', 'verify']
const place = (line: string) => (inOrder.indexOf(line.split(' ')[1] ?? '') + inOrder.length + 1) % (inOrder.length + 1)
const lines = [...new Set(pages.flatMap(commandsOf))]
  .filter((line) => !elsewhere.some((other) => other.lines.test(line)))
  .sort((one, other) => place(one) - place(other) || (one < other ? -1 : 1))

describe('commands of the documentation', () => {
  let bench: Bench
  before(async () => {
    const account = (user: string) => ({ user, password: passwords.destination })
    const maildrop = (user: string, first: number) => ({
      user,
      password: passwords.source,
      messages: [0, 1, 2].map((at) => ({ uidl: `${user}${at}`, bytes: mail(first + at) })),
    })
    bench = await Bench.start({
      pop3: { users: [maildrop('old', 1), maildrop('bob', 4), maildrop('carol', 7)] },
      imap: { users: [account('new'), account('bob'), account('carol')] },
    })
    const bob = '\n  - name: bob\n    source: { user: bob }\n    destination: { user: bob }'
    await bench.configure({ pair: bob })
    const list = 'name,source.user,destination.user\ncarol,carol,carol\n'
    await writeFile(join(bench.directory, 'accounts.csv'), list)
  })
  after(() => bench.stop())

  for (const line of lines) {
    test(line, async () => {
      const [command = '', file] = line.replace(/ \|.*/, '').split(/ > /)
      // The port of a page may be in use on this machine, its logs are no place for tests, and there are few runs here.
      const words = command
        .replace(':8025', ':0')
        .replace('--run 42', '--run 1')
        .replace('/var/log/', '')
        .split(' ')
        .slice(1)
      if (words.includes('watch')) return watchesAndEnds(words.slice(words.indexOf('watch') + 1), bench.directory)
      if (command === 'mailhaul ledger import all.jsonl') await rm(join(bench.directory, 'state'), { recursive: true })
      const { code, stdout, stderr } = await bench.run(...words)
      assert.equal(code, 0, `${stdout}${stderr}`)
      if (file !== undefined) await writeFile(join(bench.directory, file), stdout)
    })
  }
})

async function watchesAndEnds(words: readonly string[], cwd: string): Promise<void> {
  const env = { OLD: passwords.source, NEW: passwords.destination }
  const watching = watchWith([...words, '--verbose', ...(words.includes('--now') ? [] : ['--now'])], { cwd, env })
  try {
    await watching.says(/alice/)
    watching.child.kill('SIGTERM')
    const { code, stderr } = await watching.end
    assert.equal(code, 0, stderr)
  } finally {
    await watching.drop()
  }
}
