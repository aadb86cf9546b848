// A dry run as people read it: what would be copied where, what would be left, and what to run next.

import type { SizeBar, YearBar } from '../core/bars.ts'
import type { MailhaulError } from '../core/errors.ts'
import type { Estimate } from '../core/estimate.ts'
import { formatBytes, formatDuration } from '../core/format.ts'
import type { Amount } from '../core/outcome.ts'
import type { PlanEntry } from '../core/plan.ts'
import type { RemovalPlan } from '../core/removal.ts'
import { isBlocked, type Risk } from '../core/risks.ts'
import { type AmountRow, amountLines } from './amount-list.ts'
import { amountSum } from './amount-sum.ts'
import { errorLines } from './error-text.ts'
import { type OutcomeShare, shareRows } from './outcome-share.ts'
import { type Page, pageOf, paragraph, type ViewOptions } from './page.ts'
import { leaveWords } from './removal-question.ts'
import { sumLines } from './sums.ts'
import { type Column, tableLines } from './table.ts'
import { counted, grouped } from './words.ts'

/** What would go into one folder. */
interface PlanFolder {
  readonly folder: string
  readonly exists: boolean
  /** Appended for certain. */
  readonly copy: Amount
  /** As large as another message that it may be: the bytes decide whether it is appended. */
  readonly compare: Amount
}

/** What sync would do for one pair. Folders, `left` and `tooBig` add up to `listed`. */
export interface PlanPair {
  readonly pair: string
  readonly listed: Amount
  readonly folders: readonly PlanFolder[]
  /** Messages that stay where they are, by why. */
  readonly left: readonly OutcomeShare[]
  /** Larger than the destination takes; `limit` in octets. Undefined where nothing is. */
  readonly tooBig: (Amount & { readonly limit: number }) | undefined
  /** Octets of the largest message that the destination takes; undefined where it names no limit. */
  readonly appendLimit: number | undefined
  /** Octets of the destination's storage; undefined where it does not say. */
  readonly quota: { readonly used: number; readonly limit: number } | undefined
  /** Whether all that may be copied has room; undefined where the destination does not say. */
  readonly fits: boolean | undefined
  /** What is listed, by size. */
  readonly sizes: readonly SizeBar[]
  /** What is to be moved, by year; undefined where no dates were read. */
  readonly years: readonly YearBar[] | undefined
  /** How many dates the years follow from. */
  readonly datesRead: number
  /** How long it will take; undefined where nothing is to be moved or nothing could be measured. */
  readonly estimate: Estimate | undefined
  /** What may go otherwise than people expect, the worst first. */
  readonly risks: readonly Risk[]
  /** Plain sentences: what else is good to know. */
  readonly notes: readonly string[]
  /** Why there is no plan; undefined when there is one. */
  readonly error: MailhaulError | undefined
  /** What would be removed at the source afterwards; undefined where nothing would. */
  readonly removal?: RemovalPlan | undefined
  /** One entry per listed message, for the JSON document; undefined leaves them out. */
  readonly entries?: readonly PlanEntry[] | undefined
}

/** A dry run over some pairs. */
export interface PlanView {
  readonly pairs: readonly PlanPair[]
  /** Milliseconds since the epoch. */
  readonly madeAt: number
  /** What people run next, in order. */
  readonly commands: readonly { readonly command: string; readonly purpose: string }[]
  /** The command that does exactly this. */
  readonly next: string
  readonly exitCode: number
}

/** The parts of one pair's plan, added up. */
export interface PlanTotals {
  readonly copy: Amount
  readonly compare: Amount
  readonly left: Amount
  readonly tooBig: Amount
}

const totalColumns: readonly Column[] = [
  { title: 'pair', align: 'left', whenTight: 'shrink' },
  { title: 'listed', align: 'right' },
  { title: 'copy', align: 'right' },
  { title: 'compare', align: 'right' },
  { title: 'leave', align: 'right' },
  { title: 'too big', align: 'right' },
  { title: 'to copy', align: 'right', whenTight: 'drop' },
  { title: 'trouble', align: 'left' },
]

