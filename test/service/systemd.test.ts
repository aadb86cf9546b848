// How often the service manager is told something, by what, and with how much of the environment.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readServiceEnvironment } from '../../src/config/service.ts'
import type { MailhaulError } from '../../src/core/errors.ts'
import { createNotifier } from '../../src/service/systemd.ts'
import { heldClock } from '../engine/held-clock.ts'

const directory = mkdtempSync(join(tmpdir(), 'mailhaul-notify-'))
after(() => rmSync(directory, { recursive: true }))

/** A program in place of systemd-notify that writes down its words and its environment. */
function recorder(name: string): { program: string; lines: () => string[] } {
  const [program, file] = [join(directory, name), join(directory, `${name}.log`)]
  writeFileSync(program, `#!/bin/sh\necho "$*" >> '${file}'\nenv >> '${file}.env'\n`, { mode: 0o755 })
  writeFileSync(file, '')
  return { program, lines: () => readFileSync(file, 'utf8').split('\n').slice(0, -1) }
}

test('signs of life come three times in the time allowed, a new status at most every ten seconds', async () => {
  const clock = heldClock()
  const { program, lines } = recorder('often')
  const options = { socket: '/nowhere', watchdog: 30_000, path: '/usr/bin:/bin', clock, program }
  const notifier = createNotifier({ ...options, onFailure: (error) => assert.fail(error) })
  assert.equal(notifier.patience, 10_000)
  notifier.ready('3 pairs')
  await notifier.sent
  for (let second = 0; second < 60; second += 1) {
    notifier.alive(() => `3 pairs, ${second} at work`)
    await notifier.sent
    await clock.pass(1000)
  }
  const told = lines()
  assert.equal(told[0], 'READY=1 STATUS=3 pairs')
  const signs = told.filter((line) => line.includes('WATCHDOG=1')).length
  assert.ok(signs >= 6 && signs <= 7, `${signs}`)
  assert.ok(told.filter((line) => line.includes('STATUS=')).length <= 7)
  const names = readFileSync(join(directory, 'often.log.env'), 'utf8').match(/^\w+(?==)/gm)
  assert.deepEqual([...new Set(names)].filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name)).toSorted(), [
    'NOTIFY_SOCKET',
    'PATH',
  ])
})

test('where nobody listens, nothing is run; where nothing can be run, that is told once', async () => {
  const failures: MailhaulError[] = []
  const base = {
    watchdog: 3000,
    path: '/usr/bin',
    clock: heldClock(),
    onFailure: (error: MailhaulError) => void failures.push(error),
  }
  const deaf = createNotifier({ ...base, socket: undefined, program: join(directory, 'missing') })
  deaf.ready('x')
  await deaf.sent
  assert.deepEqual([failures.length, deaf.patience], [0, undefined])
  const mute = createNotifier({ ...base, socket: '/nowhere', program: join(directory, 'missing') })
  mute.ready('x')
  mute.stopping('x')
  await mute.sent
  assert.equal(failures.length, 1)
  assert.match(failures[0]?.hint ?? '', /Install systemd-notify/)
})

test('the environment: a watchdog that is meant for another process is none', () => {
  const read = (env: NodeJS.ProcessEnv) => readServiceEnvironment(42, env)
  assert.equal(read({ WATCHDOG_USEC: '3000000' }).watchdog, 3000)
  assert.equal(read({ WATCHDOG_USEC: '3000000', WATCHDOG_PID: '42' }).watchdog, 3000)
  assert.equal(read({ WATCHDOG_USEC: '3000000', WATCHDOG_PID: '43' }).watchdog, undefined)
  for (const wrong of ['0', '-1', 'soon', '']) assert.equal(read({ WATCHDOG_USEC: wrong }).watchdog, undefined)
  assert.deepEqual(read({ NOTIFY_SOCKET: '', JOURNAL_STREAM: '8:1' }), {
    notifySocket: undefined,
    watchdog: undefined,
    hasJournal: true,
    path: '/usr/bin:/bin',
  })
})
