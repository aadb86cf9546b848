// The marks of all pages: one shape per state, so that colour never says anything alone.
import { html, Markup } from './markup.ts'

/** What a mark says: all is well, waits in step, is at work, is late, wants a look, has failed, is left out on purpose. */
export type MarkName = 'well' | 'waiting' | 'working' | 'late' | 'look' | 'failing' | 'left'

const strokes: Readonly<Record<MarkName, string>> = {
  well: 'M4.5 10.5l3.5 3.5 7.5-8',
  waiting: 'M4.5 10.5l3.5 3.5 7.5-8',
  working: 'M10 16V5M5 9.5L10 4.5l5 5',
  late: 'M10 2.8a7.2 7.2 0 1 0 .01 0M10 6.2V10l2.6 1.8',
  look: 'M10 4v7.5M10 15.2v.6',
  failing: 'M10 4v7.5M10 15.2v.6',
  left: 'M5 10h10',
}

const tones: Readonly<Record<MarkName, string>> = {
  well: '#11734a',
  waiting: '#11734a',
  working: '#2456c4',
  late: '#8a5a00',
  look: '#8a5a00',
  failing: '#b3261e',
  left: '#566375',
}

/** A mark to stand in front of words that say the same. */
export function mark(name: MarkName): Markup {
  return html`<svg class="mark" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d="${strokes[name]}"/></svg>`
}

/** The same as an icon of the browser's tab, as a data URL. */
export function iconUrl(name: MarkName): string {
  const shape = `<circle cx="10" cy="10" r="10" fill="${tones[name]}"/>`
  const line = `<path d="${strokes[name]}" fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/>`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20">${shape}${line}</svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}

/** Mailhaul's own sign: a letter on its way. */
export const sign = new Markup(
  '<svg class="sign" viewBox="0 0 28 20" aria-hidden="true" focusable="false"><path d="M9.5 3.5h15a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-15M10 5l7 5.500L25.500 4.500M1.500 7h6M3.500 10.500h5M1.500 14h6"/></svg>',
)
