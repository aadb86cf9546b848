// Pairs of a run told at length, where there is something to look at: their sum, and each message that did not make it.
import { sum } from 'd3-array'
import { formatBytes, formatDuration } from '../../core/format.ts'
import { incompleteKinds, outcomeMeaning } from '../../core/outcome.ts'
import type { PairRunDocument, RunDocument, RunException, UnlistedExceptions } from '../../documents/run-document.ts'
import { type Content, foreign, html, type Markup } from '../../page/markup.ts'
import { isUnlisted } from '../sums.ts'
import { counted, grouped, outcomeWords } from '../words.ts'
import { detailAnchor, longestName } from './attention.ts'
import { amountColumns } from './pictures.ts'
import { unmadeOf } from './run-matters.ts'
import { standPill } from './run-pairs.ts'
import { standOf, tallyParts } from './run-totals.ts'
import { equation } from './sum.ts'
import { table } from './table.ts'

/** Pairs told at length; rows on the whole page, and for a pair among others. */
const mostPairs = 60
const mostRows = 300
const mostRowsOfPair = 40

/** Characters of a key, and of a reason or a remedy, in a table of many. */
const longestKey = 80
const longestText = 160

/** What is left out on purpose, by reason. */
const mostReasons = 12

const settled: ReadonlySet<string> = new Set(['done', 'nothing'])

/** The places of the pairs that are told at length. */
export function detailedPairs({ pairs }: RunDocument): ReadonlySet<number> {
  const places = pairs.flatMap((pair, at) => (settled.has(standOf(pair)) ? [] : [at]))
  return new Set(pairs.length === 1 ? [0] : places.slice(0, mostPairs))
}

/** The pairs at length. Undefined where all is well. */
export function runDetails(document: RunDocument, places: ReadonlySet<number>): Markup | undefined {
  const { pairs } = document
  const [only] = pairs
  if (pairs.length === 1 && only) return singleDetail(only)
  if (places.size === 0) return undefined
  let room = mostRows
  const blocks = [...places].flatMap((at) => {
    const pair = pairs[at]
    if (pair === undefined) return []
    const rows = Math.min(room, mostRowsOfPair)
    room -= Math.min(rows, listedOnes(pair).length)
    return [block(pair, at, rows)]
  })
  const rest = pairs.filter((pair) => !settled.has(standOf(pair))).length - blocks.length
  const more =
    rest > 0 &&
    html`<p class="faint">and ${counted(rest, 'more pair')} with something to look at: what is new of them is in the CSV.</p>`
  return html`<section aria-labelledby="details"><h2 id="details">Where there is something to look at</h2>${blocks}${more}</section>`
}

function singleDetail(pair: PairRunDocument): Markup | undefined {
  const parts = [unmadeTable(pair, mostRows), leftTable(pair)]
  if (parts.every((part) => part === undefined)) return undefined
  return html`<section aria-labelledby="details"><h2 id="details">Message by message</h2>${parts}</section>`
}

function block(pair: PairRunDocument, at: number, rows: number): Markup {
  const { milliseconds, listed, outcomes } = pair
  const isNot = isUnlisted({ ...pair, tally: outcomes })
  const sums = html`${equation(listed.count, tallyParts(outcomes))}
<p class="faint">${formatBytes(listed.bytes)} listed, ${formatBytes(pair.bytesAppended)} appended, in ${formatDuration(milliseconds)}.</p>`
  return html`<article class="detail" id="${detailAnchor(at)}"><h3>${foreign(pair.pair, longestName)} ${standPill(standOf(pair))}</h3>
${isNot ? html`<p class="sum">Not listed: stopped after ${formatDuration(milliseconds)}.</p>` : sums}
${pair.error !== null && html`<p class="reason"><code>${pair.error.code}</code> ${foreign(pair.error.message, 400)}</p>`}
${unmadeTable(pair, rows)}${leftTable(pair)}</article>`
}

/** Messages that were not reached are counted and not listed: nothing is wrong with them. */
function listedOnes(pair: PairRunDocument): readonly RunException[] {
  return unmadeOf(pair).filter(({ outcome }) => outcome !== 'pending')
}

