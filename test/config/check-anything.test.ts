// Checking whatever a file may hold: no throw, and no password in what people are told.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { checkConfig } from '../../src/config/check.ts'
import { formatProblem } from '../../src/config/problem.ts'

function toldAbout(text: string): string[] {
  const { problems, warnings } = checkConfig(text)
  return [...problems, ...warnings].map((problem) => formatProblem(problem, 'mailhaul.yaml'))
}

describe('whatever a file holds', () => {
  const keys =
    'pairs defaults ledger limits name source destination select routes host port tls password user leave folder flags when header ca'
  const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.oneof(fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(fc.constantFrom(...keys.split(' ')), fc.string()), tie('value'), { maxKeys: 6 }),
    ),
  })).value

  it('arbitrary text is checked without a throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', size: 'large' })), (text) => {
        assert.equal(checkConfig(text).config, undefined)
      }),
    )
  })

  it('arbitrary YAML of our own keys is checked without a throw', () => {
    const pieces = fc.constantFrom(
      ...keys.split(' '),
      ': ',
      ':\n',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      ', ',
      '"',
      "'",
      '&a ',
      '*a',
      '!x ',
      '|\n',
      '#',
      '\t',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        const { config, problems } = checkConfig(parts.join(''))
        assert.ok(config === undefined && problems.length > 0)
      }),
    )
  })

  it('arbitrary values end in a configuration or in problems that have a place', () => {
    fc.assert(
      fc.property(value, (root) => {
        const { config, problems } = checkConfig(JSON.stringify(root))
        assert.equal(config === undefined, problems.length > 0)
        for (const { line, column, message, hint } of problems) {
          assert.ok(line && column && message && hint)
          assert.doesNotMatch(`${message}${hint}`, /\n/)
        }
      }),
    )
  })

  it('no password shows in a message, however it was written', () => {
    const prefix = fc.constantFrom(
      '',
      '*',
      '&',
      '!',
      '@',
      '%',
      '`',
      '|',
      '>',
      '#',
      '"',
      "'",
      '{',
      '[',
      '? ',
      '- ',
      ': ',
      '\\',
      '$',
    )
    const suffix = fc.constantFrom(
      '',
      '"',
      "'",
      '}',
      ']',
      ': x',
      ':',
      ' #',
      ', y: z',
      '\\S"',
      '\n  a',
      '\n\tb',
      '\u0000',
    )
    const more = fc.constantFrom('', 'tls: none, ', 'x: 1, ', 'port: y, ')
    fc.assert(
      fc.property(prefix, suffix, more, fc.boolean(), (before, after, extra, isFlow) => {
        const password = `${before}Xq7Secret9Zw${after}`
        const end = isFlow
          ? `{ ${extra}host: h, user: u, password: ${password} }`
          : `\n      host: h\n      user: u\n      password: ${password}`
        const told = toldAbout(`pairs:\n  - name: a\n    destination: 1\n    source: ${end}\n`).join('\n')
        assert.doesNotMatch(told, /Xq7Secret9Zw/)
      }),
      { numRuns: 1000 },
    )
  })
})
