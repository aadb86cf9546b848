// What verify found, as people read it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isVerified, renderVerify, type VerifyPair } from '../../src/reporters/verify-view.ts'
import { matchesGolden } from '../golden.ts'
import { assertColours, assertFits, plainPage } from './fit.ts'
import { hostileText, keyOf } from './samples.ts'
import { hostileError, verifiedPair, verifyView } from './view-samples.ts'

test('pairs found well, byte by byte, tidied up, wanting, and not reached', () => {
  const text = renderVerify(verifyView, plainPage)
  assertFits(text)
  matchesGolden('reporters/verify.txt', text)
})

test('verified is only what leaves no doubt; what the owner moved is the owner’s business', () => {
  const deep = { identical: 1998, canonicalEqual: 0, rules: {}, different: 0, missing: 0 }
  const cases: [Partial<VerifyPair>, boolean][] = [
    [{}, true],
    [{ found: 1990, moved: 8 }, true],
    [{ deep }, true],
    [{ found: 1997, missing: 1 }, false],
    [{ found: 1997, sizeDiffers: 1 }, false],
    [{ notSettled: 1 }, false],
    [{ deep: { ...deep, identical: 1997, different: 1 } }, false],
    [{ deep: { ...deep, identical: 1997, missing: 1 } }, false],
    [{ error: hostileError() }, false],
  ]
  for (const [more, expected] of cases) {
    const pair = { ...verifiedPair, ...more }
    assert.equal(isVerified(pair), expected, JSON.stringify(more))
    assert.equal(/^ {2}Verified: /m.test(renderVerify({ pairs: [pair], exitCode: 0 }, plainPage)), expected)
  }
})

test('counts that do not add up are said loudly, never called verified', () => {
  const text = renderVerify({ pairs: [{ ...verifiedPair, found: 1997 }], exitCode: 0 }, plainPage)
  assert.match(text, /THIS DOES NOT ADD UP: 1,998 settled, but 1,997 looked for/)
  assert.doesNotMatch(text, /Verified/)
})

test('hostile keys, problems and errors', () => {
  const problems = [{ key: keyOf('\x1b[2J'.repeat(40)), size: 1, text: hostileText }]
  const pairs = [
    { ...verifiedPair, pair: hostileText, problems },
    { ...verifiedPair, pair: hostileText, error: hostileError() },
  ]
  assertFits(renderVerify({ pairs, exitCode: 1 }, { ...plainPage, verbose: true }))
})

test('colours change nothing but colours', () => {
  assertColours((options) => renderVerify(verifyView, options))
})
