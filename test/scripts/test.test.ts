// `npm test` as a command: what it runs, how it ends, and that node's counts are its last words.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const script = join(import.meta.dirname, '../../scripts/test.ts')
const directory = mkdtempSync(join(tmpdir(), 'mailhaul-test-'))
after(() => rmSync(directory, { recursive: true }))

mkdirSync(join(directory, 'deeper'))
writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
writeFileSync(join(directory, 'not-a-test.ts'), 'throw new Error("not a test")')
writeFileSync(join(directory, 'good.test.ts'), `import { test } from 'node:test'\ntest('good', () => {})\n`)
writeFileSync(
  join(directory, 'deeper/bad.test.ts'),
  `import { test } from 'node:test'\ntest('fine', () => {})\ntest('bad', () => Promise.reject(new Error('bad')))\n`,
)

test('runs one file, ends with 0 when it passes and with the counts', () => {
  const { status, stdout } = run(join(directory, 'good.test.ts'))
  assert.equal(status, 0)
  assert.match(stdout, /ℹ tests 1\n.*ℹ pass 1\nℹ fail 0\n.*ℹ duration_ms [\d.]+\n$/s)
})

test('runs the test files below a directory, and ends with 1 when one fails', () => {
  const { status, stdout } = run(directory)
  assert.equal(status, 1)
  assert.match(stdout, /ℹ tests 3\n.*ℹ pass 2\nℹ fail 1\n/s)
})

test('passes options on to node', () => {
  const { status, stdout } = run(directory, '--test-name-pattern=^fine$')
  assert.equal(status, 0)
  assert.doesNotMatch(stdout, /bad$/m)
})

test('ends with 1 where there is nothing to run', () => {
  assert.equal(run(join(directory, 'mistyped')).status, 1)
})

/** In an environment that does not tell node that it is inside a test already. */
function run(...parameters: string[]): { status: number | null; stdout: string } {
  const { NODE_TEST_CONTEXT, ...environment } = process.env
  const env = { ...environment, MAILHAUL_LIVE: 'off' }
  return spawnSync(process.execPath, [script, ...parameters], { encoding: 'utf8', env })
}
