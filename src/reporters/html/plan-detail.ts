// Pairs of a plan told at length: where their mail goes, what stays and why, the room, the time, what is removed.
import { max } from 'd3-array'
import { formatBytes } from '../../core/format.ts'
import { outcomeMeaning } from '../../core/outcome.ts'
import type { PlanDocument, PlanPairDocument } from '../../documents/plan-document.ts'
import { type Content, foreign, html, type Markup } from '../../page/markup.ts'
import { counted, grouped, outcomeWords } from '../words.ts'
import { detailAnchor, longestName } from './attention.ts'
import { amountColumns } from './pictures.ts'
import { outlookPill } from './plan-pairs.ts'
import { outlookOf, planParts, roughTime, timeSpan } from './plan-totals.ts'
import { equation } from './sum.ts'
import { bar, panel, table } from './table.ts'

/** With so few pairs each is told at length; of many, so many of those in which there is something to look at. */
const few = 20
const mostPairs = 60

/** Folders and reasons of one pair. */
const mostFolders = 40
const mostReasons = 12

/** Characters of a folder's name, and of a reason. */
const longestFolder = 120
const longestReason = 200

/** The places of the pairs that are told at length. */
export function detailedPairs({ pairs }: PlanDocument): ReadonlySet<number> {
  const places = pairs.flatMap((pair, at) => (isWorthwhile(pair, pairs.length) ? [at] : []))
  return new Set(places.slice(0, mostPairs))
}

/** The pairs at length. Undefined where there is nothing to tell. */
export function planDetails({ pairs }: PlanDocument, places: ReadonlySet<number>): Markup | undefined {
  if (places.size === 0) return undefined
  const isAlone = pairs.length === 1
  const blocks = [...places].flatMap((at) => {
    const pair = pairs[at]
    return pair === undefined ? [] : [block(pair, at, isAlone)]
  })
  const rest = pairs.filter((pair) => isWorthwhile(pair, pairs.length)).length - blocks.length
  const more =
    rest > 0 &&
    html`<p class="faint">and ${counted(rest, 'more pair')} with something to look at: the CSV has every one.</p>`
  const title = isAlone
    ? 'What goes where'
    : pairs.length > few
      ? 'Where there is something to look at'
      : 'Pair by pair'
  return html`<section aria-labelledby="details"><h2 id="details">${title}</h2>${blocks}${more}</section>`
}

function isWorthwhile(pair: PlanPairDocument, pairs: number): boolean {
  const outlook = outlookOf(pair)
  if (outlook === 'unplanned' || outlook === 'nothing') return false
  return pairs <= few || outlook !== 'ready'
}

function block(pair: PlanPairDocument, at: number, isAlone: boolean): Markup {
  const head = html`<h3>${foreign(pair.pair, longestName)} ${outlookPill(outlookOf(pair))}</h3>${equation(pair.listed.count, planParts(pair.total))}`
  const level = isAlone ? 3 : 4
  return html`<article class="detail" id="${detailAnchor(at)}">${!isAlone && head}
<div class="charts">${folderTable(pair, level)}${leftTable(pair, level)}${conditions(pair, level)}</div></article>`
}

type Level = 3 | 4

function folderTable({ folders, total }: PlanPairDocument, level: Level): Markup | undefined {
  if (folders.length === 0) return undefined
  const amounts = folders.map(({ folder, exists, copy, compare }) => ({
    folder,
    exists,
    compare: compare.count,
    count: copy.count + compare.count,
    bytes: copy.bytes + compare.bytes,
  }))
  const most = max(amounts, ({ bytes }) => bytes) ?? 1
  const rows = amounts.slice(0, mostFolders).map(({ folder, exists, compare, count, bytes }) => ({
    cells: [
      html`<span class="strong">${foreign(folder, longestFolder)}</span>${!exists && html`<span class="under">will be created</span>`}${compare > 0 && html`<span class="under">${grouped(compare)} of them to be compared</span>`}`,
      grouped(count),
      [formatBytes(bytes), bar(bytes / most)],
    ],
  }))
  const rest = folders.length - rows.length
  const bytes = total.copy.bytes + total.compare.bytes
  const foot = { cells: ['Total', grouped(total.copy.count + total.compare.count), formatBytes(bytes)] }
  const caption =
    rest > 0 ? `and ${counted(rest, 'more folder')}: the CSV has all of them.` : 'Dates and bytes stay as they are.'
  return panel('Where it goes', html`${table({ caption, columns: amountColumns('Folder'), rows, foot })}`, level)
}

