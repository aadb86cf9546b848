// The second part of the status page: every pair in a table, what needs a look first, a page of it at a time.
import { formatBytes } from '../core/format.ts'
import type { WatchedPair, WatchView } from '../core/watch.ts'
import { mark } from '../page/marks.ts'
import { html, type Markup } from '../page/markup.ts'
import { byUrgency, ends } from './overview.ts'
import { type PairState, stateOf } from './state.ts'
import { ago, ahead, timeElement } from './times.ts'
import { counted, grouped } from './words.ts'

/** What of the pairs is shown. */
export interface Query {
  /** Part of a pair's name or of a host; empty: all. */
  readonly find: string
  /** From 1. */
  readonly page: number
}

/** Pairs on one page. */
export const perPage = 200

/** Pairs from which on a field to find one is worth its place. */
export const manyPairs = 10

const stateWords: Readonly<Record<PairState, string>> = {
  failing: 'Failing',
  late: 'Late',
  working: 'At work',
  waiting: 'In step',
}
const stateOrder = Object.keys(stateWords)

const columns = ['Pair', 'State', 'Last success', 'Last pass', 'Next pass', 'Moved'] as const

/** The pairs asked for. */
export function pairTable(view: WatchView, query: Query): Markup {
  const wanted = query.find.toLowerCase()
  const found = view.pairs.filter(({ name, sourceHost, destinationHost }) =>
    [name, sourceHost, destinationHost].some((text) => text.toLowerCase().includes(wanted)),
  )
  const sorted = inOrder(found, view)
  const pages = Math.max(1, Math.ceil(sorted.length / perPage))
  const page = Math.min(query.page, pages)
  const rows = sorted.slice((page - 1) * perPage, page * perPage)
  if (rows.length === 0) return html`<p class="nothing">No pair has “${query.find}” in its name or hosts.</p>`
  // The roles are what these elements are anyway; on a phone, where they are shown as blocks, they would lose them.
  return html`<table class="stack" role="table"><caption>${caption(found.length, view, query)}</caption>
<thead role="rowgroup"><tr role="row">${columns.map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows.map((pair) => row(pair, view))}</tbody></table>${pager(page, pages, query)}`
}

function inOrder(pairs: readonly WatchedPair[], view: WatchView): readonly WatchedPair[] {
  const ranks = new Map(pairs.map((pair) => [pair, stateOrder.indexOf(stateOf(pair, view))]))
  const rank = (pair: WatchedPair) => ranks.get(pair) ?? 0
  const byName = new Intl.Collator('en', { numeric: true })
  return pairs.toSorted(
    (one, other) => rank(one) - rank(other) || byUrgency(one, other) || byName.compare(one.name, other.name),
  )
}

function caption(count: number, { pairs, startedAt, now }: WatchView, { find }: Query): Markup {
  const which =
    find === ''
      ? counted(pairs.length, 'pair')
      : html`${grouped(count)} of ${counted(pairs.length, 'pair')}, found by “${find}”`
  return html`${which}; what was moved counts from the start of the watch, ${timeElement(startedAt, ago(now - startedAt))}.`
}

function row(pair: WatchedPair, view: WatchView): Markup {
  const { name, lastSuccess, lastFinished, next, phase } = pair
  const { now } = view
  const state = stateOf(pair, view)
  const past = (at: number | undefined) =>
    at === undefined ? html`<span class="faint">not yet</span>` : timeElement(at, ago(now - at))
  const coming = next === undefined ? html`<span class="faint">none</span>` : timeElement(next, ahead(next - now))
  const cells: readonly Markup[] = [
    html`<span class="pill tone-${state}">${mark(state)}${stateWords[state]}</span>`,
    past(lastSuccess),
    past(lastFinished),
    phase === 'working' ? html`at work` : coming,
    moved(pair),
  ]
  return html`<tr role="row" class="row-${state}"><th role="rowheader" scope="row"><span class="name">${name}</span><span class="ends">${ends(pair)}</span></th>
${cells.map((cell, at) => html`<td role="cell"><span class="label" aria-hidden="true">${columns[at + 1]}</span><span>${cell}</span></td>`)}</tr>`
}

function moved({ name, totals }: WatchedPair): Markup {
  const { copied, rejected, failed, vanished } = totals.outcomes
  const unmade = rejected + failed + vanished + totals.outcomes['too-big']
  const amount =
    copied === 0
      ? html`<span class="faint">nothing new</span>`
      : html`${grouped(copied)}<span class="faint"> · ${formatBytes(totals.bytesAppended)}</span>`
  if (unmade === 0) return amount
  return html`${amount}<span class="unmade" title="mailhaul status ${name} lists them">${grouped(unmade)} did not make it</span>`
}

function pager(page: number, pages: number, { find }: Query): Markup | undefined {
  if (pages === 1) return undefined
  const link = (to: number, words: string) => {
    const search = new URLSearchParams({ ...(find === '' ? {} : { find }), page: String(to) })
    return html`<a href="?${search.toString()}#pairs-title">${words}</a>`
  }
  return html`<nav class="pager" aria-label="Pages of the table">${page > 1 && link(page - 1, 'Previous')}<span>Page ${page} of ${pages}</span>${page < pages && link(page + 1, 'Next')}</nav>`
}
