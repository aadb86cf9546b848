// Flags: system flags, keywords, and what must never be appended with.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseFlag } from '../../src/config/flag.ts'
import { table } from './table.ts'

describe('flags', () => {
  it('are system flags or keywords', () => {
    const rows = [
      ['\\Seen', '\\Seen'],
      ['\\SEEN', '\\Seen'],
      ['\\\\Seen', '\\Seen'],
      ['\\flagged', '\\Flagged'],
      ['$Forwarded', '$Forwarded'],
      ['old', 'old'],
    ] as const
    table(parseFlag, rows)
    const refused = [
      '',
      '\\',
      '\\Deleted',
      '\\DELETED',
      '\\\\Deleted',
      '\\Recent',
      '\\Foo',
      '\\*',
      'a b',
      'a(',
      'a{',
      'a%',
      'a*',
      'a"',
      'a]',
      'a\\',
      'ä',
      'a\n',
      'a\x7f',
    ]
    table(
      parseFlag,
      refused.map((flag) => [flag, undefined]),
    )
  })

  it('are atoms whatever is accepted, so that no flag can end a command', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (flag) => {
        const parsed = parseFlag(flag)
        if (parsed.ok) assert.match(parsed.value, /^\\?[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]+$/)
      }),
    )
  })
})