function leftTable({ left, total, appendLimit }: PlanPairDocument, level: Level): Markup | undefined {
  const sorted = left.toSorted((one, other) => other.count - one.count)
  const rows = sorted.slice(0, mostReasons).map(({ outcome, reason, count, bytes }) => ({
    cells: [
      html`<span class="strong">${outcomeWords(outcome)}</span><span class="under">${foreign(reason ?? outcomeMeaning[outcome], longestReason)}</span>`,
      grouped(count),
      formatBytes(bytes),
    ],
  }))
  if (total.tooBig.count > 0) {
    const limit =
      appendLimit === null ? outcomeMeaning['too-big'] : `the destination takes ${formatBytes(appendLimit)} at most`
    const name = html`<span class="strong">too big</span><span class="under">${limit}</span>`
    rows.push({ cells: [name, grouped(total.tooBig.count), formatBytes(total.tooBig.bytes)] })
  }
  if (rows.length === 0) return undefined
  const rest = left.length - mostReasons
  const caption =
    rest > 0 ? `and for ${counted(rest, 'more reason')}: the CSV has all of them.` : 'Nothing is done about these.'
  const foot = {
    cells: [
      'Total',
      grouped(total.left.count + total.tooBig.count),
      formatBytes(total.left.bytes + total.tooBig.bytes),
    ],
  }
  return panel('What stays where it is', html`${table({ caption, columns: amountColumns('Why'), rows, foot })}`, level)
}

/** Room, limits, time and removal, as far as they are known. */
function conditions(pair: PlanPairDocument, level: Level): Markup | undefined {
  const rows = [room(pair), limit(pair), time(pair), removal(pair)].flatMap((row) => row ?? [])
  if (rows.length === 0) return undefined
  return panel(
    'What it takes',
    html`<dl class="terms">${rows.map(([term, words]) => html`<div><dt>${term}</dt><dd>${words}</dd></div>`)}</dl>`,
    level,
  )
}

type Term = readonly [term: string, words: Content]

function room({ quota, total, fits }: PlanPairDocument): readonly Term[] {
  if (quota === null) return []
  const needed = total.copy.bytes + total.compare.bytes
  const verdict = fits === false ? html`<strong class="wrong">It does not fit.</strong>` : 'It fits.'
  const words = `${formatBytes(Math.max(0, quota.limit - quota.used))} of ${formatBytes(quota.limit)} are free, ${formatBytes(needed)} are to move.`
  return [
    [
      'Room',
      html`${verdict} ${words}${bar((quota.used + needed) / quota.limit, fits === false ? 'failing' : 'working')}<span class="under">used afterwards</span>`,
    ],
  ]
}

function limit({ appendLimit }: PlanPairDocument): readonly Term[] {
  return appendLimit === null ? [] : [['Largest message', `${formatBytes(appendLimit)}, as the destination says.`]]
}

function time({ estimate }: PlanPairDocument): readonly Term[] {
  if (estimate === null) return []
  const { low, likely, high, days, basis } = estimate
  const span = `About ${roughTime(likely)}; ${timeSpan({ low, high })} is possible`
  const on = days > 1 ? `, over ${grouped(days)} days, for only so much may move a day` : ''
  const why = basis.slice(0, mostReasons).map((words) => html`<li>${foreign(words, longestReason)}</li>`)
  return [['Time', html`${span}${on}.${why.length > 0 && html`<ul class="why">${why}</ul>`}`]]
}

function removal({ removal }: PlanPairDocument): readonly Term[] {
  if (removal === null) return []
  const { count, bytes, afterDays, proof, asks, limit } = removal
  const when = afterDays === 0 ? 'once it is moved' : `${counted(afterDays, 'day')} after it was moved`
  const looked = proof === 'hash' ? 'read back and compared' : 'looked for'
  const most = limit === null ? '' : ` ${grouped(limit)} go in one run at most.`
  const asked = asks ? ' The run asks first.' : ''
  const words = `${counted(count, 'message')}, ${formatBytes(bytes)}: each ${when}, after its copy was ${looked}.${most}${asked}`
  return [['Removed at the source', words]]
}
