// Values for the tests of the reporters: runs that went well, badly, and over hostile servers.
import { sizeBars } from '../../src/core/bars.ts'
import { MailhaulError } from '../../src/core/errors.ts'
import type { PairSummary } from '../../src/core/events.ts'
import type { RunFigures } from '../../src/core/figures.ts'
import { type Key, keyFromBytes } from '../../src/core/message.ts'
import { freshOf, type Outcome, type OutcomeKind, outcomeOf, type Tally, tallyOf } from '../../src/core/outcome.ts'
import { noRemoval } from '../../src/core/removal.ts'

/** 2026-03-01 14:05 UTC. */
export const sampleTime = Date.UTC(2026, 2, 1, 14, 5)

/** Text as an attacker would send it: terminal commands, line ends, reversed writing. */
export const hostileText = 'a\x1b]0;owned\x07\x1b[2Jb\r\nroot: 0 failed\u202egnp.exe\u2028c\x9b31m'

/** Ten million characters on one line. */
export const endlessText = 'x'.repeat(10_000_000)

/** A key made of characters. */
export function keyOf(text: string): Key {
  return keyFromBytes(Buffer.from(text, 'latin1'))
}

/** So many outcomes of one kind, with keys counted up. */
export function outcomes(kind: OutcomeKind, count: number, size: number, more: Partial<Outcome> = {}): Outcome[] {
  return Array.from({ length: count }, (_, index) =>
    outcomeOf(kind, { key: keyOf(`${kind}-${String(index + 1).padStart(4, '0')}`), size }, more),
  )
}

/** A summary whose tally and exceptions follow from its outcomes; 2,000 copied messages unless told otherwise. */
export function summaryOf(all: readonly Outcome[], more: Partial<PairSummary> = {}): PairSummary {
  const tally: Tally = tallyOf(all)
  const bytes = all.reduce((sum, outcome) => sum + outcome.size, 0)
  return {
    pair: 'alice',
    run: 7,
    listed: { count: all.length, bytes },
    tally,
    fresh: tallyOf(freshOf(all)),
    exceptions: all.filter(({ kind }) => kind !== 'copied' && kind !== 'already-there'),
    dateRules: { received: tally.copied.count, date: 0, listing: 0 },
    bytesFetched: tally.copied.bytes,
    bytesAppended: tally.copied.bytes,
    removal: noRemoval,
    warnings: [],
    window: undefined,
    startedAt: sampleTime,
    milliseconds: 243_000,
    error: undefined,
    figures: sampleFigures(all),
    exitCode: 0,
    ...more,
  }
}

function sampleFigures(all: readonly Outcome[]): RunFigures {
  return {
    timeline: {
      stepMilliseconds: 500,
      messages: [1, 0, 3],
      bytesFetched: [1000, 500, 0],
      bytesAppended: [900, 0, 600],
    },
    retries: [],
    reconnects: 0,
    settled: { found: 0, missing: 0 },
    verdicts: undefined,
    rewrites: [],
    sizes: sizeBars(all.map(({ size }) => size)),
    years: [],
  }
}

/** A refused login, with what lies behind it. */
export function loginRefused(): MailhaulError {
  return new MailhaulError({
    code: 'auth',
    scope: 'pair',
    retry: 'never',
    message: 'pop.old.example refused the login of carol@old.example.',
    hint: 'Check the password: mailhaul secret set carol source.',
    cause: new Error('server answered -ERR [AUTH] Authentication failed', { cause: new Error('RFC 3206') }),
  })
}

/** A run that went well: most messages new, some known, two left out. */
export function goodSummary(): PairSummary {
  const all = [
    ...outcomes('copied', 1198, 37_800),
    ...outcomes('already-there', 800, 37_600),
    ...outcomes('filtered', 2, 60_000_000, { reason: 'larger than 50 MB' }),
  ]
  const dateRules = { received: 1190, date: 7, listing: 1 }
  return summaryOf(all, {
    dateRules,
    listed: { count: 2000, bytes: 195_364_000 },
    removal: { removed: 12, toConfirm: 4, kept: [] },
  })
}

/** A run in which every kind of outcome happened. */
export function mixedSummary(): PairSummary {
  const all = [
    ...outcomes('copied', 500, 21_000),
    ...outcomes('already-there', 40, 21_000),
    ...outcomes('adopted', 3, 21_000),
    ...outcomes('duplicate', 2, 9_000, { reason: 'identical to another message of this mailbox' }),
    ...outcomes('filtered', 1, 60_000_000, { reason: 'larger than 50 MB' }),
    ...outcomes('too-big', 1, 82_100_000, { reason: 'larger than the 35.7 MB that the destination takes' }),
    ...outcomes('rejected', 22, 4_200, { reason: 'the destination said: Message contains NUL characters' }),
    ...outcomes('vanished', 1, 900),
    ...outcomes('empty', 1, 0),
    ...outcomes('failed', 2, 31_000, {
      reason: 'the connection was lost four times at this message',
      code: 'disconnected',
    }),
    ...outcomes('pending', 7, 21_000),
  ]
  const warnings = ['The source sends LF where CRLF belongs: sizes differ from what it lists.']
  return summaryOf(all, { pair: 'bob', exitCode: 3, warnings, milliseconds: 61_500 })
}

/** A run that ended at the login. */
export function refusedSummary(): PairSummary {
  return summaryOf([], { pair: 'carol', milliseconds: 800, error: loginRefused(), exitCode: 4 })
}
