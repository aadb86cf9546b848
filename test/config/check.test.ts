// Checking a configuration: what each mistake is told, and what defaults do.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkConfig } from '../../src/config/check.ts'
import { formatProblem } from '../../src/config/problem.ts'
import type { Config, PairConfig } from '../../src/config/schema.ts'
import { badConfigurations } from './bad-configurations.ts'
import { assertGolden } from './golden.ts'

const ends = `source: { host: pop.example, user: alice, password: { env: A } }
    destination: { host: imap.example, user: bob, password: { env: B } }`

function toldAbout(text: string): string[] {
  const { problems, warnings } = checkConfig(text)
  return [...problems, ...warnings].map((problem) => formatProblem(problem, 'mailhaul.yaml'))
}

function checked(text: string): Config {
  const { config, problems } = checkConfig(text)
  assert.deepEqual(problems, [])
  assert.ok(config)
  return config
}

function onlyPair(text: string): PairConfig {
  const [pair, ...others] = checked(text).pairs
  assert.ok(pair)
  assert.equal(others.length, 0)
  return pair
}

function outline(text: string): string {
  const lines = text.split('\n').map((line) => `  | ${line.length > 110 ? `${line.slice(0, 109)}…` : line}`.trimEnd())
  return lines.slice(0, 14).join('\n')
}

