// Documents of plans for tests and for the pictures in docs/: a family that moves two old accounts, and many pairs.
import type { PlanDocument, PlanPairDocument } from '../../../src/documents/plan-document.ts'
import type { AmountValue } from '../../../src/documents/values.ts'
import { sizes, years } from './run-samples.ts'

const none: AmountValue = { count: 0, bytes: 0 }

/** A pair's plan in which nothing special stands: all of it goes to INBOX. */
export function pairPlan(pair: string, of: Partial<PlanPairDocument> = {}): PlanPairDocument {
  const total = of.total ?? { copy: { count: 120, bytes: 2_524_440 }, compare: none, left: none, tooBig: none }
  const parts = Object.values(total)
  const count = parts.reduce((sum, part) => sum + part.count, 0)
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  return {
    pair,
    listed: { count, bytes },
    total,
    addsUp: true,
    folders: [{ folder: 'INBOX', exists: true, copy: total.copy, compare: total.compare }],
    left: [],
    appendLimit: 35_700_000,
    quota: null,
    fits: null,
    removal: null,
    sizes: sizes({ count, bytes }),
    years: null,
    datesRead: 0,
    estimate: { low: 4, likely: 6, high: 12, days: 1, basis: [] },
    risks: [],
    notes: [],
    error: null,
    messages: null,
    ...of,
  }
}

/** A plan of these pairs. */
export function planOf(pairs: readonly PlanPairDocument[], of: Partial<PlanDocument> = {}): PlanDocument {
  return {
    mailhaul: '0.1.0',
    format: 1,
    kind: 'plan',
    exitCode: 0,
    madeAt: '2026-05-14T16:47:05.000Z',
    next: 'mailhaul sync',
    commands: [
      { command: 'mailhaul sync', purpose: 'do it, exactly as planned' },
      { command: 'mailhaul verify --deep', purpose: 're-read every message and compare' },
      { command: 'mailhaul status', purpose: 'what has been settled, and what has not' },
    ],
    pairs: [...pairs],
    ...of,
  }
}

/** The pictures in docs/: a grandmother's and a grandson's old account, before they move. */
export const familyPlan = planOf([
  pairPlan('marta', {
    total: {
      copy: { count: 14_804, bytes: 3_121_448_213 },
      compare: none,
      left: { count: 449, bytes: 43_020_000 },
      tooBig: { count: 3, bytes: 128_400_000 },
    },
    folders: [
      { folder: 'INBOX', exists: true, copy: { count: 3120, bytes: 812_300_000 }, compare: none },
      { folder: 'Archive/2007–2012', exists: false, copy: { count: 4688, bytes: 402_148_213 }, compare: none },
      { folder: 'Archive/2013–2024', exists: false, copy: { count: 6410, bytes: 1_820_000_000 }, compare: none },
      { folder: 'Choir', exists: false, copy: { count: 586, bytes: 87_000_000 }, compare: none },
    ],
    left: [
      { outcome: 'already-there', reason: null, count: 412, bytes: 38_900_000 },
      {
        outcome: 'duplicate',
        reason: 'its bytes are those of another message of the source',
        count: 37,
        bytes: 4_120_000,
      },
    ],
    quota: { used: 1_160_000_000, limit: 15_000_000_000 },
    fits: true,
    estimate: {
      low: 1080,
      likely: 1400,
      high: 2650,
      days: 1,
      basis: [
        'A round trip takes 22 ms to the source and 31 ms to the destination, as measured now.',
        'The destination takes many messages per command, over up to 3 connections: servers store 200 to 4,000 a second so. Nothing is written to find out how fast this one is, hence the range.',
        'The source is the slower end.',
      ],
    },
    years: years(2007, 2026, { count: 14_804, bytes: 3_121_448_213 }),
    datesRead: 1000,
    risks: [
      {
        code: 'no-pipelining',
        severity: 'note',
        text: 'No pipelining: messages are fetched one at a time, each after a round trip.',
        advice: null,
      },
    ],
  }),
  pairPlan('jonas', {
    total: {
      copy: { count: 6118, bytes: 1_204_700_000 },
      compare: { count: 85, bytes: 9_310_000 },
      left: { count: 240, bytes: 2_930_000 },
      tooBig: none,
    },
    folders: [
      {
        folder: 'INBOX',
        exists: true,
        copy: { count: 6118, bytes: 1_204_700_000 },
        compare: { count: 85, bytes: 9_310_000 },
      },
    ],
    left: [{ outcome: 'filtered', reason: 'older than 2013-01-01 (select.since)', count: 240, bytes: 2_930_000 }],
    quota: { used: 420_000_000, limit: 15_000_000_000 },
    fits: true,
    estimate: {
      low: 380,
      likely: 520,
      high: 940,
      days: 1,
      basis: ['The last run that moved enough to tell moved 12 messages a second, 2.3 MB/s.'],
    },
    years: years(2013, 2026, { count: 6203, bytes: 1_214_010_000 }),
    datesRead: 1000,
    risks: [
      {
        code: 'certificate-expires',
        severity: 'warning',
        text: 'The certificate of pop.altepost.example expires in 9 days.',
        advice: 'Whoever runs the server has to renew it: from that day on logins fail. Move before, or ask them.',
      },
    ],
  }),
])

/** So many pairs of a provider, a few of which cannot be planned, do not fit, or have something to know. */
export function fleetPlan(count: number): PlanDocument {
  const pairs = Array.from({ length: count }, (_, at) => {
    const name = `customer-${String(at + 1).padStart(4, '0')}`
    if (at % 40 === 3) return pairPlan(name, unplanned)
    if (at % 50 === 9) return pairPlan(name, { fits: false, quota: { used: 998_000_000, limit: 1_000_000_000 } })
    if (at % 7 === 5) return pairPlan(name, { risks: [partial] })
    return pairPlan(name)
  })
  return planOf(pairs, { exitCode: 4 })
}

const partial = {
  code: 'window' as const,
  severity: 'warning' as const,
  text: 'pop.provider.example may show only a part of the mailbox in one session.',
  advice: 'Set the account to offer all mail over POP, then plan again.',
}

const unplanned: Partial<PlanPairDocument> = {
  total: { copy: none, compare: none, left: none, tooBig: none },
  folders: [],
  sizes: [],
  estimate: null,
  error: {
    code: 'auth',
    message: 'The source refused the login: [AUTH] Invalid login or password.',
    hint: 'Type the password again: mailhaul secret set PAIR source.',
    scope: 'pair',
    retry: 'never',
    causes: [],
  },
}
