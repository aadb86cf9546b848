// Tables of a report: a caption, headings with their scope, figures that line up, and bars to look at below them.
import type { MarkName } from '../../page/marks.ts'
import { type Content, html, type Markup } from '../../page/markup.ts'
import { percent } from './sum.ts'

/** A column. Figures stand to the right. */
export interface Column {
  readonly title: string
  readonly kind?: 'words' | 'figure'
}

/** A row; its first cell is its heading. */
export interface Row {
  readonly cells: readonly Content[]
  /** Where links lead. */
  readonly id?: string | undefined
  readonly tone?: 'failing' | 'late' | undefined
}

/** A table. */
export interface TableParts {
  readonly caption: Content
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  /** The sum, where the rows add up to one. */
  readonly foot?: Row | undefined
  /** On a phone each row becomes a card: for tables of many columns. */
  readonly isStacked?: boolean
}

/** A table as markup. */
export function table({ caption, columns, rows, foot, isStacked = false }: TableParts): Markup {
  const role = roles(isStacked)
  const head = columns.map(
    ({ title, kind }) => html`<th${role('columnheader')} scope="col"${kind === 'figure' && figureClass}>${title}</th>`,
  )
  const line = (row: Row) => tableRow(row, columns, isStacked)
  return html`<table${isStacked && html` class="stack"`}${role('table')}><caption>${caption}</caption>
<thead${role('rowgroup')}><tr${role('row')}>${head}</tr></thead>
<tbody${role('rowgroup')}>${rows.map(line)}</tbody>${
    foot &&
    html`
<tfoot${role('rowgroup')}>${line(foot)}</tfoot>`
  }</table>`
}

/** A bar below a figure that says the same, its length a share between 0 and 1. */
export function bar(share: number, tone: MarkName = 'working'): Markup {
  const length = Number.isFinite(share) ? Math.max(0, Math.min(1, share)) : 0
  const width = length > 0 ? Math.max(length * 100, 0.8) : 0
  return html`<svg class="meter" width="100%" height="6" aria-hidden="true" focusable="false"><rect class="fill-${tone}" width="${percent(width)}" height="6"/></svg>`
}

/** A card with a heading and what it holds; the heading's level is that of its place on the page. */
export function panel(title: string, body: Content, level: 3 | 4 = 3): Markup {
  const heading = level === 3 ? html`<h3>${title}</h3>` : html`<h4>${title}</h4>`
  return html`<div class="chart">${heading}${body}</div>`
}

const figureClass = html` class="n"`

function tableRow({ cells, id, tone }: Row, columns: readonly Column[], isStacked: boolean): Markup {
  const role = roles(isStacked)
  const [heading, ...rest] = cells
  const others = rest.map((cell, at) => {
    const { title = '', kind } = columns[at + 1] ?? {}
    return html`<td${role('cell')}${isStacked && html` data-label="${title}"`}${kind === 'figure' && figureClass}>${cell}</td>`
  })
  return html`
<tr${role('row')}${id !== undefined && html` id="${id}"`}${tone && html` class="row-${tone}"`}><th${role('rowheader')} scope="row">${heading}</th>${others}</tr>`
}

// Shown as blocks, table elements lose what they are; the roles say it again.
function roles(isStacked: boolean): (name: string) => Content {
  return (name) => isStacked && html` role="${name}"`
}
