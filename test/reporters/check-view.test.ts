// What check found, as people read it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { daysLeft, renderCheck } from '../../src/reporters/check-view.ts'
import { matchesGolden } from '../golden.ts'
import { assertColours, assertFits, plainPage } from './fit.ts'
import { endlessText, hostileText, sampleTime } from './samples.ts'
import { checkView, hostileError } from './view-samples.ts'

const [ready] = checkView.pairs
if (!ready) throw new Error('the sample has no pair')

test('one pair ready, one refused and in the clear', () => {
  const text = renderCheck(checkView, plainPage)
  assertFits(text)
  matchesGolden('reporters/check.txt', text)
})

test('when all is well the next command is named', () => {
  const text = renderCheck({ ...checkView, pairs: [ready], exitCode: 0 }, plainPage)
  assert.match(text, /^Both ends can be used; nothing was changed\. Next: mailhaul plan$/m)
})

test('days left on a certificate: whole days, negative once it has expired, whatever it claims', () => {
  const tls = { protocol: '', cipher: '', subject: '', validTo: sampleTime }
  assert.equal(daysLeft({ ...tls, validTo: sampleTime + 86_399_999 }, sampleTime), 0)
  assert.equal(daysLeft({ ...tls, validTo: sampleTime + 86_400_000 }, sampleTime), 1)
  assert.equal(daysLeft({ ...tls, validTo: sampleTime - 1 }, sampleTime), -1)
  for (const validTo of [Number.NaN, Number.POSITIVE_INFINITY, -1e300]) {
    const source = { ...ready.source, tls: { ...tls, validTo } }
    assertFits(renderCheck({ ...checkView, pairs: [{ ...ready, source }] }, plainPage))
  }
})

test('an expired certificate is called so', () => {
  const source = { ...ready.source, tls: { protocol: 'T', cipher: 'C', subject: 'S', validTo: sampleTime - 1 } }
  const text = renderCheck({ ...checkView, pairs: [{ ...ready, source }] }, plainPage)
  assert.match(text, /S, expired on 2026-03-01/)
})

test('hostile capabilities, subjects, notes and errors', () => {
  const tls = { protocol: hostileText, cipher: hostileText, subject: hostileText, validTo: sampleTime }
  const hostile = {
    ...ready,
    pair: hostileText,
    source: { ...ready.source, host: hostileText, tls, capabilities: [hostileText, endlessText], notes: [hostileText] },
    destination: { ...ready.destination, error: hostileError() },
  }
  const text = renderCheck({ ...checkView, pairs: [hostile] }, { ...plainPage, verbose: true })
  assertFits(text)
  assert.ok(text.length < 12_000, `${text.length} characters`)
})

test('colours change nothing but colours', () => {
  assertColours((options) => renderCheck(checkView, options))
})

test('of a thousand pairs, those that need a look are shown, and the others counted', () => {
  const [, refused] = checkView.pairs
  assert.ok(refused)
  const at = (index: number) => ({ ...(index % 40 === 39 ? refused : ready), pair: `c${index}` })
  const pairs = Array.from({ length: 1000 }, (_, index) => at(index))
  const text = renderCheck({ ...checkView, pairs }, plainPage)
  assertFits(text)
  assert.equal(text.match(/^c\d+$/gm)?.length, 20)
  assert.match(text, /^c39$/m)
  assert.match(text, /^980 pairs not shown, 5 of them cannot be used; --verbose and --json show all\.$/m)
  const verbose = renderCheck({ ...checkView, pairs }, { ...plainPage, verbose: true })
  assert.equal(verbose.match(/^c\d+$/gm)?.length, 1000)
  const good = renderCheck({ ...checkView, pairs: pairs.filter((_, index) => index % 40 !== 39) }, plainPage)
  assert.match(good, /pairs not shown, nothing is in their way/)
})
