// Paths: home, beside the configuration, and in a shell.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { expandPath, shellWord } from '../../src/config/paths.ts'

describe('paths', () => {
  it('start at home, at the root or beside the configuration', () => {
    const rows = [
      ['~', '/home/alice'],
      ['~/a/b', '/home/alice/a/b'],
      ['/a', '/a'],
      ['a.pem', '/etc/mailhaul/a.pem'],
      ['./a.pem', '/etc/mailhaul/a.pem'],
      ['../a', '/etc/a'],
      ['~bob/a', '/etc/mailhaul/~bob/a'],
    ] as const
    for (const [path, expanded] of rows) assert.equal(expandPath(path, '/etc/mailhaul', '/home/alice'), expanded)
  })

  it('are quoted for a shell where they must be', () => {
    assert.equal(shellWord('/home/alice/mailhaul.yaml'), '/home/alice/mailhaul.yaml')
    assert.equal(shellWord("/home/alice's files/a;b"), `'/home/alice'\\''s files/a;b'`)
  })
})