/** The plan as text, ready to be written. */
export function renderPlan(view: PlanView, options: ViewOptions): string {
  const page = pageOf(options)
  const lines = view.pairs.flatMap((pair) => [...pairBlock(pair, page), ''])
  if (view.pairs.length > 1) lines.push(...totalTable(view.pairs, page), ...totalTime(view.pairs, page), '')
  const isAnythingToDo = view.pairs.some(
    (pair) => pair.error === undefined && !isBlocked(pair) && (pair.folders.length > 0 || pair.removal !== undefined),
  )
  lines.push(...paragraph('This was a dry run: nothing was written at either end.', page, 0))
  const blocked = view.pairs.filter((pair) => pair.error === undefined && isBlocked(pair))
  if (blocked.length > 0) {
    const of = `${grouped(blocked.length)} of ${counted(view.pairs.length, 'pair')}`
    const who = view.pairs.length === 1 ? 'This' : of
    const why = `${who} cannot move as planned: something is in the way, as told above. Clear it, and plan again.`
    lines.push(...paragraph(why, page, 0, 'bad'))
  }
  if (isAnythingToDo) lines.push(...paragraph(`To do it: ${view.next}`, page, 0, 'strong'))
  return `${lines.join('\n')}\n`
}

/** Adds up the parts of a pair's plan. */
export function planTotals(pair: PlanPair): PlanTotals {
  return {
    copy: amountSum(pair.folders.map((folder) => folder.copy)),
    compare: amountSum(pair.folders.map((folder) => folder.compare)),
    left: amountSum(pair.left.map((left) => left.amount)),
    tooBig: amountSum(pair.tooBig ? [pair.tooBig] : []),
  }
}

function pairBlock(pair: PlanPair, page: Page): string[] {
  if (pair.error) return errorLines(pair.error, `${pair.pair}: no plan: `, page, 0)
  const totals = planTotals(pair)
  const head = `${pair.pair}: ${counted(pair.listed.count, 'message')} listed, ${formatBytes(pair.listed.bytes)}`
  const shares = [
    { words: 'to copy', count: totals.copy.count },
    { words: 'to compare', count: totals.compare.count },
    { words: 'to leave', count: totals.left.count },
    { words: 'too big', count: totals.tooBig.count },
  ]
  const rows = planRows(pair, totals)
  return [
    ...paragraph(head, page, 0, 'strong'),
    '',
    ...amountLines(rows, page, 2),
    ...(rows.length > 0 ? [''] : []),
    ...sumLines(pair.listed.count, shares, page, 2),
    ...roomLines(pair, totals, page),
    ...timeLines(pair, page),
    ...removalLines(pair, page),
    ...riskLines(pair, page),
    ...pair.notes.flatMap((note) => paragraph(`Note: ${note}`, page, { first: 2, rest: 4 })),
  ]
}

function planRows(pair: PlanPair, totals: PlanTotals): AmountRow[] {
  const rows: AmountRow[] = []
  const folders = (part: 'copy' | 'compare') => {
    for (const folder of pair.folders) {
      const text = folder.exists ? undefined : 'will be created'
      if (folder[part].count > 0) rows.push({ label: folder.folder, ...folder[part], text, level: 1 })
    }
  }
  rows.push({ label: 'to copy', ...totals.copy, tone: 'strong' })
  folders('copy')
  if (totals.compare.count > 0) {
    const text = 'as large as another message: the bytes decide'
    rows.push({ label: 'to compare', ...totals.compare, text, tone: 'strong' })
    folders('compare')
  }
  if (totals.left.count > 0) rows.push({ label: 'to leave', ...totals.left, tone: 'strong' })
  rows.push(...shareRows(pair.left))
  if (pair.tooBig && pair.tooBig.count > 0) {
    const text = `the destination takes ${formatBytes(pair.tooBig.limit)} at most`
    rows.push({ label: 'too big', ...totals.tooBig, text, tone: 'bad' })
  }
  return rows
}

/** Whether what is to be copied fits into the destination's quota. */
function roomLines(pair: PlanPair, totals: PlanTotals, page: Page): string[] {
  const needed = totals.copy.bytes + totals.compare.bytes
  if (!pair.quota || needed === 0) return []
  const free = Math.max(0, pair.quota.limit - pair.quota.used)
  const room = `${formatBytes(free)} of ${formatBytes(pair.quota.limit)} free at the destination`
  if (needed <= free) return paragraph(`${room}, ${formatBytes(needed)} needed at most`, page, 2)
  return paragraph(`Not enough room: ${room}, but ${formatBytes(needed)} needed`, page, { first: 2, rest: 4 }, 'bad')
}

