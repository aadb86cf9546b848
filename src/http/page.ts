// The status page as a whole: written on the server, complete without JavaScript, and kept fresh by a little of it.
import { createHash } from 'node:crypto'
import type { WatchView } from '../core/watch.ts'
import { iconUrl, sign } from '../page/marks.ts'
import { html, Markup } from '../page/markup.ts'
import { headlineOf, overview } from './overview.ts'
import { manyPairs, pairTable, perPage, type Query } from './pair-table.ts'
import { script } from './script.ts'
import { style } from './style.ts'

/** Seconds after which a browser without JavaScript loads the page again. */
const reload = 30

/** What a browser may do with the page: run this script and style, ask this server for more, and nothing else. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `script-src '${hashOf(script)}'`,
  `style-src '${hashOf(style)}'`,
  "connect-src 'self'",
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

/** The whole document. */
export function page(view: WatchView, query: Query, version: string): string {
  const { text, mark } = headlineOf(view)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${titleOf(text)}</title>
<link rel="icon" href="${iconUrl(mark)}">
<noscript><meta http-equiv="refresh" content="${reload}"></noscript>
<style>${new Markup(style)}</style>
</head>
<body>
<header class="top"><div>${sign}<span class="brand">mailhaul</span> <span class="faint">watch ${version}</span></div>
<p id="freshness"><noscript>Loaded anew every ${reload} seconds</noscript></p></header>
<main>
${live(view, query)}
</main>
<footer><p>For programs: <a href="healthz">health</a> · <a href="metrics">metrics</a>. Times are shown in full where you point at them, in UTC.</p></footer>
<script>${new Markup(script)}</script>
</body>
</html>
`.text
}

/** The parts of the page that change, each with its id: what the script asks for. */
export function board(view: WatchView, query: Query): string {
  return live(view, query).text
}

function live(view: WatchView, query: Query): Markup {
  const { text, mark } = headlineOf(view)
  // A large table is asked for less often.
  const seconds = view.pairs.length > perPage / 2 ? 15 : 5
  return html`<div id="overview" data-live data-title="${titleOf(text)}" data-icon="${iconUrl(mark)}" data-seconds="${seconds}">${overview(view)}</div>
<section aria-labelledby="pairs-title"><div class="bar"><h2 id="pairs-title">Pairs</h2>${finder(view, query)}</div>
<div id="pairs" data-live>${pairTable(view, query)}</div></section>`
}

function titleOf(headline: string): string {
  return `${headline} · mailhaul`
}

function finder({ pairs }: WatchView, { find }: Query): Markup | undefined {
  if (pairs.length < manyPairs && find === '') return undefined
  const clear = find !== '' && html`<a href="./">Show all</a>`
  return html`<form role="search" method="get" action="./#pairs-title"><label for="find">Find a pair</label><input id="find" name="find" type="search" maxlength="100" autocomplete="off" value="${find}"><button>Find</button>${clear}</form>`
}
