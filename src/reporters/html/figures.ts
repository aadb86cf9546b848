// The few large figures of a report.
import { type Content, html, type Markup } from '../../page/markup.ts'

/** Five figures with their names, side by side. */
export function figures(rows: readonly (readonly [name: string, value: Content])[]): Markup {
  return html`<dl class="figures">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}
