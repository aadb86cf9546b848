// What mailhaul doctor makes of a machine, its files and its disk.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { exitCodeOfFindings, type Finding } from '../../src/core/finding.ts'
import { nearest, placeFinding } from '../../src/doctor/files.ts'
import { clockFinding, diskFinding, runtimeFinding } from '../../src/doctor/machine.ts'

const isRoot = process.getuid?.() === 0
const now = Date.UTC(2026, 2, 1, 12)

function directory(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'mailhaul-doctor-'))
  t.after(() => {
    chmodSync(made, 0o700)
    rmSync(made, { recursive: true, force: true })
  })
  return made
}

test('the runtime', () => {
  assert.equal(runtimeFinding({ version: '24.0.1', platform: 'linux' }).verdict, 'ok')
  assert.equal(runtimeFinding({ version: '100.0.0', platform: 'linux' }).verdict, 'ok')
  const old = runtimeFinding({ version: '22.19.0', platform: 'darwin' })
  assert.deepEqual([old.verdict, old.text], ['problem', 'Node.js 22.19.0 on darwin, which is too old'])
  assert.match(old.advice ?? '', /24 or later/)
})

test('the clock is held against the last run and the certificates', () => {
  const facts = { now, lastRun: undefined, notYetValid: [], isKept: undefined }
  assert.equal(clockFinding(facts).verdict, 'ok')
  assert.equal(clockFinding({ ...facts, lastRun: now - 1 }).verdict, 'ok')
  assert.equal(clockFinding({ ...facts, lastRun: now + 60_000 }).verdict, 'ok', 'a minute is no sign of anything')
  const behind = clockFinding({ ...facts, lastRun: now + 3_600_000 })
  assert.deepEqual(
    [behind.verdict, behind.text],
    ['problem', '2026-03-01 12:00 UTC, but the last run began at 2026-03-01 13:00 UTC'],
  )
  const young = clockFinding({ ...facts, notYetValid: ['pop.example'] })
  assert.deepEqual([young.verdict, young.code], ['problem', 'tls'])
  assert.match(clockFinding({ ...facts, isKept: true }).text, /kept by the system/)
  assert.equal(clockFinding({ ...facts, isKept: false }).verdict, 'warning')
})

test('files: there, missing, to be made, and open to others', (t) => {
  const state = directory(t)
  const file = join(state, 'ledger.db')
  const of = (path: string, use: 'read' | 'write', isPrivate = true) =>
    placeFinding({ about: 'it', path, use, isPrivate })
  assert.deepEqual([of(file, 'write').verdict, of(file, 'write').text], ['ok', `${file}, which the first sync makes`])
  assert.deepEqual([of(file, 'read').verdict, of(file, 'read').code], ['problem', 'config'])
  writeFileSync(file, '')
  const rows: [mode: number, isPrivate: boolean, verdict: Finding['verdict'], advice: RegExp | undefined][] = [
    [0o600, true, 'ok', undefined],
    [0o644, true, 'warning', /chmod 600/],
    [0o644, false, 'ok', undefined],
    [0o664, false, 'warning', /chmod g-w/],
    [0o602, true, 'problem', /chmod o-w/],
  ]
  for (const [mode, isPrivate, verdict, advice] of rows) {
    chmodSync(file, mode)
    const found = of(file, 'write', isPrivate)
    assert.equal(found.verdict, verdict, mode.toString(8))
    if (advice) assert.match(found.advice ?? '', advice)
    else assert.equal(found.advice, undefined)
  }
  mkdirSync(join(state, 'spool'), { mode: 0o755 })
  assert.match(of(join(state, 'spool'), 'write').advice ?? '', /chmod 700/)
})

test('what may not be written is a problem', { skip: isRoot && 'root may write anywhere' }, (t) => {
  const state = directory(t)
  chmodSync(state, 0o500)
  const found = placeFinding({ about: 'it', path: join(state, 'in', 'ledger.db'), use: 'write', isPrivate: true })
  assert.deepEqual([found.verdict, found.code], ['problem', 'ledger'])
})

test('the nearest directory that is there', (t) => {
  const state = directory(t)
  assert.equal(nearest(join(state, 'a', 'b', 'c')), state)
  assert.equal(nearest('/'), '/')
})

test('the disk', (t) => {
  const state = directory(t)
  const room = (bytes: number, ffree = 1000) =>
    diskFinding(join(state, 'x'), () => ({ bavail: bytes / 4096, bsize: 4096, files: 1000, ffree }))
  assert.equal(room(10 * 2 ** 30).verdict, 'ok')
  assert.equal(room(2 ** 29).verdict, 'warning')
  assert.deepEqual([room(2 ** 20).verdict, room(2 ** 20).code], ['problem', 'disk-full'])
  assert.match(room(10 * 2 ** 30, 3).text, /room for 3 files only/)
  const failing = diskFinding(state, () => {
    throw new Error('no such thing')
  })
  assert.deepEqual([failing.verdict, /no such thing/.test(failing.text)], ['warning', true])
  assert.ok(diskFinding(state).text.includes(state))
})

test('the exit code is what the most serious problem would end a run with', () => {
  const line = { area: 'machine', about: 'it', text: 'so' } as const
  assert.equal(
    exitCodeOfFindings([
      { ...line, verdict: 'ok' },
      { ...line, verdict: 'warning', code: 'tls' },
    ]),
    0,
  )
  assert.equal(exitCodeOfFindings([{ ...line, verdict: 'problem' }]), 1)
  assert.equal(
    exitCodeOfFindings([
      { ...line, verdict: 'problem', code: 'tls' },
      { ...line, verdict: 'problem', code: 'config' },
    ]),
    2,
  )
})
