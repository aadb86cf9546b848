// How a run went: where dates came from, what was tried again, what was read back, what was removed.
import { rollup, sum } from 'd3-array'
import { formatDuration } from '../../core/format.ts'
import type { PairRunDocument, RunDocument } from '../../documents/run-document.ts'
import { type Content, foreign, html, type Markup } from '../../page/markup.ts'
import { counted, grouped } from '../words.ts'
import { table } from './table.ts'

/** Rows of a list of retries, and characters of what a server said. */
const mostRetries = 12
const longestText = 200

/** Facts of the run as small tables. Undefined where there is none to tell. */
export function course({ pairs }: RunDocument): Markup | undefined {
  const facts = [dates(pairs), verdicts(pairs), rewrites(pairs), troubles(pairs), retries(pairs), removals(pairs)]
  if (facts.every((fact) => fact === undefined)) return undefined
  return html`<section aria-labelledby="course"><h2 id="course">How it went</h2><div class="facts">${facts}</div></section>`
}

type FactRow = readonly [words: Content, figure: Content]

function fact(title: string, what: string, rows: readonly FactRow[], caption: string): Markup | undefined {
  if (rows.length === 0) return undefined
  const columns = [{ title: what }, { title: 'Count', kind: 'figure' }] as const
  return html`<div class="chart fact"><h3>${title}</h3>${table({ caption, columns, rows: rows.map((cells) => ({ cells })) })}</div>`
}

function countedRows(rows: readonly (readonly [string, number])[]): readonly FactRow[] {
  return rows.filter(([, count]) => count > 0).map(([words, count]) => [words, grouped(count)])
}

function dates(pairs: readonly PairRunDocument[]): Markup | undefined {
  const total = (rule: 'received' | 'date' | 'listing') => sum(pairs, ({ dateRules }) => dateRules[rule])
  const rows = countedRows([
    ['the newest Received line', total('received')],
    ['the Date line', total('date')],
    ['the time of listing, for want of both', total('listing')],
  ])
  return fact('Where dates come from', 'Taken from', rows, 'The date a mail program sorts by (INTERNALDATE).')
}

function verdicts(pairs: readonly PairRunDocument[]): Markup | undefined {
  const total = (verdict: 'identical' | 'canonicalEqual' | 'different') =>
    sum(pairs, ({ verdicts }) => verdicts?.[verdict] ?? 0)
  const rows = countedRows([
    ['identical, byte for byte', total('identical')],
    ['equal but for what the server rewrites', total('canonicalEqual')],
    ['different', total('different')],
  ])
  return fact('Copies read back', 'Verdict', rows, 'Fetched from the destination again and compared.')
}

function rewrites(pairs: readonly PairRunDocument[]): Markup | undefined {
  const rules = rollup(
    pairs.flatMap(({ rewrites }) => rewrites),
    (found) => sum(found, ({ count }) => count),
    ({ rule }) => rule,
  )
  const rows = [...rules].slice(0, mostRetries).map(([rule, count]): FactRow => [foreign(rule, 80), grouped(count)])
  return fact('What the destination rewrites', 'Rule', rows, 'Changes that the server itself makes.')
}

function troubles(pairs: readonly PairRunDocument[]): Markup | undefined {
  const rows = countedRows([
    ['sessions at the source beyond the first', sum(pairs, ({ reconnects }) => reconnects)],
    ['lost answers: the message was there', sum(pairs, ({ settled }) => settled.found)],
    ['lost answers: the message was not there', sum(pairs, ({ settled }) => settled.missing)],
  ])
  return fact('Lines that broke', 'What', rows, 'What had no answer was looked for before it was sent again.')
}

function retries(pairs: readonly PairRunDocument[]): Markup | undefined {
  const all = pairs.flatMap(({ retries }) => retries)
  const causes = rollup(
    all,
    (found) => ({ count: sum(found, ({ count }) => count), waited: sum(found, (one) => one.waitedMilliseconds) }),
    ({ code, message }) => `${code}: ${message}`,
  )
  const sorted = [...causes].toSorted(([, one], [, other]) => other.count - one.count)
  const rows = sorted
    .slice(0, mostRetries)
    .map(
      ([words, { count, waited }]): FactRow => [
        foreign(words, longestText),
        html`${grouped(count)}<span class="under">waited ${formatDuration(waited)}</span>`,
      ],
    )
  const rest = sorted.length - mostRetries
  const caption =
    rest > 0
      ? `and ${counted(rest, 'more cause')}.`
      : 'Each was tried again after a wait, and got through or is listed above.'
  return fact('What was tried again', 'Cause', rows, caption)
}

function removals(pairs: readonly PairRunDocument[]): Markup | undefined {
  const rows = countedRows([
    ['removed, and gone from the next listing', sum(pairs, ({ removed }) => removed)],
    ['removed, to be confirmed by the next listing', sum(pairs, (pair) => pair.removalsToConfirm)],
    ['kept though due', sum(pairs, ({ keptThoughDue }) => sum(keptThoughDue, ({ count }) => count))],
  ])
  return fact('At the source', 'Messages', rows, 'Only what lies at the destination, proven, is ever removed.')
}
