// Views for the tests of plan, check, verify, status and of their JSON documents.
import { MailhaulError } from '../../src/core/errors.ts'
import { outcomeOf } from '../../src/core/outcome.ts'
import { certificateRisk, quotaRisk, sortedOut } from '../../src/core/risks.ts'
import type { CheckView } from '../../src/reporters/check-view.ts'
import type { PlanPair, PlanView } from '../../src/reporters/plan-view.ts'
import type { StatusView } from '../../src/reporters/status-view.ts'
import type { VerifyPair, VerifyView } from '../../src/reporters/verify-view.ts'
import { hostileText, keyOf, loginRefused, sampleTime } from './samples.ts'

/** A dry run of one pair: two folders, messages left for several reasons, two too big. */
export const planPair: PlanPair = {
  pair: 'alice',
  listed: { count: 2000, bytes: 277_500_000 },
  folders: [
    {
      folder: 'INBOX',
      exists: true,
      copy: { count: 900, bytes: 40_000_000 },
      compare: { count: 12, bytes: 1_200_000 },
    },
    { folder: 'Archive/2024', exists: false, copy: { count: 298, bytes: 5_300_000 }, compare: { count: 0, bytes: 0 } },
  ],
  left: [
    { outcome: 'already-there', reason: undefined, amount: { count: 780, bytes: 28_000_000 } },
    { outcome: 'filtered', reason: 'larger than 50 MB', amount: { count: 2, bytes: 120_000_000 } },
    { outcome: 'filtered', reason: 'older than 2015-01-01', amount: { count: 6, bytes: 900_000 } },
  ],
  tooBig: { count: 2, bytes: 82_100_000, limit: 35_651_584 },
  appendLimit: 35_651_584,
  quota: { used: 1_800_000_000, limit: 5_000_000_000 },
  fits: true,
  sizes: [
    { upTo: 5_000, count: 900, bytes: 3_000_000 },
    { upTo: 20_000, count: 600, bytes: 7_500_000 },
    { upTo: 100_000, count: 400, bytes: 16_000_000 },
    { upTo: 500_000, count: 80, bytes: 17_000_000 },
    { upTo: 2_000_000, count: 14, bytes: 16_000_000 },
    { upTo: 10_000_000, count: 2, bytes: 15_900_000 },
    { upTo: 50_000_000, count: 2, bytes: 82_100_000 },
    { upTo: undefined, count: 2, bytes: 120_000_000 },
  ],
  years: [
    { year: 2015, count: 302, bytes: 9_300_000 },
    { year: 2016, count: 0, bytes: 0 },
    { year: 2017, count: 895, bytes: 37_000_000 },
    { year: undefined, count: 13, bytes: 200_000 },
  ],
  datesRead: 96,
  estimate: {
    low: 1.2,
    likely: 4.4,
    high: 31,
    days: 1,
    basis: ['A round trip takes 21 ms to the source and 34 ms to the destination, as measured now.'],
  },
  risks: [
    certificateRisk('pop.old.example', sampleTime + 12.5 * 86_400_000, sampleTime),
    ...sortedOut(['The server takes one message per command (no MULTIAPPEND).']).risks,
  ].filter((one) => one !== undefined),
  notes: ['The source gives every message a new name after it has been moved: the bytes are compared instead.'],
  error: undefined,
}

/** One pair that can be planned. */
export const planView: PlanView = {
  pairs: [planPair],
  madeAt: sampleTime,
  commands: [
    { command: 'mailhaul sync alice', purpose: 'do it, exactly as planned' },
    { command: 'mailhaul verify --deep alice', purpose: 're-read every message and compare' },
  ],
  next: 'mailhaul sync alice',
  exitCode: 0,
}

