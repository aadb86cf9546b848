// The report of a run as one HTML file: whether the sum adds up, what needs a look, pictures, pairs, messages.
import { max, sum } from 'd3-array'
import { formatBytes, formatDuration } from '../../core/format.ts'
import { outcomeKinds, outcomeMeaning } from '../../core/outcome.ts'
import type { RunDocument } from '../../documents/run-document.ts'
import { mark } from '../../page/marks.ts'
import { type Content, html, type Markup } from '../../page/markup.ts'
import { counted, grouped, outcomeWords, partWords } from '../words.ts'
import { attention } from './attention.ts'
import { figures } from './figures.ts'
import { frame, moment } from './frame.ts'
import { amountColumns, rateWords, sizesFigure, yearsFigure } from './pictures.ts'
import { course } from './run-course.ts'
import { detailedPairs, runDetails } from './run-detail.ts'
import { runMatters } from './run-matters.ts'
import { runPairs } from './run-pairs.ts'
import { throughputFigure } from './run-throughput.ts'
import { outcomeMark, runAddsUp, standOf, tallyParts, unmadeCount } from './run-totals.ts'
import { type Headline, hero } from './sum.ts'
import { bar, panel, table } from './table.ts'

/** The whole file. It depends on the document alone, and on whether that may be part of its run. */
export function renderRunPage(document: RunDocument, mayBePart = false): string {
  const { total, pairs } = document
  const headline = headlineOf(document)
  const detailed = detailedPairs(document)
  const names = pairs.map(({ pair }) => pair)
  const main = [
    hero(headline, line(document), total.listed.count, tallyParts(total.outcomes)),
    mayBePart && html`<p class="faint">${partWords}</p>`,
    runFigures(document),
    attention('What needs a look', runMatters(document), names),
    runPairs(document, detailed),
    pictures(document),
    runDetails(document, detailed),
    course(document),
  ]
  const { mark, text } = headline
  return frame({
    kind: 'Report of a run',
    headline: text,
    mark,
    at: document.startedAt,
    version: document.mailhaul,
    // What the ledger has not kept cannot be had again.
    fullList: document.run === null ? undefined : `mailhaul report --run ${document.run} --csv FILE`,
    notInList,
    main,
  })
}

/** What is kept of a run is smaller than what it printed. */
const notInList =
  'It has a row for each message that this run has left out or could not move. Messages that were not reached, and those ' +
  'that earlier runs had decided on, are counted by reason there; pairs that had nothing to tell are not in it.'

function headlineOf(document: RunDocument): Headline {
  const { total, pairs } = document
  const stands = pairs.map(standOf)
  const [listed, unmade, pending] = [total.listed.count, unmadeCount(total.outcomes), total.outcomes.pending.count]
  if (!runAddsUp(document)) return { mark: 'failing', text: 'The sum does not add up: this is a fault in mailhaul' }
  const stopped = stands.filter((stand) => stand === 'stopped').length
  if (stopped > 0 && listed === 0) return { mark: 'failing', text: 'The run stopped before anything was listed' }
  if (stopped > 0) {
    const who = pairs.length === 1 ? 'the run' : `${grouped(stopped)} of ${counted(pairs.length, 'pair')}`
    return { mark: 'failing', text: `It adds up so far, but ${who} stopped before the end` }
  }
  if (unmade > 0) {
    return { mark: 'look', text: `It adds up, but ${grouped(unmade)} of ${counted(listed, 'message')} did not make it` }
  }
  if (pending > 0) return { mark: 'late', text: `It adds up so far: ${counted(pending, 'message')} still to come` }
  if (stands.includes('unfinished')) return { mark: 'late', text: 'It adds up so far: not all pairs are finished' }
  if (listed === 0) return { mark: 'well', text: 'Nothing is listed: there is no mail to move' }
  const isNew = total.outcomes.copied.count + total.outcomes.adopted.count > 0
  if (!isNew) return { mark: 'well', text: `It adds up: nothing new among ${counted(listed, 'message')}` }
  return { mark: 'well', text: `It adds up: all ${counted(listed, 'message')} are accounted for` }
}

function line({ run, pairs, startedAt, milliseconds }: RunDocument): Content {
  const number = run !== null && html`run ${run} · `
  return html`${number}${counted(pairs.length, 'pair')} · began ${moment(startedAt)} · took ${formatDuration(milliseconds)}`
}

function runFigures({ total, pairs, milliseconds }: RunDocument): Markup {
  const { copied } = total.outcomes
  const appended = sum(pairs, ({ bytesAppended }) => bytesAppended)
  const perSecond = milliseconds > 0 ? rateWords((copied.count * 1000) / milliseconds) : '-'
  return figures([
    ['Messages copied', grouped(copied.count)],
    ['Mail copied', formatBytes(appended)],
    ['Did not make it', grouped(unmadeCount(total.outcomes))],
    ['Time', formatDuration(milliseconds)],
    ['Messages a second', perSecond],
  ])
}

function pictures(document: RunDocument): Markup | undefined {
  const { pairs } = document
  const all = [
    throughputFigure(document),
    yearsFigure(
      'What was copied, by year',
      pairs.flatMap(({ years }) => years),
    ),
    outcomes(document),
    sizesFigure(pairs.flatMap(({ sizes }) => sizes)),
  ]
  if (all.every((picture) => picture === undefined)) return undefined
  return html`<section aria-labelledby="pictures"><h2 id="pictures">In pictures</h2><div class="charts">${all}</div></section>`
}

/** Every outcome there is, with what it means, and the sum. */
function outcomes({ total }: RunDocument): Markup | undefined {
  const kinds = outcomeKinds.filter((kind) => total.outcomes[kind].count > 0)
  if (kinds.length === 0) return undefined
  const most = max(kinds, (kind) => total.outcomes[kind].count) ?? 1
  const rows = kinds.map((kind) => {
    const { count, bytes } = total.outcomes[kind]
    const tone = outcomeMark[kind]
    const name = html`<span class="outcome tone-${tone}">${mark(tone)}${outcomeWords(kind)}</span><span class="under">${outcomeMeaning[kind]}</span>${bar(count / most, tone)}`
    return { cells: [name, grouped(count), formatBytes(bytes)] }
  })
  const [count, bytes] = [
    sum(kinds, (kind) => total.outcomes[kind].count),
    sum(kinds, (kind) => total.outcomes[kind].bytes),
  ]
  const caption = `${counted(total.listed.count, 'message')} listed, ${formatBytes(total.listed.bytes)} as the source counts.`
  const parts = {
    caption,
    columns: amountColumns('Outcome'),
    rows,
    foot: { cells: ['Total', grouped(count), formatBytes(bytes)] },
  }
  return panel('What became of every message', table(parts))
}
