// A snapshot changes with every name, size and byte that counts, and with nothing else.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { digestFiles } from './snapshot.ts'

const directory = mkdtempSync(join(tmpdir(), 'mailhaul-snapshot-'))
after(() => rmSync(directory, { recursive: true }))

test('each change gives another digest', () => {
  const path = (name: string) => join(directory, name)
  const seen = new Set<string>()
  const isNew = () => seen.size < seen.add(digestFiles(directory, naming)).size
  assert.ok(isNew())
  mkdirSync(path('folder'))
  assert.ok(isNew())
  writeFileSync(path('folder/a'), 'bytes')
  assert.ok(isNew())
  writeFileSync(path('folder/a'), 'bytez')
  assert.ok(isNew())
  renameSync(path('folder/a'), path('folder/b'))
  assert.ok(isNew())
  writeFileSync(path('folder/index'), 'ignored')
  assert.equal(isNew(), false)
})

function naming(path: string): string | undefined {
  return path.endsWith('index') ? undefined : path
}