function unmadeTable(pair: PairRunDocument, most: number): Markup | undefined {
  const all = listedOnes(pair)
  const shares = pair.unlisted.filter(({ outcome }) => incompleteKinds.has(outcome) && outcome !== 'pending')
  if (all.length + shares.length === 0) return undefined
  const listed = all.slice(0, most).map((exception) => ({ cells: exceptionCells(exception) }))
  const sums = shares.slice(0, mostReasons).map((share) => ({ cells: shareCells(share) }))
  const total = all.length + sum(shares, ({ count }) => count)
  const caption = `${counted(total, 'message')} did not make it${restWords(all.slice(most))}.`
  const columns = [
    { title: 'Message' },
    { title: 'What became of it' },
    { title: 'What would bring it over' },
    { title: 'Size', kind: 'figure' },
  ] as const
  return table({ caption, columns, rows: [...listed, ...sums], isStacked: true })
}

/** Where those are that are not shown: what earlier runs have decided, the CSV of a kept run only counts. */
function restWords(rest: readonly RunException[]): string {
  const earlier = rest.filter(({ carried }) => carried).length
  const fresh = rest.length - earlier
  const words = [
    ...(fresh > 0 ? [`${grouped(fresh)} more are in the CSV`] : []),
    ...(earlier > 0 ? [`${grouped(earlier)} more, decided by earlier runs, are listed by mailhaul status`] : []),
  ]
  return words.map((text) => `; ${text}`).join('')
}

function exceptionCells(exception: RunException): readonly Content[] {
  const { key, keyBase64, bytes, kept } = exception
  const name = key ?? keyBase64
  const file = kept !== null && html`<span class="under">kept as ${foreign(kept, longestText)}</span>`
  return [
    name === null ? html`<span class="faint">without a name</span>` : html`<code>${foreign(name, longestKey)}</code>`,
    [fateOf(exception), file],
    remedyOf(exception),
    formatBytes(bytes),
  ]
}

/** Messages that are counted and not listed. */
function shareCells(share: UnlistedExceptions): readonly Content[] {
  return [counted(share.count, 'message'), fateOf(share), remedyOf(share), formatBytes(share.bytes)]
}

type Fate = Pick<RunException, 'outcome' | 'reason' | 'remedy' | 'carried'>

function fateOf({ outcome, reason, carried }: Fate): Markup {
  const words = foreign(reason ?? outcomeMeaning[outcome], longestText)
  return html`<span class="strong">${outcomeWords(outcome)}</span>: ${words}${carried && html`<span class="under">decided by an earlier run</span>`}`
}

function remedyOf({ remedy }: Fate): Markup {
  return remedy === null ? html`<span class="faint">nothing known</span>` : foreign(remedy, longestText)
}

/** What was left out on purpose, by outcome and reason. */
function leftTable({ exceptions, unlisted }: PairRunDocument): Markup | undefined {
  const reasons = new Map<string, { outcome: RunException['outcome']; reason: string; count: number; bytes: number }>()
  const all = [...exceptions.map((exception) => ({ ...exception, count: 1 })), ...unlisted]
  for (const { outcome, reason, count, bytes } of all) {
    if (outcome !== 'duplicate' && outcome !== 'filtered' && outcome !== 'empty') continue
    const words = reason ?? outcomeMeaning[outcome]
    const found = reasons.get(`${outcome} ${words}`)
    if (found === undefined) reasons.set(`${outcome} ${words}`, { outcome, reason: words, count, bytes })
    else {
      found.count += count
      found.bytes += bytes
    }
  }
  if (reasons.size === 0) return undefined
  const sorted = [...reasons.values()].toSorted((one, other) => other.count - one.count)
  const rows = sorted.slice(0, mostReasons).map(({ outcome, reason, count, bytes }) => ({
    cells: [
      html`<span class="strong">${outcomeWords(outcome)}</span>: ${foreign(reason, longestText)}`,
      grouped(count),
      formatBytes(bytes),
    ],
  }))
  const rest = sorted.length - rows.length
  const caption = `Left out on purpose${rest > 0 ? `; and for ${counted(rest, 'more reason')}` : ''}.`
  return table({ caption, columns: amountColumns('Why'), rows })
}
