// The parts of a dry run that follow from the survey alone: what is left and why, what would be removed, which years.
import { type YearBar, YearBars } from '../core/bars.ts'
import { grouped } from '../core/format.ts'
import type { HeaderField } from '../core/headers.ts'
import { internalDateOf } from '../core/internal-date.ts'
import type { Amount, OutcomeKind } from '../core/outcome.ts'
import type { Pair } from '../core/pair.ts'
import type { PlanEntry } from '../core/plan.ts'
import type { LedgerReader } from '../core/ports.ts'
import { deletionLimit, dueOf, type RemovalPlan } from '../core/removal.ts'
import { scaledTo } from '../core/sample.ts'
import { isRemembered } from './consent.ts'
import { largestSampled, type SourceLook } from './probe.ts'
import type { Survey } from './survey.ts'

/** A message to be fetched. */
export type Job = Extract<PlanEntry, { action: 'fetch' }>

/** What would be left alone, and why. */
export interface LeftPreview {
  readonly outcome: OutcomeKind
  readonly reason: string | undefined
  readonly amount: Amount
}

/** Counts and octets as listed. */
export function amountOf(items: readonly { readonly listed: { readonly size: number } }[]): Amount {
  return { count: items.length, bytes: items.reduce((bytes, { listed }) => bytes + listed.size, 0) }
}

/** What nobody has to fetch, by outcome and reason. */
export function leftOf(entries: readonly PlanEntry[]): LeftPreview[] {
  const left = entries.flatMap((entry) => {
    if (entry.action === 'fetch') return []
    const { kind: outcome, reason } = entry.outcome
    return [{ listed: entry.listed, outcome, reason: outcome === 'already-there' ? undefined : reason }]
  })
  const groups = Map.groupBy(left, ({ outcome, reason }) => `${outcome}\n${reason ?? ''}`)
  return [...groups.values()].flatMap((group) => {
    const first = group[0]
    return first ? [{ outcome: first.outcome, reason: first.reason, amount: amountOf(group) }] : []
  })
}

/** What is due already, and what will be as soon as it is moved. */
export function removalOf(
  { policy }: Pair,
  { listing: { messages }, known }: Survey,
  jobs: readonly Job[],
  book: LedgerReader,
  now: number,
): RemovalPlan | undefined {
  const { leave } = policy
  if (leave.kind === 'keep') return undefined
  const { count, bytes } = amountOf([...dueOf(leave, messages, known, now), ...(leave.afterDays === 0 ? jobs : [])])
  if (count === 0) return undefined
  const asks = !isRemembered(book, { leave })
  const limit = deletionLimit(policy, messages.length)
  return { leave, count, bytes, asks, limit: asks || limit >= count ? undefined : limit }
}

/** Some messages are fetched without knowing whether they are new: sync will find out, the plan says so. */
export function recogniseNotes(jobs: readonly Job[]): string[] {
  const resized = jobs.filter(({ why }) => why === 'resized').length
  const returned = jobs.filter(({ why }) => why === 'returned').length
  return [
    ...(resized === 1 ? ['1 message is listed with another size than before: it is fetched and compared.'] : []),
    ...(resized > 1
      ? [`${grouped(resized)} messages are listed with another size than before: they are fetched and compared.`]
      : []),
    ...(returned === 1 ? ['1 message is listed again after it was gone: it is fetched and compared.'] : []),
    ...(returned > 1
      ? [`${grouped(returned)} messages are listed again after they were gone: they are fetched and compared.`]
      : []),
  ]
}

/** The years of what is to be moved, from headers read ahead or from a sample, as large as all of it. */
export function yearsOf(
  jobs: readonly Job[],
  { headers, look }: Pick<Survey, 'headers'> & { readonly look: SourceLook | undefined },
  now: number,
): { readonly years: readonly YearBar[] | undefined; readonly datesRead: number } {
  const bars = new YearBars()
  const large: Job[] = []
  let datesRead = 0
  for (const job of jobs) {
    const { listed } = job
    const fields = headers.get(listed.number)
    const isSampled = fields === undefined && look?.dates.has(listed.number) === true
    if (fields === undefined && !isSampled) {
      if (listed.size > largestSampled) large.push(job)
      continue
    }
    bars.add(fields ? dateOf(fields, now) : look?.dates.get(listed.number), listed.size)
    datesRead += 1
  }
  return { years: datesRead === 0 ? undefined : estimated(bars.bars(), amountOf(jobs), amountOf(large)), datesRead }
}

/** No sample holds large messages: their octets are spread as messages are, for they would make small ones huge. */
function estimated(sample: readonly YearBar[], whole: Amount, large: Amount): readonly YearBar[] {
  const small = scaledTo(sample, { count: whole.count - large.count, bytes: whole.bytes - large.bytes })
  const spread = scaledTo(
    sample.map(({ year, count }) => ({ year, count, bytes: count })),
    large,
  )
  return small.map(({ year, count, bytes }, at) => {
    const more = spread[at] ?? { count: 0, bytes: 0 }
    return { year, count: count + more.count, bytes: bytes + more.bytes }
  })
}

function dateOf(fields: readonly HeaderField[], now: number): number | undefined {
  const { instant, rule } = internalDateOf(fields, { listedAt: now, now })
  return rule === 'listing' ? undefined : instant
}
