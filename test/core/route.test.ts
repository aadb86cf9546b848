// Where policies send messages, which they leave out and in what words, and when a policy counts as changed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseHeaders } from '../../src/core/headers.ts'
import type { Condition, Policy, Route } from '../../src/core/pair.ts'
import { folderOf, needsHeaders, policyDigest, routeOf, selectReason } from '../../src/core/route.ts'

const policy: Policy = {
  folder: 'INBOX',
  flags: [],
  select: { maxSize: undefined, since: undefined, before: undefined },
  routes: [],
  duplicates: 'copy',
  leave: { kind: 'keep' },
  maxDeletions: undefined,
}

const header = (name: string, pattern: string): Condition => ({ kind: 'header', name, pattern })
const address = (field: 'from' | 'to', pattern: string): Condition => ({ kind: 'address', field, pattern })
const to = (folder: string, when: Condition, flags?: string[]): Route => ({ when, folder, flags })

function isRouted(when: Condition, block: string): boolean {
  const fields = parseHeaders(Buffer.from(block))
  return routeOf({ ...policy, routes: [to('There', when)] }, fields).folder === 'There'
}

const conditions: readonly (readonly [Condition, string, boolean])[] = [
  [header('List-Id', '*.lists.example'), 'List-Id: Name <dev.lists.example>', true],
  [header('List-Id', '*.lists.example'), 'List-Id: dev.lists.example', true],
  [header('list-id', '*.LISTS.example'), 'LIST-ID: <Dev.Lists.Example>', true],
  [header('List-Id', '*.lists.example'), 'List-Id: Name <dev.lists.example.org>', false],
  [header('List-Id', 'dev.*'), 'List-Id: Name <dev.lists.example', false],
  [header('List-Id', 'b'), 'List-Id: <a> <b> <c>', true],
  [header('List-Id', '*'), 'List-Id:', true],
  [header('List-Id', '*'), 'Subject: x', false],
  [header('Subject', 'invoice'), 'Subject: Invoice', true],
  [header('Subject', 'invoice'), 'Subject: Invoice 7', false],
  [header('Subject', 'invoice*'), 'Subject: Invoice 7', true],
  [header('Subject', '*7'), 'Subject: Invoice 7', true],
  [header('Subject', '*voi*'), 'Subject: Invoice 7', true],
  [header('Subject', 'i*o*e*7'), 'Subject: Invoice 7', true],
  [header('Subject', 'i*e*o*7'), 'Subject: Invoice 7', false],
  [header('Subject', 'ab*ba'), 'Subject: aba', false],
  [header('Subject', 'ab*ba'), 'Subject: abba', true],
  [header('Subject', 'a**b'), 'Subject: ab', true],
  [header('Subject', 'a.c'), 'Subject: abc', false],
  [header('Subject', '[x] (y)? $'), 'Subject: [x] (y)? $', true],
  [header('Subject', 'größe*'), 'Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?= 7', true],
  [header('Subject', 'gro\u0308\u00dfe*'), 'Subject: Größe 7', true],
  [header('Received', '*two*'), 'Received: one\r\nReceived: two', true],
  [address('from', 'alice@old.example'), 'From: Alice <ALICE@old.example>', true],
  [address('from', 'alice@old.example'), 'From: "alice@old.example" <bob@old.example>', false],
  [address('from', 'alice@old.example'), 'From: malice@old.example', false],
  [address('from', 'alice@old.example'), 'Sender: alice@old.example', false],
  [address('from', '*@old.example'), 'From: x@new.example, y@old.example', true],
  [address('to', 'team@x.example'), 'To: a@x.example, Team <team@x.example>', true],
  [address('to', 'team@x.example'), 'Cc: team@x.example', true],
  [address('to', 'team@x.example'), 'Bcc: team@x.example', true],
  [address('to', 'team@x.example'), 'From: team@x.example', false],
]

for (const [when, block, expected] of conditions) {
  test(`${JSON.stringify(when)} ${expected ? 'holds' : 'does not hold'} for ${block}`, () => {
    assert.equal(isRouted(when, block), expected)
  })
}

test('the first route that holds decides, with its own flags or those of the pair', () => {
  const routes = [
    to('A', header('X', '1')),
    to('B', header('X', '2'), []),
    to('C', header('X', '*'), ['\\Seen']),
    to('D', header('X', '1')),
  ]
  const routed = (block: string) =>
    routeOf({ ...policy, flags: ['\\Flagged'], routes }, parseHeaders(Buffer.from(block)))
  assert.deepEqual(routed('X: 1'), { folder: 'A', flags: ['\\Flagged'] })
  assert.deepEqual(routed('X: 2'), { folder: 'B', flags: [] })
  assert.deepEqual(routed('X: 3'), { folder: 'C', flags: ['\\Seen'] })
  assert.deepEqual(routed('Y: 1'), { folder: 'INBOX', flags: ['\\Flagged'] })
})

