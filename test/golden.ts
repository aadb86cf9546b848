// Compares text with a file under test/golden; UPDATE_GOLDEN=1 writes the file anew instead.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Asserts that the text is, byte for byte, what test/golden/`name` holds. */
export function matchesGolden(name: string, text: string): void {
  const path = join(import.meta.dirname, 'golden', name)
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return
  }
  assert.equal(text, readFileSync(path, 'utf8'), `differs from ${name}; UPDATE_GOLDEN=1 rewrites it`)
}
