// Views of a watch for tests and for the pictures in docs/: a calm one, one in trouble, and a very large one.
import { outcomeKinds } from '../../src/core/outcome.ts'
import type { WatchedPair, WatchFailure, WatchTotals, WatchView } from '../../src/core/watch.ts'

/** A moment at which all samples are looked at. */
export const now = Date.UTC(2026, 4, 14, 9, 26, 30)

const minute = 60_000

/** What passes have brought about: so many messages, at 21 KB each. */
export function totals(copied = 0, more: Partial<WatchTotals['outcomes']> = {}): WatchTotals {
  const none = Object.fromEntries(outcomeKinds.map((kind) => [kind, 0])) as Record<
    (typeof outcomeKinds)[number],
    number
  >
  const bytes = copied * 21_037
  return { outcomes: { ...none, copied, ...more }, bytesFetched: bytes, bytesAppended: bytes, errors: {} }
}

/** A pair that is in step. */
export function watchedPair(name: string, more: Partial<WatchedPair> = {}): WatchedPair {
  return {
    name,
    sourceHost: 'pop.old.example',
    destinationHost: 'imap.new.example',
    phase: 'waiting',
    passes: 412,
    lastStarted: now - 2 * minute,
    lastFinished: now - 2 * minute + 1400,
    lastSuccess: now - 2 * minute + 1400,
    next: now + 3 * minute,
    interval: 5 * minute,
    failure: undefined,
    totals: totals(),
    ...more,
  }
}

/** A pair whose passes fail. */
export function failingPair(
  name: string,
  failure: Partial<WatchFailure>,
  more: Partial<WatchedPair> = {},
): WatchedPair {
  return watchedPair(name, {
    lastSuccess: now - 190 * minute,
    next: now + 47 * minute,
    totals: { ...totals(31), errors: { [failure.code ?? 'connect']: 4 } },
    ...more,
    failure: {
      since: now - 185 * minute,
      times: 4,
      code: 'connect',
      needsSomebody: failure.code === 'auth' || failure.code === 'secret',
      end: 'source',
      reason: 'Nobody answers at pop.old.example:995.',
      hint: undefined,
      ...failure,
    },
  })
}

/** A watch of these pairs, two days old. */
export function watchView(pairs: readonly WatchedPair[], more: Partial<WatchView> = {}): WatchView {
  return { startedAt: now - 2.2 * 24 * 60 * minute, now, isDraining: false, queued: 0, spoolHeld: 0, pairs, ...more }
}

/** A family's watch on a bad day. */
export const troubled = watchView(
  [
    watchedPair('anna', { totals: totals(1204) }),
    failingPair('ben', {
      code: 'auth',
      reason: 'The server refused the login of [user]: [AUTH] Invalid login or password.',
      hint: 'Type the password again: mailhaul secret set ben source. Some providers want an app password here.',
    }),
    watchedPair('carla', {
      phase: 'working',
      next: undefined,
      lastStarted: now - 4000,
      totals: totals(88, { rejected: 2 }),
    }),
    watchedPair('dora', { lastSuccess: now - 52 * minute, lastFinished: now - 52 * minute, next: now - 20_000 }),
    failingPair(
      'office archive',
      {
        code: 'quota',
        end: 'destination',
        since: now - 26 * minute,
        times: 2,
        reason: 'The destination has no room left: Quota exceeded (mailbox for user is full).',
        hint: 'Make room in the mailbox, or have its quota raised; the rest is moved with the next pass.',
      },
      { sourceHost: 'mail.office.example', lastSuccess: now - 31 * minute, next: now + 4 * minute },
    ),
    watchedPair('emil', { sourceHost: 'pop.elsewhere.example', totals: totals(17) }),
    watchedPair('grandma', { sourceHost: 'pop.elsewhere.example', passes: 2, totals: totals(2) }),
  ],
  { queued: 1, spoolHeld: 1_742_000 },
)

/** The same on a day when somebody is asked something, too. */
export const asking = watchView(
  troubled.pairs.map((pair) =>
    pair.name === 'emil'
      ? {
          ...pair,
          toDo: {
            times: 12,
            reason:
              'The mail was moved, but nothing was removed at the source: 17 messages, 357.6 kB would be the first to go, and nobody was there to confirm it.',
            hint: 'Run "mailhaul sync --yes" once, or "mailhaul sync" at a terminal; later runs go on by themselves. To keep everything: leave: keep.',
          },
        }
      : pair,
  ),
  { queued: troubled.queued, spoolHeld: troubled.spoolHeld },
)

/** The same when all is well. */
export const calm = watchView(
  ['anna', 'ben', 'carla', 'dora'].map((name, at) => watchedPair(name, { totals: totals(1204 - 301 * at) })),
)

/** What hostile servers and careless people bring: markup in every text. */
export const hostileText = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>'"\`&\u202e</style></title>`

/** A pair with hostile texts wherever text comes from outside. */
export const hostile = watchView([
  failingPair(
    `<b onmouseover=x>"'&`,
    { reason: hostileText.repeat(3), hint: hostileText },
    { sourceHost: '"><script>document.title=1</script>' },
  ),
  watchedPair('x'.repeat(64), { destinationHost: `${'very-long-label.'.repeat(12)}example` }),
])

/** A fleet: a thousand pairs, every fortieth failing. */
export const fleet = watchView(
  Array.from({ length: 1000 }, (_, at) =>
    at % 40 === 39
      ? failingPair(`customer-${at + 1}`, { code: at % 80 === 39 ? 'auth' : 'connect', since: now - at * minute })
      : watchedPair(`customer-${at + 1}`, { totals: totals(at * 7), phase: at % 97 === 5 ? 'working' : 'waiting' }),
  ),
  { queued: 12, spoolHeld: 33_000_000 },
)
