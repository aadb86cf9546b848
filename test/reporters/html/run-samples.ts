// Documents of runs for tests and for the pictures in docs/: a family that moves two old accounts, and many pairs.

import { type OutcomeKind, outcomeKinds, totalOf } from '../../../src/core/outcome.ts'
import type { PairRunDocument, RunDocument, RunException } from '../../../src/documents/run-document.ts'
import type { AmountValue, SizeStep, TallyValue, YearStep } from '../../../src/documents/values.ts'

/** A tally in which only these outcomes are not zero. */
export function tally(of: Partial<Record<OutcomeKind, AmountValue>>): TallyValue {
  const none = { count: 0, bytes: 0 }
  return Object.fromEntries(outcomeKinds.map((kind) => [kind, of[kind] ?? none])) as TallyValue
}

/** Shares of a whole, in whole numbers that add up to it. */
export function shares(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0)
  const parts = weights.map((weight) => Math.floor((total * weight) / sum))
  const rest = total - parts.reduce((all, part) => all + part, 0)
  parts[parts.length - 1] = (parts.at(-1) ?? 0) + rest
  return parts
}

/** Mail by year as families have it: a few letters at first, photographs later, then newsletters. */
export function years(first: number, last: number, { count, bytes }: AmountValue): YearStep[] {
  const steps = Array.from({ length: last - first + 1 }, (_, at) => at)
  const lively = [0.2, 0.45, 0.8, 1, 1.35, 1.7, 1.5, 1.9, 2.4, 2.2, 1.8, 1.4, 1.55, 2.1, 1.2, 0.9, 0.8, 0.65, 0.5, 0.35]
  const counts = shares(
    count,
    steps.map((at) => lively[at % lively.length] ?? 1),
  )
  const octets = shares(
    bytes,
    steps.map((at) => (lively[at % lively.length] ?? 1) * (0.3 + at * 0.14)),
  )
  return steps.map((at) => ({ year: first + at, count: counts[at] ?? 0, bytes: octets[at] ?? 0 }))
}

/** Sizes as mail has them: most is small, and most of the octets are in what is large. */
export function sizes({ count, bytes }: AmountValue): SizeStep[] {
  const counts = shares(count, [38, 34, 17, 8.4, 2.5, 0.1])
  const octets = shares(bytes, [1, 7, 14, 29, 41, 8])
  const bounds = [10_000, 50_000, 250_000, 1_000_000, 10_000_000, null]
  return bounds.map((upTo, at) => ({ upTo, count: counts[at] ?? 0, bytes: octets[at] ?? 0 }))
}

/** A pair's part of a run in which nothing special happened. */
export function pairRun(pair: string, of: Partial<PairRunDocument> = {}): PairRunDocument {
  const outcomes = of.outcomes ?? tally({ copied: { count: 120, bytes: 2_524_440 } })
  const { count, bytes } = totalOf(outcomes)
  const { copied } = outcomes
  const milliseconds = of.milliseconds ?? 4200
  return {
    pair,
    run: 41,
    exitCode: 0,
    startedAt: '2026-05-14T18:02:11.000Z',
    milliseconds,
    listed: { count, bytes },
    outcomes,
    addsUp: true,
    bytesFetched: copied.bytes,
    bytesAppended: copied.bytes,
    timeline: timeline(copied, milliseconds),
    retries: [],
    reconnects: 0,
    settled: { found: 0, missing: 0 },
    verdicts: null,
    rewrites: [],
    removed: 0,
    removalsToConfirm: 0,
    keptThoughDue: [],
    dateRules: { received: copied.count, date: 0, listing: 0 },
    sizes: sizes({ count, bytes }),
    years: copied.count > 0 ? years(2007, 2026, copied) : [],
    error: null,
    warnings: [],
    window: null,
    exceptions: [],
    unlisted: [],
    ...of,
  }
}

