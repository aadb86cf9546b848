// The first part of the status page: whether all is well, the figures, and what is failing with what to do about it.
import { formatBytes } from '../core/format.ts'
import type { WatchedPair, WatchView } from '../core/watch.ts'
import { type MarkName, mark } from '../page/marks.ts'
import { html, type Markup } from '../page/markup.ts'
import { isStuck, type PairState, stateOf } from './state.ts'
import { ago, ahead, roughly, timeElement } from './times.ts'
import { counted, grouped } from './words.ts'

/** Failing pairs told at length; the others stand in the table. */
const mostCards = 20

/** The page's verdict in a mark and a few words. */
export interface Headline {
  readonly mark: MarkName
  readonly text: string
}

/** Whether all is well, as the first line says it. */
export function headlineOf(view: WatchView): Headline {
  const { pairs } = view
  const count = (state: PairState) => pairs.filter((pair) => stateOf(pair, view) === state).length
  const [failing, late] = [count('failing'), count('late')]
  const part = (some: number, what: string): string =>
    pairs.length === 1
      ? `The pair is ${what}`
      : `${grouped(some)} of ${counted(pairs.length, 'pair')} ${isAre(some)} ${what}`
  if (view.isDraining) return { mark: 'working', text: 'Stopping: what is in flight is being finished' }
  if (isStuck(view)) return { mark: 'failing', text: 'Pairs are due and nothing is at work: start mailhaul anew' }
  if (failing > 0) return { mark: 'failing', text: part(failing, 'failing') }
  if (late > 0) return { mark: 'late', text: part(late, 'late') }
  if (pairs.length === 0 || pairs.some(({ lastSuccess }) => lastSuccess !== undefined)) {
    return { mark: 'well', text: 'All is well' }
  }
  const isUnderWay = pairs.some(({ phase }) => phase === 'working')
  return { mark: 'working', text: isUnderWay ? 'The first passes are under way' : 'Waiting for the first pass' }
}

/** Headline, figures and failures. */
export function overview(view: WatchView): Markup {
  const { mark: name, text } = headlineOf(view)
  return html`<section class="hero tone-${name}" aria-labelledby="headline">
<span class="badge">${mark(name)}</span>
<div><h1 id="headline">${text}</h1><p>${subline(view)}</p></div>
</section>
${shares(view)}
${figures(view)}
${failures(view)}${toDos(view)}`
}

function isAre(count: number): string {
  return count === 1 ? 'is' : 'are'
}

function subline(view: WatchView): Markup {
  const { now, startedAt, pairs } = view
  const due = pairs.flatMap(({ next }) => (next === undefined ? [] : [next]))
  const first = due.length === 0 ? undefined : due.reduce((least, next) => Math.min(least, next))
  const next = first === undefined ? '' : html` · next pass ${timeElement(first, ahead(first - now))}`
  return html`${counted(pairs.length, 'pair')} · watched for ${timeElement(startedAt, roughly(now - startedAt))}${next}`
}

const stateWords: Readonly<Record<PairState, string>> = {
  failing: 'failing',
  late: 'late',
  working: 'at work',
  waiting: 'in step',
}

/** How the pairs share out over the states: a bar to look at, and the same in words. */
function shares(view: WatchView): Markup {
  const states = Object.keys(stateWords) as PairState[]
  const counts = states.map((state) => ({
    state,
    count: view.pairs.filter((pair) => stateOf(pair, view) === state).length,
  }))
  let from = 0
  const parts = counts.map(({ state, count }) => {
    const x = from
    from += count
    return count === 0 ? undefined : html`<rect class="fill-${state}" x="${x}" y="0" width="${count}" height="1"/>`
  })
  const shown = counts.filter(({ state, count }) => count > 0 || state === 'waiting')
  const words = shown.map(
    ({ state, count }) =>
      html`<li class="tone-${state}">${mark(state)}<b>${grouped(count)}</b> ${stateWords[state]}</li>`,
  )
  const box = `0 0 ${Math.max(1, view.pairs.length)} 1`
  return html`<div class="shares"><svg viewBox="${box}" preserveAspectRatio="none" aria-hidden="true" focusable="false">${parts}</svg>
<ul aria-label="Pairs by state">${words}</ul></div>`
}

