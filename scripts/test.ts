// `npm test`: brings the servers of the live tests, then runs node's test runner over all tests or those named.
import { spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { bringLiveServers } from './live-servers.ts'

const root = join(import.meta.dirname, '..')
process.exitCode = (await hasLiveServers()) ? await runTests(process.argv.slice(2)) : 1

/**
 * False only where live servers are required (MAILHAUL_LIVE=required) and missing. Otherwise the live suites skip
 * themselves, and with MAILHAUL_LIVE=off nothing is installed for them either.
 */
async function hasLiveServers(): Promise<boolean> {
  if (process.env.MAILHAUL_LIVE === 'off') return true
  const why = await bringLiveServers().then(
    (found) => found.why,
    (error: Error) => error.message.trim().replace(/\s*\n\s*/g, '; '),
  )
  if (why === '') return true
  const isRequired = process.env.MAILHAUL_LIVE === 'required'
  console.error(`\n*** LIVE TESTS ${isRequired ? 'CANNOT RUN' : 'ARE SKIPPED'}: ${why} ***\n`)
  return !isRequired
}

/**
 * Takes test files, patterns, and directories, which stand for the test files below them; without any, all tests.
 * Options go to node as they are, a value behind `=`. Resolves with the exit code. Node prints everything, so that its
 * counts come last.
 */
function runTests(parameters: readonly string[]): Promise<number> {
  const options = parameters.filter((parameter) => parameter.startsWith('-'))
  const paths = parameters.filter((parameter) => !parameter.startsWith('-'))
  const concurrency = Math.min(8, Math.max(2, availableParallelism()))
  const runner = ['--test', '--test-reporter=spec', `--test-concurrency=${concurrency}`, ...options]
  const patterns = (paths.length === 0 ? ['test'] : paths).map(toPattern)
  const child = spawn(process.execPath, [...runner, ...patterns], { cwd: root, stdio: 'inherit' })
  // Ctrl-C reaches the runner by itself; this process waits for its last words.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('exit', (code) => resolve(code ?? 1))
  })
}

function toPattern(path: string): string {
  const isDirectory = statSync(resolve(root, path), { throwIfNoEntry: false })?.isDirectory() === true
  return isDirectory ? join(path, '**/*.test.ts') : path
}