/** A run over these pairs, added up. */
export function runOf(pairs: readonly PairRunDocument[], of: Partial<RunDocument> = {}): RunDocument {
  const listed = { count: 0, bytes: 0 }
  const outcomes = tally({})
  for (const pair of pairs) {
    listed.count += pair.listed.count
    listed.bytes += pair.listed.bytes
    for (const kind of outcomeKinds) {
      const before = outcomes[kind]
      const more = pair.outcomes[kind]
      outcomes[kind] = { count: before.count + more.count, bytes: before.bytes + more.bytes }
    }
  }
  return {
    mailhaul: '0.1.0',
    format: 1,
    kind: 'sync',
    run: 41,
    exitCode: 0,
    startedAt: '2026-05-14T18:02:11.000Z',
    milliseconds: Math.max(0, ...pairs.map(({ milliseconds }) => milliseconds)),
    total: { listed, outcomes },
    pairs: [...pairs],
    ...of,
  }
}

/** A message that did not make it. */
export function exception(outcome: OutcomeKind, key: string, of: Partial<RunException> = {}): RunException {
  const nothing = {
    reason: null,
    code: null,
    remedy: null,
    folder: null,
    placed: null,
    dateRule: null,
    kept: null,
    carried: false,
  }
  return { outcome, key, keyBase64: null, bytes: 21_037, ...nothing, ...of }
}

// A line that warms up, is steady, and breaks once.
function timeline({ count, bytes }: AmountValue, milliseconds: number): PairRunDocument['timeline'] {
  const steps = Math.max(1, Math.min(80, Math.floor(milliseconds / 1000)))
  const wave = Array.from({ length: steps }, (_, at) => {
    const warm = Math.min(1, (at + 1) / (steps * 0.12))
    const broken = Math.abs(at - steps * 0.62) < 1.6 ? 0.08 : 1
    return warm * broken * (1 + 0.18 * Math.sin(at * 0.9) + 0.12 * Math.sin(at * 2.3 + 1))
  })
  const heavy = wave.map((value, at) => value * (0.7 + (0.6 * at) / steps))
  const octets = shares(bytes, heavy)
  return {
    stepMilliseconds: Math.ceil(milliseconds / steps),
    messages: shares(count, wave),
    bytesFetched: octets,
    bytesAppended: octets,
  }
}

const large = {
  code: 'too-big',
  reason: 'The destination takes messages up to 35.7 MB.',
  remedy:
    'Have the limit of the destination raised, then run mailhaul sync --retry-failed; or save it from the source by hand.',
}

