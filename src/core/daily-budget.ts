// How much may be moved in a day: which budgets hold for a pair, how many messages fit in, what is said of them.
//
// A day is a UTC day. A rolling 24 hours would never let more through than a provider counts, wherever its day begins;
// but a run that starts every night at three would find last night's octets still counted, and move next to nothing.
// With UTC days it is known without asking when the rest goes on, the same on every machine and in every season; and
// a provider that counts otherwise says so itself, which ends the run just as a used-up budget does.
import { MailhaulError } from './errors.ts'
import { shortHash } from './fingerprint.ts'
import { formatBytes, formatDuration } from './format.ts'
import type { Pair } from './pair.ts'
import type { Rates } from './rates.ts'

/** Octets that may be moved at one end per day, counted in the ledger under a name that tells nothing. */
export interface DailyBudget {
  readonly name: string
  readonly end: 'source' | 'destination'
  /** What it is about, for people: `imap.gmail.com`. */
  readonly host: string
  readonly limit: number
}

const dayLength = 24 * 60 * 60_000

/** A portion is reserved in one go: so much of the smallest budget, and never more than so many octets. */
const shareOfBudget = 1 / 64
const largestPortion = 8_000_000

/** Messages that a portion has at most. */
export const mostInPortion = 500

/** The UTC day of an instant, as `2026-01-31`. */
export function dayOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10)
}

/** Milliseconds until a new day begins. */
export function untilNewDay(instant: number): number {
  return dayLength - (((instant % dayLength) + dayLength) % dayLength)
}

/**
 * The budgets of a pair: of its accounts, which pairs that use the same account share, as providers count; and of its
 * hosts, shared by all pairs. `perHost` is what holds for every host; `account` names the destination's account.
 */
export function dailyBudgets(pair: Pair, perHost: Rates, account: string): readonly DailyBudget[] {
  const { sourceHost, destinationHost, sourceRates, destinationRates } = pair
  const ofEnd = (end: DailyBudget['end'], host: string, own: string, rates: Rates = {}): DailyBudget[] => {
    const limits = [
      { name: `${end} ${own}`, limit: rates.bytesPerDay },
      { name: `${end} host ${shortHash(host.toLowerCase())}`, limit: perHost.bytesPerDay },
    ]
    return limits.flatMap(({ name, limit }) => (limit === undefined ? [] : [{ name, end, host, limit }]))
  }
  const reader = pair.sourceAccount ?? shortHash(`${sourceHost.toLowerCase()}\n${pair.name}`)
  return [
    ...ofEnd('source', sourceHost, reader, sourceRates),
    ...ofEnd('destination', destinationHost, account, destinationRates),
  ]
}

/** How many of these messages, from the first on, and which budget lets no more through. */
export interface Portion {
  readonly count: number
  readonly bytes: number
  /** Undefined where no budget stands in the way. */
  readonly end: DailyBudget | undefined
}

/**
 * As many messages as fit into every budget, and no more than a portion; `counts` tells what each has counted today.
 * One that is larger than a whole budget goes alone, as the first of a day, rather than never.
 */
export function portionOf(
  sizes: readonly number[],
  budgets: readonly DailyBudget[],
  counts: readonly number[],
): Portion {
  const most = Math.min(largestPortion, ...budgets.map(({ limit }) => limit * shareOfBudget))
  let bytes = 0
  let count = 0
  for (const size of sizes) {
    if (count > 0 && (count >= mostInPortion || bytes >= most)) break
    const need = Math.max(0, size)
    const end = budgets.find(({ limit }, at) => {
      const used = (counts[at] ?? 0) + bytes
      const goesAlone = need > limit && used === 0
      return !goesAlone && (used >= limit || used + need > limit)
    })
    if (end) return { count, bytes, end: count === 0 ? end : undefined }
    bytes += need
    count += 1
  }
  return { count, bytes, end: undefined }
}

/** The budget lets nothing more through today; `next` is the size of the next message, where there is a little room. */
export function budgetUsedUp({ host, limit, end }: DailyBudget, now: number, next?: number): MailhaulError {
  const wait = untilNewDay(now)
  const state = next === undefined ? 'is used up' : `has no room for the next message, of ${formatBytes(next)}`
  const isLarger = next !== undefined && next > limit
  const rest = isLarger
    ? 'That message is larger than the whole budget: it goes alone, as the first of a day.'
    : 'What is left goes on from there.'
  const when = `Run sync again after 00:00 UTC, in ${formatDuration(Math.ceil(wait / 60_000) * 60_000)}.`
  return new MailhaulError({
    code: 'throttled',
    scope: 'pair',
    retry: 'later',
    message: `The daily budget of ${formatBytes(limit)} for ${host} ${state}; it goes on at 00:00 UTC.`,
    hint: `${when} ${rest} The budget is set by ${end}.limits.bytesPerDay or limits.bytesPerDay.`,
    retryAfter: wait,
    end,
    isPlanned: true,
  })
}

/** What is said where more is to be moved than the budgets let through today. */
export function budgetNotes(
  budgets: readonly DailyBudget[],
  counts: readonly number[],
  bytes: number,
): readonly string[] {
  const notes = budgets.flatMap(({ host, limit }, at) => {
    const left = Math.max(0, limit - (counts[at] ?? 0))
    if (bytes <= left) return []
    const days = Math.ceil((bytes - left) / limit)
    const rest = days === 1 ? 'the rest goes on the next day' : `the rest takes ${days} more days`
    const room = `${formatBytes(left)} of the daily budget of ${formatBytes(limit)} for ${host} are left today`
    return [`${room}, and up to ${formatBytes(bytes)} are to be moved: ${rest}, after 00:00 UTC.`]
  })
  return [...new Set(notes)]
}

/** A message that no budget would ever hold has been let through. */
export function largerThanBudget(size: number, { host, limit }: DailyBudget): string {
  return `A message of ${formatBytes(size)} is larger than the whole daily budget of ${host} (${formatBytes(limit)}): it goes all the same, as the first of the day.`
}
