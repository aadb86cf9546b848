// The pairs of a plan in one table, those that need a look first, with their sums and the sum of all.
import { formatBytes } from '../../core/format.ts'
import type { PlanDocument, PlanPairDocument } from '../../documents/plan-document.ts'
import { mark } from '../../page/marks.ts'
import { foreign, html, type Markup } from '../../page/markup.ts'
import { counted, grouped } from '../words.ts'
import { detailAnchor, longestName, pairAnchor } from './attention.ts'
import { outlookOf, outlookWords, type PairOutlook, type PlanParts, planTotalsOf, roughTime } from './plan-totals.ts'
import { type Column, type Row, table } from './table.ts'

/** Pairs in the table; with few of them their own order is the best. */
const mostRows = 1000
const few = 20

const order = Object.keys(outlookWords) as PairOutlook[]

const columns: readonly Column[] = [
  { title: 'Pair' },
  { title: 'State' },
  { title: 'Listed', kind: 'figure' },
  { title: 'Copy', kind: 'figure' },
  { title: 'Compare', kind: 'figure' },
  { title: 'Stay', kind: 'figure' },
  { title: 'Too big', kind: 'figure' },
  { title: 'Mail to move', kind: 'figure' },
  { title: 'Time', kind: 'figure' },
]

/** The table. Undefined for a single pair: the page as a whole says it all. `linked`: the pairs that are told of below. */
export function planPairs(document: PlanDocument, linked: ReadonlySet<number>): Markup | undefined {
  const { pairs } = document
  if (pairs.length < 2) return undefined
  const outlooks = pairs.map(outlookOf)
  const places = [...pairs.keys()]
  const rank = (at: number) => order.indexOf(outlooks[at] ?? 'ready')
  const sorted = pairs.length > few ? places.toSorted((one, other) => rank(one) - rank(other)) : places
  const rows = sorted.slice(0, mostRows).flatMap((at) => {
    const pair = pairs[at]
    return pair === undefined ? [] : [rowOf(pair, outlooks[at] ?? 'ready', at, linked.has(at))]
  })
  const { listed, parts } = planTotalsOf(document)
  const foot = { cells: [`Total of ${grouped(pairs.length)}`, '', ...amounts(listed.count, parts), ''] }
  const rest = pairs.length - rows.length
  const caption = rest > 0 ? `and ${counted(rest, 'more pair')}: the CSV has every one.` : captionText
  return html`<section aria-labelledby="pairs"><h2 id="pairs">Pairs</h2>${table({ caption, columns, rows, foot, isStacked: true })}</section>`
}

/** Without a plan nothing is known, not even that there is nothing. */
const unknown: readonly string[] = Array.from({ length: 6 }, () => '-')

const captionText =
  'Listed = copy + compare + stay + too big, in every row. Compared is what is as large as a message already there: its bytes decide.'

/** A pair's outlook as a pill. */
export function outlookPill(outlook: PairOutlook): Markup {
  const { mark: name, words } = outlookWords[outlook]
  return html`<span class="pill tone-${name}">${mark(name)}${words}</span>`
}

/** A likely time: `about 25 min`. */
function timeWords({ estimate }: PlanPairDocument): string {
  if (estimate === null) return '-'
  return estimate.days > 1 ? `${grouped(estimate.days)} days` : `about ${roughTime(estimate.likely)}`
}

function rowOf(pair: PlanPairDocument, outlook: PairOutlook, at: number, isLinked: boolean): Row {
  const name = foreign(pair.pair, longestName)
  const cells = [
    isLinked ? html`<a class="name" href="#${detailAnchor(at)}">${name}</a>` : html`<span class="name">${name}</span>`,
    outlookPill(outlook),
    ...(pair.error === null ? amounts(pair.listed.count, pair.total) : unknown),
    timeWords(pair),
  ]
  const { mark: tone } = outlookWords[outlook]
  return { id: pairAnchor(at), cells, tone: tone === 'failing' ? 'failing' : tone === 'look' ? 'late' : undefined }
}

function amounts(listed: number, { copy, compare, left, tooBig }: PlanParts): readonly string[] {
  const counts = [listed, copy.count, compare.count, left.count, tooBig.count].map(grouped)
  return [...counts, formatBytes(copy.bytes + compare.bytes)]
}