test('a pattern matches as its regular expression does', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 10 })
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 })
  fc.assert(
    fc.property(pattern, text, (glob, value) => {
      const expected = new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(value)
      assert.equal(isRouted(header('X', glob), `X: ${value}`), expected)
    }),
    { numRuns: 2000 },
  )
})

test('many stars over a long value are matched in one pass', () => {
  assert.equal(isRouted(header('X', `${'*a'.repeat(50)}b`), `X: ${'a'.repeat(60_000)}`), false)
})

test('folder templates are filled in UTC', () => {
  const instant = Date.parse('2023-12-31T23:30:00Z')
  assert.equal(folderOf('Archive/{year}', instant), 'Archive/2023')
  assert.equal(folderOf('{year}/{month}/{year}', Date.parse('2024-03-01T00:00:00Z')), '2024/03/2024')
  assert.equal(folderOf('INBOX', instant), 'INBOX')
})

test('headers are needed for routes, dates and templates, and not for sizes', () => {
  assert.equal(needsHeaders(policy), false)
  assert.equal(needsHeaders({ ...policy, select: { ...policy.select, maxSize: 1 } }), false)
  assert.equal(needsHeaders({ ...policy, select: { ...policy.select, since: 0 } }), true)
  assert.equal(needsHeaders({ ...policy, select: { ...policy.select, before: 0 } }), true)
  assert.equal(needsHeaders({ ...policy, folder: 'A/{year}' }), true)
  assert.equal(needsHeaders({ ...policy, folder: 'A/{month}' }), true)
  assert.equal(needsHeaders({ ...policy, routes: [to('A', header('X', '1'))] }), true)
})

test('what is left out is told in words', () => {
  const since = Date.parse('2015-01-01')
  const before = Date.parse('2020-01-01T12:30:00Z')
  const select = { maxSize: 50_000_000, since, before }
  assert.equal(selectReason(select, { size: 50_000_001 }), 'larger than select.maxSize (50 MB)')
  assert.equal(selectReason(select, { size: 50_000_000 }), undefined)
  assert.equal(selectReason(select, { size: 1, instant: since }), undefined)
  assert.equal(selectReason(select, { size: 1, instant: since - 1 }), 'dated earlier than select.since (2015-01-01)')
  assert.equal(selectReason(select, { size: 1, instant: before - 1 }), undefined)
  assert.equal(
    selectReason(select, { size: 1, instant: before }),
    'not dated earlier than select.before (2020-01-01 12:30 UTC)',
  )
  assert.equal(selectReason(policy.select, { size: 1e12, instant: 0 }), undefined)
})

test('the digest changes with what decides about messages, and with nothing else', () => {
  const base = { ...policy, routes: [to('A', header('X', '1')), to('B', address('to', 'x@y'))] }
  const digest = policyDigest(base)
  assert.match(digest, /^[0-9a-f]{64}$/)
  const [first, second] = base.routes
  assert.ok(first && second)
  const changed: Policy[] = [
    { ...base, select: { ...base.select, maxSize: 1 } },
    { ...base, select: { ...base.select, since: 1 } },
    { ...base, select: { ...base.select, before: 1 } },
    { ...base, duplicates: 'skip' },
    { ...base, routes: [first] },
    { ...base, routes: [second, first] },
    { ...base, routes: [{ ...first, folder: 'C' }, second] },
    { ...base, routes: [{ ...first, flags: [] }, second] },
    { ...base, routes: [to('A', header('X', '2')), second] },
    { ...base, routes: [to('A', header('Y', '1')), second] },
    { ...base, routes: [first, to('B', address('from', 'x@y'))] },
  ]
  assert.equal(new Set([digest, ...changed.map(policyDigest)]).size, changed.length + 1)
  const same: Policy[] = [
    structuredClone(base),
    { ...base, folder: 'Z', flags: ['\\Seen'], leave: { kind: 'delete', afterDays: 1, proof: 'size' } },
    { ...base, routes: [to('A', header('x', '1')), to('B', address('to', 'X@Y'))] },
  ]
  for (const other of same) assert.equal(policyDigest(other), digest)
})
