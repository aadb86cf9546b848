// Completion in real shells: bash and zsh on a terminal, where Tab is pressed; fish, which tells what it would offer.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { describeLive } from '../live/live.ts'
import { runCli } from './run-cli.ts'
import { hasTerminal, Terminal } from './terminal.ts'

const run = promisify(execFile)
const end = (host: string) => `{ host: ${host}, user: u, password: { env: X } }`
const names = ['alice', 'bob@old.example', 'carol the third', "d'arc"]
let directory = ''
let env: Record<string, string> = {}

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailhaul-completion-'))
  const cli = join(import.meta.dirname, '../../src/cli.ts')
  const command = join(directory, 'mailhaul')
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`)
  chmodSync(command, 0o755)
  const pairs = names.map((name) => `  - { name: "${name}", source: ${end('pop.x')}, destination: ${end('imap.x')} }\n`)
  writeFileSync(join(directory, 'mailhaul.yaml'), `pairs:\n${pairs.join('')}`)
  writeFileSync(join(directory, 'other file.yaml'), '')
  env = { PATH: `${directory}${delimiter}${process.env.PATH}`, LC_ALL: 'C.UTF-8' }
})
after(() => rmSync(directory, { recursive: true, force: true }))

const lines: [typed: string, read: string][] = [
  ['mailhaul sy', 'sync'],
  ['mailhaul sync bob@', 'sync|bob@old.example'],
  ['mailhaul sync carol\\ t', 'sync|carol the third'],
  ['mailhaul sync car', 'sync|carol the third'],
  ['mailhaul sync "carol t', 'sync|carol the third'],
  ['mailhaul sync d', "sync|d'arc"],
  ['mailhaul ledger import --from=fe', 'ledger|import|--from=fetchmail'],
  ['mailhaul --config oth', '--config|other file.yaml'],
]

/** Types each line and Tab; then, in front of it, a word that prints what the shell has made of it. */
async function onTerminal(program: readonly string[], setUp: readonly string[]): Promise<void> {
  const terminal = new Terminal([], { cwd: directory, env, program })
  try {
    for (const command of [...setUp, `shown() { local IFS='|'; printf '<<%s>>\\n' "$*"; }`])
      terminal.type(`${command}\r`)
    const read: string[] = []
    for (const [line] of lines) {
      terminal.type(`${line}\t\x01shown \r`)
      const [, words = ''] = await terminal.until(/<<([^%]*?)>>/s)
      read.push(words)
    }
    assert.deepEqual(
      read,
      lines.map(([, words]) => `mailhaul|${words}`),
    )
  } finally {
    await terminal.close()
  }
}

describe('bash', { skip: !hasTerminal }, () => {
  test('verbs, options, pairs of any name and files', () =>
    onTerminal(['bash', '--norc', '-i'], ['source <(mailhaul completion bash)']))
})

describeLive('zsh and fish', ['shells'], () => {
  test('zsh: verbs, options, pairs of any name and files', { skip: !hasTerminal }, () =>
    onTerminal(['zsh', '-f', '-i'], ['autoload -U compinit; compinit -u -D', 'source <(mailhaul completion zsh)']),
  )

  test('fish: verbs with what they mean, options, pairs of any name and files', async () => {
    const offered = async (line: string) => {
      const script = `mailhaul completion fish | source; complete --do-complete=${fishWord(line)}`
      const { stdout } = await run('/usr/bin/fish', ['--no-config', '-c', script], {
        cwd: directory,
        env: { ...env, HOME: directory },
      })
      return stdout.trimEnd().split('\n')
    }
    assert.deepEqual(await offered('mailhaul sy'), [
      'sync\tone pass over the pairs: a migration the first time, incremental ever after',
    ])
    assert.deepEqual(await offered('mailhaul sync al'), ['alice'])
    assert.deepEqual(await offered('mailhaul sync bob@'), ['bob@old.example'])
    assert.deepEqual(await offered('mailhaul sync car'), ['carol the third'])
    assert.deepEqual(await offered('mailhaul --config oth'), ['other file.yaml'])
    assert.match((await offered('mailhaul ledger import --from=fe')).join(), /^--from=fetchmail/)
  })
})

test('what a shell asks changes nothing, says nothing of errors, and needs no configuration', async () => {
  const words = ['__complete', '--', 'sync', '--config', '/nowhere/at all', '']
  assert.deepEqual(await runCli(words, { cwd: directory }), { code: 0, signal: null, stdout: '', stderr: '' })
  const { code, stderr } = await runCli(['completion', 'fisch'], { cwd: directory })
  assert.equal(code, 2)
  assert.match(stderr, /no completion for "fisch"[\s\S]+Did you mean fish\?/)
})

function fishWord(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`
}
