// Compares with a golden file under test/golden/config; UPDATE_GOLDEN=1 rewrites it instead.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Asserts that `actual` is what the file holds; `path` is relative to the repository. */
export function assertGolden(path: string, actual: string): void {
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url))
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, actual)
  }
  assert.equal(actual, readFileSync(file, 'utf8'))
}