function figures({ pairs, queued, spoolHeld }: WatchView): Markup {
  const sum = (of: (pair: WatchedPair) => number) => pairs.reduce((total, pair) => total + of(pair), 0)
  const copied = sum(({ totals }) => totals.outcomes.copied)
  const rows: readonly [string, string][] = [
    ['Messages moved', grouped(copied)],
    ['Mail moved', formatBytes(sum(({ totals }) => totals.bytesAppended))],
    ['Passes', grouped(sum(({ passes }) => passes))],
    ['Waiting for a turn', grouped(queued)],
    ['On the way now', formatBytes(spoolHeld)],
  ]
  return html`<dl class="figures" aria-label="Since the watch started">${rows.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>`
}

function failures(view: WatchView): Markup | undefined {
  const failing = view.pairs.filter(({ failure }) => failure !== undefined).toSorted(byUrgency)
  if (failing.length === 0) return undefined
  const rest = failing.length - mostCards
  const more = rest > 0 && html`<p class="faint">${counted(rest, 'more pair')} fail; the table below has them all.</p>`
  return html`<section aria-labelledby="failing"><h2 id="failing">What is failing, and what to do</h2>
<div class="cards">${failing.slice(0, mostCards).map((pair) => card(pair, view))}</div>${more}</section>`
}

/** What waits for somebody although mail gets through. */
function toDos(view: WatchView): Markup | undefined {
  const waiting = view.pairs.flatMap(({ name, toDo }) => (toDo === undefined ? [] : [{ name, toDo }]))
  if (waiting.length === 0) return undefined
  const rest = waiting.length - mostCards
  const cards = waiting.slice(0, mostCards).map(
    ({ name, toDo: { reason, hint } }) => html`<article class="card waits"><h3>${mark('late')}<span>${name}</span></h3>
<p class="reason">${reason}</p>
${hint !== undefined && html`<p class="advice"><b>What to do:</b> ${hint}</p>`}</article>`,
  )
  return html`<section aria-labelledby="to-do"><h2 id="to-do">What waits for you, though mail gets through</h2>
<div class="cards">${cards}</div>${rest > 0 && html`<p class="faint">${counted(rest, 'more pair')} wait for the same.</p>`}</section>`
}

/** What waits for somebody comes first, then what has been failing for longest. */
export function byUrgency({ failure: one }: WatchedPair, { failure: other }: WatchedPair): number {
  const needs = (failure: WatchedPair['failure']) => Number(failure?.needsSomebody === true)
  return needs(other) - needs(one) || (one?.since ?? 0) - (other?.since ?? 0)
}

function card(pair: WatchedPair, view: WatchView): Markup | undefined {
  const { name, failure, next, lastSuccess, phase } = pair
  if (failure === undefined) return undefined
  const { now } = view
  const again =
    phase === 'working' ? 'being tried now' : next === undefined ? 'not planned' : timeElement(next, ahead(next - now))
  const success = lastSuccess === undefined ? 'none since the start' : timeElement(lastSuccess, ago(now - lastSuccess))
  const facts: readonly [string, Markup | string][] = [
    [
      'Failing for',
      html`${timeElement(failure.since, roughly(now - failure.since))}, ${failure.times === 1 ? '1 pass' : html`${grouped(failure.times)} passes`}`,
    ],
    ['Last success', success],
    ['Next try', again],
  ]
  return html`<article class="card"><h3>${mark('failing')}<span>${name}</span><code>${failure.code}</code></h3>
<p class="ends">${ends(pair)}</p>
<p class="reason">${failure.reason}</p>
${failure.hint !== undefined && html`<p class="advice"><b>What to do:</b> ${failure.hint}</p>`}
<dl>${facts.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl></article>`
}

/** Where mail comes from and where it goes. */
export function ends({ sourceHost, destinationHost }: WatchedPair): Markup {
  return html`<span class="host">${sourceHost}</span> <span aria-hidden="true">→</span><span class="unseen">to</span> <span class="host">${destinationHost}</span>`
}
