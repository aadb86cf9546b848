// `npm run fuzz -- --minutes N`: repeats every property test with new seeds until the time is over or one of them fails.
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const root = join(import.meta.dirname, '..')

/** Test files with properties, by where the bytes come from that they are about: nearest to the wire first. */
export function fuzzedFiles(): readonly string[] {
  const folders = [
    'sources/pop3',
    'destinations/imap',
    'core',
    'config',
    'ledger',
    'spool',
    'reporters',
    'reporters/html',
  ]
  return folders.flatMap((folder) => {
    const files = globSync(`test/${folder}/*.test.ts`, { cwd: root }).sort()
    return files.filter((file) => readFileSync(join(root, file), 'utf8').includes("from 'fast-check'"))
  })
}

/** Returns false as soon as a file fails: fast-check has then printed the seed and the smallest example. */
function fuzz(minutes: number): boolean {
  const end = performance.now() + minutes * 60_000
  for (let round = 1; ; round += 1) {
    for (const file of fuzzedFiles()) {
      if (performance.now() >= end) return true
      const { status, stdout } = spawnSync(process.execPath, ['--test', file], { cwd: root, encoding: 'utf8' })
      if (status === 0) continue
      console.error(`${stdout}\n${file} failed in round ${round}: keep the example as a fixture, then mend it.`)
      return false
    }
    console.error(`round ${round}: no property failed`)
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
  process.exitCode = fuzz(Number(values.minutes)) ? 0 : 1
}