describe('what people are told', () => {
  it('names every problem, its place and what to write instead', () => {
    const told = badConfigurations.map(([title, text]) => {
      assert.equal(checkConfig(text).config, undefined, title)
      return `# ${title}\n${outline(text)}\n${toldAbout(text).join('\n')}\n`
    })
    assertGolden('test/golden/config/problems.txt', told.join('\n'))
  })

  it('never repeats a password', () => {
    for (const [title, text] of badConfigurations) assert.doesNotMatch(toldAbout(text).join('\n'), /HUNTER2/, title)
  })

  it('says everything in words of its own', () => {
    const zodsWords = /Invalid|expected|Unrecognized|Too (small|big)|undefined|\[object|NaN/
    for (const [title, text] of badConfigurations) assert.doesNotMatch(toldAbout(text).join('\n'), zodsWords, title)
  })

  it('finds them all at once, in the order of the file', () => {
    const places = checkConfig(badConfigurations.map(([, text]) => text).join('\n')).problems
    assert.ok(places.length > 1)
    const text =
      'pairs:\n  - name: alice\n    source: { tls: ssl, port: 0 }\n    destination: { tls: 1, folder: "" }\n    select: { since: x }\n'
    const { problems } = checkConfig(text)
    assert.equal(problems.length, 11)
    const lines = problems.map((problem) => problem.line ?? 0)
    assert.deepEqual(
      lines,
      lines.toSorted((one, other) => one - other),
    )
  })

  it('warns of what is allowed but perhaps not meant', () => {
    const warned = toldAbout(`pairs:
  - name: alice
    source: { host: mail.example, user: alice, password: { env: A }, tls: none, allowPlaintext: true, leave: delete }
    destination: { host: MAIL.example, user: alice, password: { env: B }, minVersion: TLSv1.0 }
    schedule: every 59s
  - name: bob
    schedule: every 1m
    source: { host: mail.example, user: alice, password: { env: A }, fingerprint: ${'a'.repeat(64)} }
    destination: { host: localhost, user: bob, password: { env: B }, tls: none, fingerprint: ${'b'.repeat(64)} }
`)
    assertGolden('test/golden/config/warnings.txt', `${warned.join('\n')}\n`)
  })
})

describe('what a configuration comes out as', () => {
  it('fills in every default', () => {
    const config = checked(`pairs:\n  - name: alice\n    ${ends}\n`)
    const connection = { tls: 'implicit', allowPlaintext: false, ca: [], fingerprint: [], minVersion: 'TLSv1.2' }
    assert.deepEqual(config, {
      ledger: '~/.local/state/mailhaul/ledger.db',
      limits: { pairs: 4, perHost: 2 },
      notify: [],
      pairs: [
        {
          name: 'alice',
          source: {
            host: 'pop.example',
            port: 995,
            ...connection,
            user: 'alice',
            password: { env: 'A' },
            leave: 'keep',
          },
          destination: {
            ...{ host: 'imap.example', port: 993, ...connection, user: 'bob', password: { env: 'B' } },
            ...{ folder: 'INBOX', flags: [], repair: [], connections: 'auto', order: 'any' },
          },
          select: {},
          routes: [],
          duplicates: 'copy',
          backlog: 'copy',
          schedule: { kind: 'every', interval: 300_000 },
        },
      ],
    })
  })

  it('takes the ports from tls, wherever that was said', () => {
    for (const [tls, pop, imap] of [
      ['implicit', 995, 993],
      ['starttls', 110, 143],
    ] as const) {
      const pair = onlyPair(
        `defaults: { source: { tls: ${tls} }, destination: { tls: ${tls} } }\npairs:\n  - name: a\n    ${ends}\n`,
      )
      assert.deepEqual([pair.source.port, pair.destination.port], [pop, imap])
    }
  })

  it('allows no TLS towards this machine alone, or where it was asked for', () => {
    const text = (host: string, more: string) =>
      `pairs:\n  - name: a\n    ${ends.replace('host: pop.example', `host: "${host}", tls: none${more}`)}\n`
    for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.9.9.9', '::1', '0:0:0:0:0:0:0:1'])
      checked(text(host, ''))
    for (const host of ['pop.example', '128.0.0.1', '::2', 'localhost.example', '10.0.0.1']) {
      assert.equal(checkConfig(text(host, '')).config, undefined, host)
      checked(text(host, ', allowPlaintext: true'))
    }
  })

  it('has one name for a pair however it was typed', () => {
    const pairs = (...names: string[]) => `pairs:\n${names.map((name) => `  - name: ${name}\n    ${ends}\n`).join('')}`
    assert.equal(onlyPair(pairs('Andre\u0301')).name, 'Andr\u00e9')
    assert.equal(checkConfig(pairs('Andre\u0301', 'Andr\u00e9')).problems.length, 1)
  })

  it('is the same from JSON', () => {
    const pair = { name: 'a', source: { host: 'h', user: 'u', password: { env: 'A' } } }
    const json = JSON.stringify(
      { pairs: [{ ...pair, destination: { ...pair.source, flags: ['\\Seen'] } }] },
      null,
      '\t',
    )
    assert.deepEqual(onlyPair(json).destination.flags, ['\\Seen'])
  })

  it('keeps every form of a password reference', () => {
    const forms = [
      ['hunter2', 'hunter2'],
      ['{ keyring: true }', { keyring: true }],
      ['{ keyring: { service: s } }', { keyring: { service: 's' } }],
      ['{ command: [pass, show, "a b"] }', { command: ['pass', 'show', 'a b'] }],
      ['{ file: p }', { file: 'p' }],
      ['{ credential: c.d }', { credential: 'c.d' }],
    ] as const
    for (const [written, reference] of forms) {
      const pair = onlyPair(`pairs:\n  - name: a\n    ${ends.replace('{ env: A }', written)}\n`)
      assert.deepEqual(pair.source.password, reference)
    }
  })
})

describe('defaults', () => {
  const text = `defaults:
  source: { host: pop.example, password: { keyring: true }, leave: { days: 30 }, ca: a.pem }
  destination: { host: imap.example, user: family, password: { env: B }, flags: ['\\Seen'] }
  select: { maxSize: 1MB, since: 2015-01-01 }
  routes: [{ when: { from: a }, folder: A }]
  duplicates: skip
pairs:
  - name: one
    source: { user: one }
  - name: two
    source: { user: two, host: pop.elsewhere.example, password: { env: C }, leave: keep, ca: [] }
    destination: { folder: Two, flags: [] }
    select: { maxSize: 2MB }
    routes: []
    duplicates: copy
`
  const [one, two] = checked(text).pairs

  it('stand where a pair says nothing', () => {
    assert.equal(one?.source.host, 'pop.example')
    assert.deepEqual(one?.source.leave, { days: 30, proof: 'size' })
    assert.deepEqual(one?.destination.flags, ['\\Seen'])
    assert.deepEqual(one?.select, { maxSize: 1_000_000, since: Date.UTC(2015, 0, 1) })
    assert.equal(one?.routes.length, 1)
    assert.equal(one?.duplicates, 'skip')
  })

  it('give way key by key, whole values at a time', () => {
    assert.equal(two?.source.host, 'pop.elsewhere.example')
    assert.deepEqual(two?.source.password, { env: 'C' })
    assert.equal(two?.source.leave, 'keep')
    assert.deepEqual(two?.source.ca, [])
    assert.equal(two?.destination.user, 'family')
    assert.equal(two?.destination.folder, 'Two')
    assert.deepEqual(two?.destination.flags, [])
    assert.deepEqual(two?.select, { maxSize: 2_000_000, since: Date.UTC(2015, 0, 1) })
    assert.deepEqual(two?.routes, [])
    assert.equal(two?.duplicates, 'copy')
  })
})

describe('a plain password', () => {
  it('is noticed wherever it stands, in invalid files too', () => {
    const holds = (text: string) => checkConfig(text).holdsPlainPassword
    assert.equal(holds(`pairs:\n  - name: a\n    ${ends}\n`), false)
    assert.equal(holds(`pairs:\n  - name: a\n    ${ends.replace('{ env: B }', 'x')}\n`), true)
    assert.equal(holds('pairs:\n  - source: { password: x }\n'), true)
    assert.equal(holds('defaults: { destination: { password: x } }\n'), true)
    assert.equal(holds('pairs: []\n'), false)
  })
})