/** Three pairs: one as above, one that does not fit and is too full, one that cannot be asked. */
export const planViewOfSeveral: PlanView = {
  pairs: [
    planPair,
    {
      ...planPair,
      pair: 'bob',
      listed: { count: 40_000, bytes: 3_400_000_000 },
      folders: [
        {
          folder: 'Projects/A folder with a very long name that somebody once thought was a good idea',
          exists: false,
          copy: { count: 40_000, bytes: 3_400_000_000 },
          compare: { count: 0, bytes: 0 },
        },
      ],
      left: [],
      tooBig: undefined,
      fits: false,
      years: undefined,
      datesRead: 0,
      estimate: { low: 3600, likely: 7200, high: 40_000, days: 8, basis: [] },
      risks: [quotaRisk(3_400_000_000, 3_200_000_000)].filter((one) => one !== undefined),
      notes: [],
    },
    {
      pair: 'carol',
      listed: { count: 0, bytes: 0 },
      folders: [],
      left: [],
      tooBig: undefined,
      ...{ appendLimit: undefined, quota: undefined, fits: undefined, sizes: [], years: undefined, datesRead: 0 },
      ...{ estimate: undefined, risks: [], notes: [] },
      error: loginRefused(),
    },
  ],
  madeAt: sampleTime,
  commands: [{ command: 'mailhaul check carol', purpose: 'find out why there is no plan' }],
  next: 'mailhaul sync',
  exitCode: 4,
}

/** One pair with an entry for each listed message. */
export const planViewWithEntries: PlanView = {
  pairs: [
    {
      ...planPair,
      listed: { count: 2, bytes: 30 },
      folders: [{ folder: 'INBOX', exists: true, copy: { count: 1, bytes: 10 }, compare: { count: 0, bytes: 0 } }],
      left: [{ outcome: 'filtered', reason: 'larger than 15 B', amount: { count: 1, bytes: 20 } }],
      tooBig: undefined,
      entries: [
        { action: 'fetch', listed: { number: 1, key: keyOf('uid-1'), size: 10 }, why: 'new', folder: 'INBOX' },
        {
          action: 'none',
          listed: { number: 2, key: keyOf('a b\xe9'), size: 20 },
          outcome: outcomeOf('filtered', { key: keyOf('a b\xe9'), size: 20 }, { reason: 'larger than 15 B' }),
        },
      ],
    },
  ],
  madeAt: sampleTime,
  commands: [],
  next: 'mailhaul sync alice',
  exitCode: 0,
}

const capabilities =
  'IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT THREAD=REFERENCES MULTIAPPEND URL-PARTIAL CATENATE UNSELECT ' +
  'CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED CONDSTORE QRESYNC ESEARCH SEARCHRES LITERAL+ NOTIFY SPECIAL-USE QUOTA'

/** Two pairs: one that is ready, one with an old certificate, a plain connection and a refused login. */
export const checkView: CheckView = {
  pairs: [
    {
      pair: 'alice',
      source: {
        host: 'pop.old.example',
        port: 995,
        tls: {
          protocol: 'TLSv1.3',
          cipher: 'TLS_AES_256_GCM_SHA384',
          subject: 'pop.old.example',
          validTo: sampleTime + 61.5 * 86_400_000,
        },
        error: undefined,
        capabilities: ['TOP', 'UIDL', 'PIPELINING', 'RESP-CODES'],
        holds: { count: 2000, bytes: 277_500_000 },
        notes: [],
      },
      destination: {
        host: 'imap.new.example',
        port: 993,
        tls: {
          protocol: 'TLSv1.2',
          cipher: 'ECDHE-RSA-AES128-GCM-SHA256',
          subject: '*.new.example',
          validTo: sampleTime + 5 * 86_400_000,
        },
        error: undefined,
        capabilities: capabilities.split(' '),
        holds: { count: 12, bytes: undefined },
        notes: ['The folder Archive does not exist and will be created.'],
        folder: 'Archive/{year}',
        upload: 'MULTIAPPEND, LITERAL+, 2 connections',
        appendLimit: 35_651_584,
        quota: { used: 1_800_000_000, limit: 5_000_000_000 },
      },
    },
    {
      pair: 'carol',
      source: {
        host: 'pop.old.example',
        port: 995,
        tls: undefined,
        error: loginRefused(),
        capabilities: [],
        holds: undefined,
        notes: [],
      },
      destination: {
        host: '127.0.0.1',
        port: 143,
        tls: undefined,
        error: undefined,
        capabilities: ['IMAP4rev1'],
        holds: { count: 1, bytes: 33 },
        notes: [],
        folder: 'INBOX',
        upload: undefined,
        appendLimit: undefined,
        quota: undefined,
      },
    },
  ],
  checkedAt: sampleTime,
  next: 'mailhaul plan',
  exitCode: 4,
}

