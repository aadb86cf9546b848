// The manual page: all of the help, and without a fault that mandoc knows.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { describeLive } from '../live/live.ts'

const file = join(import.meta.dirname, '../../docs/mailhaul.1')

test('every verb and option of the help is in it', () => {
  const page = readFileSync(file, 'utf8').replaceAll('\\-', '-')
  for (const word of ['--config', '--retry-failed', 'ledger import', '--uidl-map', 'auth login', 'init'])
    assert.ok(page.includes(word), word)
})

test('package.json installs it', () => {
  const { man, files } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))
  assert.deepEqual([man, files.includes('docs')], ['./docs/mailhaul.1', true])
})

describeLive('mandoc', ['manual'], () => {
  test('finds no fault in it', () => {
    const { status, stdout, stderr } = spawnSync('/usr/bin/mandoc', ['-T', 'lint', '-W', 'style', file], {
      encoding: 'utf8',
    })
    assert.deepEqual([status, stdout + stderr], [0, ''])
  })
})
