// The document around a report: one file that loads nothing, runs nothing, and may do nothing.
import { createHash } from 'node:crypto'
import { iconUrl, type MarkName, sign } from '../../page/marks.ts'
import { type Content, html, Markup } from '../../page/markup.ts'
import { style } from './style.ts'

/** What of a report is not the same in all of them. */
export interface FrameParts {
  /** What it is, in one or two words: `Plan`. */
  readonly kind: string
  /** What it says, in one sentence: the title of the window. */
  readonly headline: string
  readonly mark: MarkName
  /** ISO 8601: when it was made, or when the run began. */
  readonly at: string
  /** The version of mailhaul that made it. */
  readonly version: string
  /** The command that writes it as a table, whatever is cut here; undefined where there is none. */
  readonly fullList: string | undefined
  /** What that table does not tell one by one, in sentences; without it, it has all. */
  readonly notInList?: string
  readonly main: Content
}

/** What a browser may do with the page: use this style and its own icon, and nothing else. */
const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** The whole file. */
export function frame({ kind, headline, mark, at, version, fullList, notInList, main }: FrameParts): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(contentSecurityPolicy.replaceAll('"', ''))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${headline} · mailhaul</title>
<link rel="icon" href="${iconUrl(mark)}">
<style>${new Markup(style)}</style>
</head>
<body>
<header class="top"><div>${sign}<span class="brand">mailhaul</span> <span class="faint">${kind}</span></div>
<p class="faint">${moment(at)}</p></header>
<main>
${main}
</main>
<footer>${fullList !== undefined && html`<p>${notInList === undefined ? 'All of it as' : 'As'} a table for spreadsheets: <code>${fullList}</code>${notInList !== undefined && html`<br>${notInList}`}</p>`}
<p>Made by mailhaul ${version}. Times are in UTC. This file loads nothing from anywhere and runs no script.</p></footer>
</body>
</html>
`.text
}

/** A point in time: to the minute for people, exactly for programs. */
export function moment(iso: string): Markup {
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`
}