/** A pair of which everything was found. */
export const verifiedPair: VerifyPair = {
  pair: 'alice',
  settled: 1998,
  found: 1998,
  moved: 0,
  missing: 0,
  sizeDiffers: 0,
  deep: undefined,
  atSource: undefined,
  nameless: 0,
  notSettled: 0,
  problems: [],
  error: undefined,
}

/** Pairs found well, found well byte by byte, tidied up by their owner, found wanting, and not reached. */
export const verifyView: VerifyView = {
  pairs: [
    verifiedPair,
    {
      ...verifiedPair,
      pair: 'anna',
      deep: {
        identical: 1990,
        canonicalEqual: 8,
        rules: { 'line ends': 5, '8-bit headers': 1 },
        different: 0,
        missing: 0,
      },
      atSource: { identical: 1500, canonicalEqual: 0, different: 0, unread: 0, gone: 498 },
    },
    { ...verifiedPair, pair: 'arno', found: 1990, moved: 8 },
    {
      ...verifiedPair,
      pair: 'bob',
      found: 1990,
      moved: 1,
      missing: 5,
      sizeDiffers: 2,
      notSettled: 1,
      deep: { identical: 1988, canonicalEqual: 0, rules: {}, different: 1, missing: 1 },
      atSource: { identical: 1994, canonicalEqual: 1, different: 2, unread: 1, gone: 0 },
      problems: [
        { key: keyOf('000000046b032d86'), size: 4200, text: 'Old/2019 does not exist' },
        { key: keyOf('000000056b032d86'), size: 4300, text: 'Old/2019 does not exist' },
        { key: undefined, size: 900, text: 'listed by the source, not moved yet' },
        { key: keyOf('k'.repeat(90)), size: 82_100_000, text: 'INBOX, UID 17: other bytes than were sent' },
      ],
    },
    { ...verifiedPair, pair: 'carol', settled: 0, found: 0, error: loginRefused() },
  ],
  exitCode: 4,
}

/** Pairs in all states: busy, clean, never run. */
export const statusView: StatusView = {
  pairs: [
    {
      pair: 'alice',
      lastRun: sampleTime,
      end: 'connection',
      settled: { count: 1998, bytes: 75_100_000 },
      pending: { count: 3, bytes: 1_200_000 },
      failed: [
        { outcome: 'failed', reason: 'the connection was lost at this message', amount: { count: 1, bytes: 31_000 } },
      ],
      leftOut: [
        { outcome: 'rejected', reason: 'Message contains NUL characters', amount: { count: 2, bytes: 8_400 } },
        { outcome: 'filtered', reason: undefined, amount: { count: 6, bytes: 120_000_000 } },
      ],
      messages: [
        {
          key: keyOf('000000046b032d86'),
          size: 31_000,
          outcome: 'failed',
          reason: 'the connection was lost at this message',
          attempts: 3,
          changedAt: sampleTime,
        },
        {
          key: keyOf('with blanks \xe9'),
          size: 4_200,
          outcome: 'rejected',
          reason: 'Message contains NUL characters',
          attempts: 1,
          changedAt: sampleTime,
        },
        {
          key: keyOf('000000056b032d86'),
          size: 20_000_000,
          outcome: 'filtered',
          reason: undefined,
          attempts: 0,
          changedAt: sampleTime,
        },
      ],
    },
    {
      pair: 'bob',
      lastRun: sampleTime,
      end: 'done',
      settled: { count: 10, bytes: 10_000 },
      pending: { count: 0, bytes: 0 },
      failed: [],
      leftOut: [],
      messages: [],
    },
    {
      pair: 'never',
      lastRun: undefined,
      end: undefined,
      settled: { count: 0, bytes: 0 },
      pending: { count: 0, bytes: 0 },
      failed: [],
      leftOut: [],
      messages: [],
    },
    {
      pair: 'refused',
      lastRun: undefined,
      end: 'auth',
      settled: { count: 0, bytes: 0 },
      pending: { count: 0, bytes: 0 },
      failed: [],
      leftOut: [],
      messages: [],
    },
  ],
  exitCode: 3,
}

/** An error made of hostile text. */
export function hostileError(): MailhaulError {
  const cause = new Error(hostileText)
  return new MailhaulError({
    code: 'tls',
    scope: 'pair',
    retry: 'never',
    message: hostileText,
    hint: hostileText,
    cause,
  })
}
