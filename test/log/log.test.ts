// The log: JSON lines, masked, in a file of its owner's that may be moved away or be full.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createRedactor } from '../../src/config/redact.ts'
import { openLog } from '../../src/log/log.ts'
import type { Trouble } from '../../src/log/log-file.ts'

const secret = 'sesame "and" \\more'
const now = Date.UTC(2026, 2, 1, 12)

function place(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'mailhaul-log-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

function open(path: string, level: 'info' | 'trace' = 'info', mask = createRedactor([secret])) {
  const troubles: Trouble[] = []
  const log = openLog({
    path,
    level,
    version: '1.2.3',
    clock: { now: () => now },
    mask,
    onTrouble: (one) => troubles.push(one),
  })
  const say = (text: string, fields: Record<string, unknown> = {}) => log.write({ level: 'info', text, fields })
  return { log, say, troubles }
}

function linesOf(path: string): Record<string, unknown>[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

test('one line of JSON each, appended, in a file that nobody else can read', (t) => {
  const path = join(place(t), 'x.log')
  for (const word of ['first', 'second']) {
    const { log, say } = open(path)
    say(word, { pair: 'alice' })
    log.write({ level: 'debug', text: 'too much', fields: {} })
    log.close()
  }
  const line = { level: 'info', time: '2026-03-01T12:00:00.000Z', mailhaul: '1.2.3', pid: process.pid, pair: 'alice' }
  assert.deepEqual(linesOf(path), [
    { ...line, msg: 'first' },
    { ...line, msg: 'second' },
  ])
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('the rights of a file that is there stay as they are', (t) => {
  const path = join(place(t), 'x.log')
  writeFileSync(path, '', { mode: 0o640 })
  const { log } = open(path)
  log.close()
  assert.equal(statSync(path).mode & 0o777, 0o640)
})

test('secrets are masked in every form, in texts and in values', (t) => {
  const path = join(place(t), 'x.log')
  const { log, say } = open(path)
  say(`said ${secret}`, { answer: `it was ${secret}, ${Buffer.from(secret).toString('base64')}` })
  log.close()
  const text = readFileSync(path, 'utf8')
  assert.ok(!text.includes('sesame') && !text.includes(Buffer.from(secret).toString('base64').slice(0, 12)), text)
  assert.match(text, /\[redacted\]/)
  assert.equal(linesOf(path).length, 1)
})

test('what terminals act on is escaped', (t) => {
  const path = join(place(t), 'x.log')
  const { log, say } = open(path)
  say('a\x1b[2J\u202eb\u2028\x9b')
  log.close()
  assert.doesNotMatch(readFileSync(path, 'utf8').trimEnd(), /[\x00-\x1f\x7f-\x9f\u202e\u2028]/)
  assert.equal(linesOf(path)[0]?.msg, 'a\x1b[2J\u202eb\u2028\x9b')
})

test('a secret that is a part of JSON itself does not make it another thing', (t) => {
  const path = join(place(t), 'x.log')
  const { log, say } = open(path, 'info', createRedactor(['","']))
  say('a', { b: 'c' })
  log.close()
  assert.match(String(linesOf(path)[0]?.msg), /a line was left out/)
})

test('protocol lines are asked for at level trace only', (t) => {
  const path = join(place(t), 'x.log')
  const { log } = open(path, 'trace')
  log.protocol?.({ pair: 'alice', end: 'source', line: 'C: STAT' })
  log.close()
  assert.deepEqual([linesOf(path)[0]?.line, linesOf(path)[0]?.end], ['C: STAT', 'source'])
  const other = open(join(place(t), 'y.log'))
  assert.equal(other.log.protocol, undefined)
  other.log.close()
})

test('moved away, it goes on in a new file of the same name; nothing is lost in between', (t) => {
  const path = join(place(t), 'x.log')
  const { log, say } = open(path)
  say('before')
  renameSync(path, `${path}.1`)
  say('still the old one')
  log.reopen()
  say('after')
  log.close()
  assert.deepEqual(
    [linesOf(`${path}.1`), linesOf(path)].map((lines) => lines.map(({ msg }) => msg)),
    [['before', 'still the old one'], ['after']],
  )
})

test('where a new file cannot be made, the old one is kept', (t) => {
  const directory = place(t)
  const path = join(directory, 'in', 'x.log')
  mkdirSync(join(directory, 'in'))
  const { log, say, troubles } = open(path)
  renameSync(join(directory, 'in'), join(directory, 'out'))
  log.reopen()
  say('after')
  log.close()
  assert.equal(troubles[0]?.kind, 'lost')
  assert.ok(linesOf(join(directory, 'out', 'x.log')).some(({ msg }) => msg === 'after'))
})

test('a full disk is told once, and what was lost is counted when there is room again', async (t) => {
  const path = join(place(t), 'x.log')
  symlinkSync('/dev/full', path)
  assert.throws(() => open(path), { code: 'usage', message: /symbolic link/ })
  const { log, say, troubles } = open('/dev/full')
  for (let number = 0; number < 1000; number += 1) say(`line ${number}`)
  while (troubles.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  for (let number = 0; number < 1000; number += 1) say(`line ${number}`)
  log.close()
  assert.equal(troubles.length, 1)
  assert.match(troubles[0]?.kind === 'lost' ? troubles[0].reason : '', /ENOSPC/)
})

test('more than a disk takes is dropped, not kept in memory', (t) => {
  const path = join(place(t), 'x.log')
  const { log, say, troubles } = open(path)
  const long = 'x'.repeat(1_000_000)
  for (let number = 0; number < 20; number += 1) say(long)
  log.close()
  assert.deepEqual(
    troubles.map(({ kind }) => kind),
    ['lost', 'back'],
  )
  const lines = linesOf(path)
  assert.ok(lines.length >= 8 && lines.length <= 10, String(lines.length))
  assert.equal(lines.find(({ lost }) => lost !== undefined)?.lost, 12)
})

test('what is no file is refused', (t) => {
  const directory = place(t)
  assert.throws(() => open(directory), { code: 'usage', message: /cannot be written/ })
  assert.throws(() => open(join(directory, 'no', 'x.log')), { code: 'usage' })
})
