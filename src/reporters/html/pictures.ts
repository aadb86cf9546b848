// The pictures that plan and run share: messages and bytes by year, and how large messages are.
import { max, rollup, sum } from 'd3-array'
import { formatBytes } from '../../core/format.ts'
import type { SizeStep, YearStep } from '../../documents/values.ts'
import { html, type Markup } from '../../page/markup.ts'
import { counted, grouped } from '../words.ts'
import { columns, figure } from './charts.ts'
import { bar, panel, table } from './table.ts'

/** Columns of a picture; what is older is one column. */
const mostYears = 30
const noDate = 'no date'

/** A column of the picture of years. */
interface YearBar {
  readonly words: string
  readonly count: number
  readonly bytes: number
}

/** Messages and bytes by year. Undefined where nothing is known of years. */
export function yearsFigure(title: string, steps: readonly YearStep[], remark = ''): Markup | undefined {
  const bars = yearBars(steps)
  const total = sum(bars, ({ count }) => count)
  if (total === 0) return undefined
  const busiest = bars.reduce((one, other) => (other.count > one.count ? other : one))
  const dated = bars.filter(({ words }) => words !== noDate)
  const [first, last] = [dated[0]?.words ?? noDate, dated.at(-1)?.words ?? noDate]
  const span =
    dated.length === 0
      ? 'All without a date.'
      : first === last
        ? `All${dated.length < bars.length ? ' with a date' : ''} of ${first}.`
        : `${first} to ${last}.`
  const words = `${span} Most in ${busiest.words}: ${counted(busiest.count, 'message')}, ${formatBytes(busiest.bytes)}.${remark}`
  const label = (what: string) => `${what} by year, ${first} to ${last}; the figures stand below in a table`
  const plots = [
    columns(
      'Messages',
      label('Messages'),
      bars.map(({ words, count }) => ({ words, value: count })),
      figureWords,
    ),
    columns(
      'Mail',
      label('Mail'),
      bars.map(({ words, bytes }) => ({ words, value: bytes })),
      formatBytes,
    ),
  ]
  const rows = bars.map(({ words, count, bytes }) => ({ cells: [words, grouped(count), formatBytes(bytes)] }))
  const foot = { cells: ['Total', grouped(total), formatBytes(sum(bars, ({ bytes }) => bytes))] }
  const detail = table({ caption: title, columns: amountColumns('Year'), rows, foot })
  return figure('by-year', title, words, plots, detail)
}

/** How many messages are how large, and how much of the mail they are. */
export function sizesFigure(steps: readonly SizeStep[]): Markup | undefined {
  const merged = sizeSteps(steps)
  const [count, bytes] = [sum(merged, (step) => step.count), sum(merged, (step) => step.bytes)]
  if (count === 0) return undefined
  const shown = merged.slice(0, merged.findLastIndex((step) => step.count > 0) + 1)
  const [mostCount = 0, mostBytes = 0] = [max(shown, (step) => step.count), max(shown, (step) => step.bytes)]
  const rows = shown.map((step, at) => ({
    cells: [
      html`<span class="term">${sizeWords(step.upTo, shown[at - 1]?.upTo ?? null)}</span>`,
      [grouped(step.count), bar(step.count / mostCount)],
      [formatBytes(step.bytes), bar(step.bytes / mostBytes)],
    ],
  }))
  const foot = { cells: ['Total', grouped(count), formatBytes(bytes)] }
  const parts = { caption: `${formatBytes(bytes / count)} on average.`, columns: amountColumns('Size'), rows, foot }
  return panel('How large messages are', table(parts))
}

/** Columns for words, messages and bytes. */
export function amountColumns(title: string) {
  return [{ title }, { title: 'Messages', kind: 'figure' }, { title: 'Mail', kind: 'figure' }] as const
}

/** A figure of an axis: `2,500`, `0.5`. */
export function figureWords(value: number): string {
  return grouped(Math.round(value * 100) / 100)
}

/** A rate: `15`, `4.2`. */
export function rateWords(value: number): string {
  return grouped(value < 10 ? Math.round(value * 10) / 10 : Math.round(value))
}

// Pairs may each bring the same year; years without mail are shown, as empty as they are.
function yearBars(steps: readonly YearStep[]): readonly YearBar[] {
  const byYear = rollup(steps, amountOf, ({ year }) => year)
  const none = { count: 0, bytes: 0 }
  const years = [...byYear.keys()].filter((year) => year !== null).toSorted((one, other) => one - other)
  const last = years.at(-1)
  const bars: YearBar[] = []
  if (last !== undefined) {
    const first = Math.max(years[0] ?? last, last - mostYears + 1)
    const older = years.filter((year) => year < first).map((year) => byYear.get(year) ?? none)
    if (older.length > 0) bars.push({ words: `before ${first}`, ...amountOf(older) })
    for (let year = first; year <= last; year += 1) bars.push({ words: String(year), ...(byYear.get(year) ?? none) })
  }
  const undated = byYear.get(null)
  return undated && undated.count > 0 ? [...bars, { words: noDate, ...undated }] : bars
}

function sizeSteps(steps: readonly SizeStep[]): readonly SizeStep[] {
  const bySize = rollup(steps, amountOf, ({ upTo }) => upTo)
  const rank = (upTo: number | null) => upTo ?? Number.POSITIVE_INFINITY
  return [...bySize]
    .map(([upTo, amount]) => ({ upTo, ...amount }))
    .toSorted((one, other) => rank(one.upTo) - rank(other.upTo))
}

function amountOf(amounts: readonly { readonly count: number; readonly bytes: number }[]) {
  return { count: sum(amounts, ({ count }) => count), bytes: sum(amounts, ({ bytes }) => bytes) }
}

function sizeWords(upTo: number | null, above: number | null): string {
  if (upTo !== null) return `up to ${formatBytes(upTo)}`
  return above === null ? 'all' : `over ${formatBytes(above)}`
}
