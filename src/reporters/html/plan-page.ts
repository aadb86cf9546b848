// The dry run as one HTML file: what will move and how long it takes, what needs a look, what to run next.
import { sum } from 'd3-array'
import { formatBytes } from '../../core/format.ts'
import type { PlanDocument } from '../../documents/plan-document.ts'
import { type Content, foreign, html, type Markup } from '../../page/markup.ts'
import { counted, grouped } from '../words.ts'
import { attention } from './attention.ts'
import { figures } from './figures.ts'
import { frame } from './frame.ts'
import { sizesFigure, yearsFigure } from './pictures.ts'
import { detailedPairs, planDetails } from './plan-detail.ts'
import { planMatters } from './plan-matters.ts'
import { planPairs } from './plan-pairs.ts'
import { outlookOf, type PlanTotals, planParts, planTime, planTotalsOf, timeSpan } from './plan-totals.ts'
import { type Headline, hero } from './sum.ts'

const fullList = 'mailhaul plan --csv FILE'

/** The whole file. It depends on the document alone. */
export function renderPlanPage(document: PlanDocument): string {
  const { pairs } = document
  const totals = planTotalsOf(document)
  const headline = headlineOf(document, totals)
  const detailed = detailedPairs(document)
  const names = pairs.map(({ pair }) => pair)
  const main = [
    hero(headline, line(document), totals.listed.count, planParts(totals.parts)),
    planFigures(document, totals),
    attention('What to know before', planMatters(document), names),
    commands(document),
    planPairs(document, detailed),
    pictures(document),
    planDetails(document, detailed),
  ]
  const { mark, text } = headline
  return frame({ kind: 'Plan', headline: text, mark, at: document.madeAt, version: document.mailhaul, fullList, main })
}

function headlineOf(document: PlanDocument, { listed, parts, addsUp }: PlanTotals): Headline {
  const { pairs } = document
  const outlooks = pairs.map(outlookOf)
  const unplanned = outlooks.filter((outlook) => outlook === 'unplanned').length
  const blocked = outlooks.filter((outlook) => outlook === 'blocked').length
  if (!addsUp) return { mark: 'failing', text: 'The sum does not add up: this is a fault in mailhaul' }
  if (unplanned > 0) {
    const text =
      pairs.length === 1
        ? 'There is no plan yet'
        : `No plan yet for ${grouped(unplanned)} of ${counted(pairs.length, 'pair')}${blocked > 0 ? `, and ${grouped(blocked)} cannot move as planned` : ''}`
    return { mark: 'failing', text }
  }
  const moving = parts.copy.count + parts.compare.count
  const mark = outlooks.includes('blocked') ? 'failing' : outlooks.includes('risky') ? 'look' : 'well'
  if (listed.count === 0) return { mark, text: 'Nothing is listed: there is no mail to move' }
  if (moving === 0) return { mark, text: `It adds up: nothing to move among ${counted(listed.count, 'message')}` }
  const all =
    moving === listed.count
      ? `all ${counted(moving, 'message')}`
      : `${grouped(moving)} of ${counted(listed.count, 'message')}`
  if (blocked > 0) {
    const what =
      pairs.length === 1
        ? 'something is in the way'
        : `${grouped(blocked)} of ${counted(pairs.length, 'pair')} cannot move as planned`
    return { mark, text: `It adds up: ${all} are to move, but ${what}` }
  }
  return { mark, text: `It adds up: ${all} will move` }
}

function line(document: PlanDocument): Content {
  return `${counted(document.pairs.length, 'pair')} · a dry run: nothing was written at either end`
}

function planFigures(document: PlanDocument, { parts }: PlanTotals): Markup {
  const folders = sum(document.pairs, (pair) => pair.folders.length)
  const created = sum(document.pairs, (pair) => pair.folders.filter(({ exists }) => !exists).length)
  const time = planTime(document)
  const days = time !== undefined && time.days > 1
  return figures([
    ['Messages to move', grouped(parts.copy.count + parts.compare.count)],
    ['Mail to move', formatBytes(parts.copy.bytes + parts.compare.bytes)],
    [
      days ? 'Days it takes' : 'Time it takes',
      time === undefined ? 'not known' : days ? grouped(time.days) : timeSpan(time),
    ],
    ['Stay where they are', grouped(parts.left.count + parts.tooBig.count)],
    [created > 0 ? `Folders, ${grouped(created)} of them new` : 'Folders', grouped(folders)],
  ])
}

function commands({ commands }: PlanDocument): Markup | undefined {
  if (commands.length === 0) return undefined
  const steps = commands.map(
    ({ command, purpose }) =>
      html`<li><p>${foreign(sentenceOf(purpose), 200)}</p><pre><code>${foreign(command, 500)}</code></pre></li>`,
  )
  return html`<section aria-labelledby="next"><h2 id="next">What to run next</h2><ol class="steps">${steps}</ol></section>`
}

/** With a capital, as it stands alone here. */
function sentenceOf(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1)
}

function pictures({ pairs }: PlanDocument): Markup | undefined {
  const all = [
    yearsFigure(
      'What is to move, by year',
      pairs.flatMap(({ years }) => years ?? []),
      readWords(pairs),
    ),
    sizesFigure(pairs.flatMap(({ sizes }) => sizes)),
  ]
  if (all.every((picture) => picture === undefined)) return undefined
  return html`<section aria-labelledby="pictures"><h2 id="pictures">In pictures</h2><div class="charts">${all}</div></section>`
}

/** Of what the picture of years is made, where not all dates were read. */
function readWords(pairs: PlanDocument['pairs']): string {
  const known = pairs.filter(({ years }) => years !== null)
  const read = sum(known, ({ datesRead }) => datesRead)
  const all = sum(known, ({ total }) => total.copy.count + total.compare.count)
  const others = known.length < pairs.length ? ` Of ${grouped(known.length)} of ${counted(pairs.length, 'pair')}.` : ''
  return `${others}${read < all ? ` Estimated from ${counted(read, 'date')}.` : ''}`
}
