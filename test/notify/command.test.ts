// Telling a program: what it is given, that no shell reads anything, and how its failures are told.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { MailhaulError } from '../../src/core/errors.ts'
import { commandTarget } from '../../src/notify/command.ts'
import { telling } from './tellings.ts'

const never = new AbortController().signal
const keep = `
  const chunks = []
  process.stdin.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
    const given = { argv: process.argv.slice(1), env: process.env, input: Buffer.concat(chunks).toString() }
    require('node:fs').writeFileSync('given.json', JSON.stringify(given))
  })`

type Command = readonly [string, ...string[]]

function target(command: Command, deadline = 10_000) {
  const env = { PATH: process.env.PATH ?? '', HOME: '/nowhere' }
  return commandTarget({ on: ['auth'], command, env, version: '1.2.3', deadline })
}

test('it gets a document, four variables, its arguments as they are, and nothing else', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'mailhaul-notify-'))
  try {
    const script = `process.chdir(${JSON.stringify(directory)});${keep}`
    const hostile = '$(touch shell); `touch shell` && touch shell'
    await target([process.execPath, '-e', script, '--', hostile]).tell(telling({ pair: hostile }), never)
    const given: unknown = JSON.parse(await readFile(join(directory, 'given.json'), 'utf8'))
    assert.ok(typeof given === 'object' && given !== null && 'env' in given && 'input' in given && 'argv' in given)
    assert.deepEqual(given.argv, [hostile])
    const subject = `mailhaul: ${hostile}: the login at the source is refused`
    assert.deepEqual(given.env, {
      PATH: process.env.PATH,
      HOME: '/nowhere',
      MAILHAUL_EVENT: 'auth',
      MAILHAUL_PAIR: hostile,
      MAILHAUL_CODE: 'auth',
      MAILHAUL_SUBJECT: subject,
    })
    const document: unknown = JSON.parse(String(given.input))
    assert.ok(typeof document === 'object' && document !== null && 'text' in document)
    const { text, ...rest } = document
    assert.match(String(text), /Why: The server refused[\s\S]*What to do: Type the password again/)
    assert.deepEqual(rest, {
      mailhaul: '1.2.3',
      format: 1,
      kind: 'notification',
      event: 'auth',
      pair: hostile,
      sourceHost: 'pop.old.example',
      destinationHost: 'imap.new.example',
      at: '2026-05-14T09:26:30.000Z',
      failingSince: '2026-05-14T09:25:00.000Z',
      failedPasses: 2,
      was: null,
      error: {
        code: 'auth',
        end: 'source',
        message: 'The server refused the login: [AUTH] Authentication failed.',
        hint: 'Type the password again: mailhaul secret set alice source.',
      },
      subject,
    })
    assert.deepEqual(await readdir(directory), ['given.json'])
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('a program that does not read what it is given is none the worse for it', () =>
  target([process.execPath, '-e', 'process.stdin.destroy()']).tell(telling(), never))

const speaking = 'console.error("no\\nroute\\u001b[2J");process.exit(3)'
const failures: readonly [why: string, command: Command, message: RegExp][] = [
  ['a missing program', ['/nowhere/tell'], /the command tell does not exist/],
  ['an exit code', [process.execPath, '-e', speaking], /exit code 3: no route\\x1b/],
  ['a signal', [process.execPath, '-e', 'process.kill(process.pid, "SIGTERM")'], /ended by SIGTERM/],
  ['endless output', [process.execPath, '-e', 'for (;;) console.log("x".repeat(9999))'], /more than 64 KiB/],
  ['an argument that cannot be passed', [process.execPath, 'a\0b'], /could not be run/],
]
for (const [why, command, message] of failures) {
  test(`${why} is told, and nothing is tried again`, () =>
    assert.rejects(target(command).tell(telling(), never), (error: MailhaulError) => {
      assert.match(error.message, message)
      assert.deepEqual([error.code, error.retry, error.scope], ['config', 'never', 'run'])
      return true
    }))
}

const forEver: Command = [process.execPath, '-e', 'setInterval(() => {}, 1000)']

test('one that does not end is killed', () =>
  assert.rejects(target(forEver, 200).tell(telling(), never), {
    code: 'timeout',
    message: /did not end within 0.2 seconds/,
  }))

test('so is one that still runs when everything is dropped', async () => {
  const kill = new AbortController()
  const told = target(forEver).tell(telling(), kill.signal)
  kill.abort()
  await assert.rejects(told, /was ended, because mailhaul is/)
})
