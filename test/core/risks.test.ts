// The table of risks: every sentence in it is one that is really said, and none is said twice.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  certificateRisk,
  loginHeldRisk,
  quotaRisk,
  riskCodes,
  riskEntry,
  sameMailboxRisk,
  sortedOut,
  worstFirst,
} from '../../src/core/risks.ts'
import { recogniseNotes } from '../../src/engine/preview-parts.ts'

const src = join(import.meta.dirname, '../../src')
const day = 86_400_000

test('what the table recognises is said somewhere', () => {
  const said = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && file !== 'core/risks.ts')
    .map((file) => readFileSync(join(src, file), 'utf8'))
    // Long sentences are written over several lines.
    .join('\n')
    .replace(/['`] \+\n\s*['`]/g, '')
  const unsaid = riskCodes.filter((code) => {
    const words = riskEntry(code).said
    return words !== undefined && !said.includes(words) && code !== 'no-top'
  })
  assert.deepEqual(unsaid, [])
})

test('sentences become risks or stay notes, each once, in their order', () => {
  const sentences = ['Something else.', 'The server takes one message per command (no MULTIAPPEND).', 'Something else.']
  const { risks, notes } = sortedOut(sentences)
  assert.deepEqual(risks, [{ code: 'no-multiappend', severity: 'note', text: sentences[1], advice: undefined }])
  assert.deepEqual(notes, ['Something else.'])
})

const certificates: readonly [left: number, text: string | undefined, severity?: string][] = [
  [400 * day, undefined],
  [30 * day, undefined],
  [30 * day - 1, 'The certificate of h expires in 29 days.', 'warning'],
  [7 * day, 'The certificate of h expires in 7 days.', 'warning'],
  [6.9 * day, 'The certificate of h expires in 6 days.', 'problem'],
  [1.5 * day, 'The certificate of h expires in 1 day.', 'problem'],
  [0, 'The certificate of h expires within a day.', 'problem'],
  [-1, 'The certificate of h has expired.', 'problem'],
  [Number.NaN, undefined],
]

for (const [left, text, severity] of certificates) {
  test(`a certificate with ${left / day} days left`, () => {
    const found = certificateRisk('h', 1e12 + left, 1e12)
    assert.deepEqual([found?.text, found?.severity], [text, severity])
  })
}

test('room: exactly enough, one octet too little', () => {
  assert.equal(quotaRisk(10, 10), undefined)
  assert.deepEqual([quotaRisk(11, 10)?.code, quotaRisk(11, 10)?.severity], ['quota-too-small', 'problem'])
})

test('one is one, and thousands are grouped', () => {
  assert.match(loginHeldRisk(1, 60_000).text, /^The last run was refused the login/)
  assert.match(loginHeldRisk(3, 60_000).text, /^The last 3 runs were refused the login/)
  assert.match(sameMailboxRisk(3000).text, /each of the 3,000 that/)
  const jobs = (count: number) =>
    Array.from({ length: count }, (): Parameters<typeof recogniseNotes>[0][number] => ({
      action: 'fetch',
      why: 'resized',
      folder: 'INBOX',
      listed: { number: 1, size: 1, key: undefined },
    }))
  assert.deepEqual(recogniseNotes(jobs(1)), [
    '1 message is listed with another size than before: it is fetched and compared.',
  ])
  assert.match(recogniseNotes(jobs(1200)).join(), /^1,200 messages are listed with/)
  for (const count of [1, 2]) assert.equal(sortedOut(recogniseNotes(jobs(count))).risks[0]?.code, 'resized')
})

test('the worst comes first', () => {
  const { risks } = sortedOut(['No pipelining: x', 'The server removes messages after 3 days (EXPIRE).'])
  const all = [...risks, ...[quotaRisk(2, 1)].filter((one) => one !== undefined), sameMailboxRisk(7)]
  assert.deepEqual(
    worstFirst(all).map(({ code }) => code),
    ['quota-too-small', 'source-expires', 'same-mailbox', 'no-pipelining'],
  )
})

test('the page in docs/ has them all, each with how much it matters', () => {
  const page = readFileSync(join(src, '../docs/look-before-you-move.md'), 'utf8')
  const told = [...page.matchAll(/^\| `([\w-]+)` \| (\w+) \|/gm)].map(([, code, severity]) => `${code} ${severity}`)
  assert.deepEqual(
    told,
    riskCodes.map((code) => `${code} ${riskEntry(code).severity}`),
  )
})