/** The pictures in docs/: a grandmother's and a grandson's old account, moved in one evening. */
export const family = runOf(
  [
    pairRun('marta', {
      run: 41,
      exitCode: 3,
      milliseconds: 1_384_000,
      outcomes: tally({
        copied: { count: 14_803, bytes: 3_121_400_000 },
        'already-there': { count: 412, bytes: 38_900_000 },
        duplicate: { count: 37, bytes: 4_120_000 },
        'too-big': { count: 3, bytes: 128_400_000 },
        rejected: { count: 1, bytes: 48_213 },
      }),
      retries: [
        {
          code: 'disconnected',
          message: 'The source closed the connection in the middle of a message.',
          count: 2,
          waitedMilliseconds: 6200,
        },
        {
          code: 'temporary',
          message: 'The destination asked for a short break: [UNAVAILABLE] Try again later',
          count: 1,
          waitedMilliseconds: 15_000,
        },
      ],
      reconnects: 2,
      settled: { found: 49, missing: 1 },
      verdicts: { identical: 200, canonicalEqual: 0, different: 0 },
      dateRules: { received: 14_611, date: 188, listing: 4 },
      exceptions: [
        exception('too-big', '0000a41c4ad3f6be', { ...large, bytes: 43_190_211, folder: 'INBOX' }),
        exception('too-big', '0000b02e4ad3f6be', { ...large, bytes: 43_802_377, folder: 'INBOX' }),
        exception('too-big', '0000b6694ad3f6be', { ...large, bytes: 41_407_412, folder: 'INBOX' }),
        exception('rejected', '000019f84ad3f6be', {
          bytes: 48_213,
          code: 'nul',
          reason: 'The destination refused the message: Message contains NUL characters',
          remedy:
            'Allow the repair (destination: repair: [nul]), which changes these bytes and nothing else; then run mailhaul sync --retry-failed.',
          folder: 'INBOX',
          kept: 'quarantine/marta/000019f84ad3f6be.eml',
        }),
        ...Array.from({ length: 37 }, (_, at) =>
          exception('duplicate', `00003${at}d24ad3f6be`, {
            bytes: at === 36 ? 111_352 + 4_120_000 - 37 * 111_352 : 111_352,
            reason: 'its bytes are those of another message of the source',
          }),
        ),
      ],
    }),
    pairRun('jonas', {
      run: 42,
      milliseconds: 512_000,
      startedAt: '2026-05-14T18:02:12.000Z',
      outcomes: tally({
        copied: { count: 6118, bytes: 1_204_700_000 },
        adopted: { count: 85, bytes: 9_310_000 },
        filtered: { count: 240, bytes: 2_930_000 },
      }),
      verdicts: { identical: 198, canonicalEqual: 2, different: 0 },
      rewrites: [{ rule: 'line ends', count: 2 }],
      dateRules: { received: 6090, date: 28, listing: 0 },
      years: years(2013, 2026, { count: 6118, bytes: 1_204_700_000 }),
      exceptions: Array.from({ length: 240 }, (_, at) =>
        exception('filtered', `UID${at + 3}-1367842`, {
          bytes: at === 239 ? 12_208 + 2_930_000 - 240 * 12_208 : 12_208,
          reason: 'older than 2013-01-01 (select.since)',
        }),
      ),
    }),
  ],
  { exitCode: 3, milliseconds: 1_384_000 },
)

/** So many pairs of a provider, a few of which failed, did not finish, or left something behind. */
export function fleet(count: number): RunDocument {
  const pairs = Array.from({ length: count }, (_, at) => {
    const name = `customer-${String(at + 1).padStart(4, '0')}`
    if (at % 40 === 3) return refusedPair(name)
    if (at % 60 === 7) return pairRun(name, unfinished)
    if (at % 25 === 11)
      return pairRun(name, {
        exitCode: 3,
        outcomes: withTooBig,
        exceptions: [exception('too-big', `00${at}`, { ...large, bytes: 43_190_211 })],
      })
    return pairRun(name, { outcomes: tally({ copied: { count: 80 + (at % 17) * 9, bytes: 1_800_000 + at * 10_000 } }) })
  })
  return runOf(pairs, { exitCode: 4, milliseconds: 96_000 })
}

const withTooBig = tally({ copied: { count: 211, bytes: 4_812_000 }, 'too-big': { count: 1, bytes: 43_190_211 } })

const unfinished: Partial<PairRunDocument> = {
  exitCode: 6,
  outcomes: tally({ copied: { count: 300, bytes: 498_200_000 }, pending: { count: 612, bytes: 1_031_000_000 } }),
  error: {
    code: 'throttled',
    message: 'The daily budget of 500 MB is used up: it goes on at 2026-05-15 00:00 UTC.',
    hint: 'Run the same command again after that, or let mailhaul watch wait for it.',
    scope: 'pair',
    retry: 'later',
    causes: [],
  },
}

/** A pair that was not let in. */
function refusedPair(name: string): PairRunDocument {
  return pairRun(name, {
    run: null,
    exitCode: 4,
    milliseconds: 900,
    outcomes: tally({}),
    sizes: [],
    error: {
      code: 'auth',
      message: 'The source refused the login: [AUTH] Invalid login or password.',
      hint: 'Type the password again: mailhaul secret set PAIR source. Some providers want an app password here.',
      scope: 'pair',
      retry: 'never',
      causes: ['-ERR [AUTH] Invalid login or password.'],
    },
  })
}
