// What other programs that mailhaul starts are given: none of the secrets that lie in its own environment.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { checkConfig } from '../../src/config/check.ts'
import { resolveOwnSecret, resolveWebhook } from '../../src/config/own-secrets.ts'
import { Bench, passwords } from './bench.ts'
import { runCli, startCli } from './run-cli.ts'

const surroundings = {
  NEW: passwords.destination,
  HOOK: 'http://127.0.0.1:1/x',
  NOTIFY_SOCKET: '/nowhere/notify',
  CREDENTIALS_DIRECTORY: '/nowhere/credentials',
  HARMLESS: 'yes',
}
const variables = Object.keys(surroundings).toSorted()

/** Writes a program that notes which of these variables it has, and then does this. */
async function program(path: string, then: string): Promise<void> {
  const noting = `for v in ${variables.join(' ')}; do eval "[ -n \\"\\$$v\\" ]" && echo $v; done`
  await writeFile(path, `#!/bin/sh\n{ ${noting}; } > "$HOME/seen.part"\nmv "$HOME/seen.part" "$HOME/seen"\n${then}\n`)
  await chmod(path, 0o700)
}

async function withBench(work: (bench: Bench, seen: () => Promise<string[]>) => Promise<void>): Promise<void> {
  const bench = await Bench.start()
  const seen = async () => (await readFile(join(bench.directory, 'seen'), 'utf8')).trim().split('\n')
  try {
    await work(bench, seen)
  } finally {
    await bench.stop()
  }
}

for (const kind of ['password', 'token']) {
  test(`the command of a ${kind} sees no other secret; a credential it may read`, () =>
    withBench(async (bench, seen) => {
      await program(join(bench.directory, 'tell'), `printf '%s' '${passwords.source}'`)
      bench.pop3.maildrop('old').token = passwords.source
      const source = `${kind}: { command: [./tell] }`
      await bench.configure({ source, top: 'notify: [{ webhook: { env: HOOK } }]' })
      const { code, stdout } = await runCli(['check'], { cwd: bench.directory, env: surroundings })
      assert.equal(code, 0, stdout)
      assert.deepEqual(await seen(), ['CREDENTIALS_DIRECTORY', 'HARMLESS'])
    }))
}

test('nor does the command of a webhook or of the status page', async () => {
  const { config } = checkConfig(`
pairs:
  - name: alice
    source: { host: pop.example, user: alice, password: { env: MAILHAUL_TEST_OTHER } }
    destination: { host: imap.example, user: alice, password: { env: B } }
`)
  assert.ok(config)
  const tell = ['sh', '-c', 'echo "https://hook.example/$MAILHAUL_TEST_OTHER"'] satisfies [string, ...string[]]
  process.env.MAILHAUL_TEST_OTHER = passwords.source
  try {
    assert.equal(await resolveWebhook({ command: tell }, config), 'https://hook.example/')
    assert.equal(await resolveOwnSecret({ command: tell }, 'the token', config), 'https://hook.example/')
  } finally {
    delete process.env.MAILHAUL_TEST_OTHER
  }
})

test('nor does the browser', { skip: process.platform !== 'linux' }, () =>
  withBench(async (bench, seen) => {
    await program(join(bench.directory, 'xdg-open'), '')
    const provider =
      '{ issuer: "http://127.0.0.1:1", authorizationEndpoint: "http://127.0.0.1:1/a", tokenEndpoint: "http://127.0.0.1:1/t", scopes: [mail] }'
    await bench.configure({ source: `auth: { oauth2: { provider: ${provider}, clientId: x } }` })
    const env = { ...surroundings, DISPLAY: ':9', PATH: `${bench.directory}:${process.env.PATH}` }
    const { child, end } = startCli(['auth', 'login', 'alice'], { cwd: bench.directory, env })
    while (child.exitCode === null && !existsSync(join(bench.directory, 'seen'))) await delay(5)
    child.kill('SIGINT')
    const { stdout, stderr } = await end
    // HOOK is no secret here: the configuration does not name it.
    assert.deepEqual(await seen().catch(() => stdout + stderr), ['HARMLESS', 'HOOK'])
  }),
)
