// The pairs of a run in one table, those that need a look first, with their sums and the sum of all.
import { formatBytes, formatDuration } from '../../core/format.ts'
import { type OutcomeKind, outcomeKinds } from '../../core/outcome.ts'
import type { PairRunDocument, RunDocument } from '../../documents/run-document.ts'
import type { TallyValue } from '../../documents/values.ts'
import { mark } from '../../page/marks.ts'
import { type Content, foreign, html, type Markup } from '../../page/markup.ts'
import { isUnlisted } from '../sums.ts'
import { counted, grouped } from '../words.ts'
import { detailAnchor, longestName, pairAnchor } from './attention.ts'
import { outcomeMark, type PairStand, standOf, standWords, unmadeCount } from './run-totals.ts'
import { type Column, type Row, table } from './table.ts'

/** Pairs in the table; with few of them their own order is the best. */
const mostRows = 1000
const few = 20

const order = Object.keys(standWords) as PairStand[]

const columns: readonly Column[] = [
  { title: 'Pair' },
  { title: 'State' },
  { title: 'Listed', kind: 'figure' },
  { title: 'Copied', kind: 'figure' },
  { title: 'There already', kind: 'figure' },
  { title: 'Left out', kind: 'figure' },
  { title: 'Open', kind: 'figure' },
  { title: 'Mail copied', kind: 'figure' },
  { title: 'Time', kind: 'figure' },
]

/** The table. Undefined for a single pair: the page as a whole says it all. `linked`: the pairs that are told of below. */
export function runPairs({ pairs, total, milliseconds }: RunDocument, linked: ReadonlySet<number>): Markup | undefined {
  if (pairs.length < 2) return undefined
  const stands = pairs.map(standOf)
  const places = [...pairs.keys()]
  const rank = (at: number) => order.indexOf(stands[at] ?? 'done')
  const sorted = pairs.length > few ? places.toSorted((one, other) => rank(one) - rank(other)) : places
  const rows = sorted.slice(0, mostRows).flatMap((at) => {
    const pair = pairs[at]
    return pair === undefined ? [] : [rowOf(pair, stands[at] ?? 'done', at, linked.has(at))]
  })
  const foot = {
    cells: [
      `Total of ${grouped(pairs.length)}`,
      '',
      ...amounts(total.listed.count, total.outcomes),
      formatDuration(milliseconds),
    ],
  }
  const rest = sorted.slice(mostRows).map((at) => stands[at] ?? 'done')
  const caption = rest.length > 0 ? restWords(rest) : captionText
  return html`<section aria-labelledby="pairs"><h2 id="pairs">Pairs</h2>${table({ caption, columns, rows, foot, isStacked: true })}</section>`
}

// Two short lines: on paper the column has no room for one.
const unknown: readonly Content[] = [html`not<br>listed`, ...Array.from({ length: 5 }, () => '-')]

/** How those stand that are not shown: with enough that failed, not all of the others are well. */
function restWords(stands: readonly PairStand[]): string {
  const groups = order.flatMap((stand) => {
    const count = stands.filter((one) => one === stand).length
    return count === 0 ? [] : [`${grouped(count)} ${standWords[stand].words.toLowerCase()}`]
  })
  return `and ${counted(stands.length, 'more pair')}: ${groups.join('; ')}.`
}

const captionText = 'Listed = copied + there already + left out + open, in every row.'

/** A pair's state as a pill. */
export function standPill(stand: PairStand): Markup {
  const { mark: name, words } = standWords[stand]
  return html`<span class="pill tone-${name}">${mark(name)}${words}</span>`
}

function rowOf(pair: PairRunDocument, stand: PairStand, at: number, isLinked: boolean): Row {
  const name = foreign(pair.pair, longestName)
  const cells = [
    isLinked ? html`<a class="name" href="#${detailAnchor(at)}">${name}</a>` : html`<span class="name">${name}</span>`,
    standPill(stand),
    ...(isUnlisted({ ...pair, tally: pair.outcomes }) ? unknown : amounts(pair.listed.count, pair.outcomes)),
    formatDuration(pair.milliseconds),
  ]
  const tone =
    stand === 'wrong' || stand === 'stopped' ? 'failing' : unmadeCount(pair.outcomes) > 0 ? 'late' : undefined
  return { id: pairAnchor(at), cells, tone }
}

function amounts(listed: number, outcomes: TallyValue): readonly string[] {
  const count = (isMeant: (kind: OutcomeKind) => boolean) =>
    outcomeKinds.reduce((sum, kind) => sum + (isMeant(kind) ? outcomes[kind].count : 0), 0)
  return [
    grouped(listed),
    grouped(outcomes.copied.count),
    grouped(count((kind) => outcomeMark[kind] === 'well')),
    grouped(count((kind) => outcomeMark[kind] === 'left')),
    grouped(unmadeCount(outcomes) + outcomes.pending.count),
    formatBytes(outcomes.copied.bytes),
  ]
}