/** Seconds that nobody counts. */
const aMoment = 10

/** How long it will take; what that follows from is told where more is asked for. */
function timeLines({ estimate }: PlanPair, page: Page): string[] {
  if (estimate === undefined) return []
  const { low, likely, high, days, basis } = estimate
  const [from, about, to] = [low, likely, high].map((seconds) => formatDuration(seconds * 1000))
  const work = high <= aMoment ? 'Takes a few seconds' : `Takes about ${about} (between ${from} and ${to})`
  const spread = days > 1 ? `, over ${grouped(days)} days, for a daily budget holds it` : ''
  const why = page.verbose ? basis.flatMap((sentence) => paragraph(sentence, page, 4, 'faint')) : []
  return [...paragraph(work + spread, page, { first: 2, rest: 4 }), ...why]
}

const tones = { problem: 'bad', warning: 'warn', note: 'plain' } as const
const titles = { problem: 'Problem', warning: 'Warning', note: 'Note' } as const

/** What may go otherwise; what to do about it is told where it is more than good to know. */
function riskLines({ risks }: PlanPair, page: Page): string[] {
  return risks.flatMap(({ code, severity, text, advice }) => {
    // Told by the line about the room.
    if (code === 'quota-too-small') return []
    const what = advice === undefined || (severity === 'note' && !page.verbose) ? text : `${text} ${advice}`
    return paragraph(`${titles[severity]}: ${what}`, page, { first: 2, rest: 4 }, tones[severity])
  })
}

/** What would leave the source once it is moved, and on whose word. */
function removalLines({ removal }: PlanPair, page: Page): string[] {
  if (removal === undefined) return []
  const { count, bytes, leave, asks, limit } = removal
  const amount = `${counted(count, 'message')}, ${formatBytes(bytes)}`
  const most = limit === undefined ? '' : `; ${grouped(limit)} at most in one run (maxDeletions)`
  const word = asks ? '; sync asks first, or wants --yes' : ''
  const text = `To be removed at the source afterwards (${leaveWords(leave)}): ${amount}${most}${word}`
  return paragraph(text, page, { first: 2, rest: 4 }, 'warn')
}

/** All of them one after another: the longest it can take. */
function totalTime(pairs: readonly PlanPair[], page: Page): string[] {
  const estimates = pairs.flatMap(({ estimate }) => estimate ?? [])
  if (estimates.length < 2) return []
  const sum = (of: (estimate: Estimate) => number) =>
    formatDuration(estimates.reduce((total, estimate) => total + of(estimate), 0) * 1000)
  const text = `One after another about ${sum(({ likely }) => likely)}, ${sum(({ high }) => high)} at most; side by side less`
  return paragraph(text, page, 0)
}

function totalTable(pairs: readonly PlanPair[], page: Page): string[] {
  const totals = pairs.map(planTotals)
  const cells = (name: string, listed: number, parts: PlanTotals, trouble: string) => [
    name,
    ...[listed, parts.copy.count, parts.compare.count, parts.left.count, parts.tooBig.count].map(grouped),
    formatBytes(parts.copy.bytes),
    trouble,
  ]
  const rows = pairs.map((pair, index) => {
    const parts = totals[index] ?? planTotals(pair)
    const trouble = pair.error?.code ?? (pair.fits === false ? 'no room' : '')
    // Without a plan nothing is known, not even that there is nothing.
    if (pair.error) return { cells: [pair.pair, '-', '-', '-', '-', '-', '-', trouble] }
    return { cells: cells(pair.pair, pair.listed.count, parts, trouble) }
  })
  const all: PlanTotals = {
    copy: amountSum(totals.map((part) => part.copy)),
    compare: amountSum(totals.map((part) => part.compare)),
    left: amountSum(totals.map((part) => part.left)),
    tooBig: amountSum(totals.map((part) => part.tooBig)),
  }
  const listed = amountSum(pairs.map((pair) => pair.listed)).count
  const total = { cells: cells(`total of ${grouped(pairs.length)}`, listed, all, ''), tone: 'strong' as const }
  return tableLines(totalColumns, [...rows, total], page, 0)
}
