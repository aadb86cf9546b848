// Pictures of a report, drawn here as SVG whose text keeps its size at every width; each has its words beside it.
import { max } from 'd3-array'
import { scaleBand, scaleLinear, scaleUtc } from 'd3-scale'
import { area, curveMonotoneX, line } from 'd3-shape'
import { formatDuration } from '../../core/format.ts'
import { type Content, html, Markup } from '../../page/markup.ts'
import { percent } from './sum.ts'

/** Pixels: height of a plot, room above for the topmost figure, room below for the words of the axis. */
const height = 170
const top = 14
const bottom = height - 22

/** How many words fit below a plot: on a desk, and on a phone. */
const wordsOnDesk = 11
const wordsOnPhone = 6

/** A picture with its heading and its words; `detail` has the figures that it shows. */
export function figure(id: string, title: string, words: Content, plots: Content, detail?: Markup): Markup {
  const table = detail && html`<details><summary>The figures behind it</summary>${detail}</details>`
  return html`<figure class="chart" aria-labelledby="${id}"><h3 id="${id}">${title}</h3>
<p class="faint">${words}</p>
<div class="plots">${plots}</div>${table}</figure>`
}

/** Columns side by side. `label` says what is seen to those who do not see it. */
export function columns(
  title: string,
  label: string,
  bars: readonly { readonly words: string; readonly value: number }[],
  format: (value: number) => string,
): Markup {
  const across = scaleBand(bars.keys(), [0, 100]).paddingInner(0.28).paddingOuter(0.14)
  const up = upScale(max(bars, ({ value }) => value) ?? 0)
  const rects = bars.map(({ value }, at) => {
    if (value <= 0) return undefined
    const y = Math.min(up(value), bottom - 1)
    return html`<rect class="ink" x="${percent(across(at) ?? 0)}" y="${round(y)}" width="${percent(across.bandwidth())}" height="${round(bottom - y)}" rx="2"/>`
  })
  const step = Math.ceil(bars.length / wordsOnDesk)
  const phoneStep = step * Math.ceil(bars.length / step / wordsOnPhone)
  const words = bars.map(({ words }, at) => {
    if (at % step !== 0) return undefined
    const x = (across(at) ?? 0) + across.bandwidth() / 2
    return html`<text${at % phoneStep !== 0 && html` class="desk"`} x="${percent(x)}" y="${height - 5}" text-anchor="middle">${words}</text>`
  })
  return plot(title, label, up, format, [rects, words])
}

/** One amount over time; `values` are per second, each for a step of so many milliseconds. */
export function curve(
  title: string,
  label: string,
  values: readonly number[],
  milliseconds: number,
  format: (value: number) => string,
): Markup {
  const up = upScale(max(values) ?? 0)
  const across = scaleLinear([0, values.length], [0, 1000])
  const points = [values[0] ?? 0, ...values, values.at(-1) ?? 0]
  const x = (_: number, at: number) => round(across(Math.max(0, Math.min(values.length, at - 0.5))))
  const y = (value: number) => round(up(value))
  const under = area<number>().x(x).y0(bottom).y1(y).curve(curveMonotoneX).digits(1)(points)
  const edge = line<number>().x(x).y(y).curve(curveMonotoneX).digits(1)(points)
  const shape = html`<svg width="100%" height="${height}" viewBox="0 0 1000 ${height}" preserveAspectRatio="none"><path class="under" d="${path(under)}"/><path class="edge" d="${path(edge)}"/></svg>`
  return plot(title, label, up, format, [shape, timeWords(milliseconds)])
}

type UpScale = ReturnType<typeof upScale>

function upScale(most: number) {
  return scaleLinear([0, most > 0 ? most : 1], [bottom, top]).nice(3)
}

/** A plot with its axis. The figures of the axis stand in a picture of their own, so that the plot may be of any width. */
function plot(title: string, label: string, up: UpScale, format: (value: number) => string, inside: Content): Markup {
  const ticks = up.ticks(3)
  const lines = ticks.map((tick) => {
    const y = round(up(tick)) + 0.5
    return html`<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}"/>`
  })
  const figures = ticks.map(
    (tick) => html`<text x="56" y="${round(up(tick)) + 4}" text-anchor="end">${format(tick)}</text>`,
  )
  return html`<div class="plot"><p class="plot-title">${title}</p><div><svg class="axis" width="62" height="${height}" aria-hidden="true" focusable="false">${figures}</svg><svg class="field" role="img" aria-label="${label}" width="100%" height="${height}">${lines}${inside}</svg></div></div>`
}

/** Words below a plot of time, at round lengths of time from the start. */
function timeWords(milliseconds: number): Content {
  const across = scaleUtc([0, Math.max(1, milliseconds)], [0, 100])
  const ticks = across.ticks(5).map(Number)
  const shown = ticks.filter((tick) => tick >= 0 && (across(tick) ?? 0) <= 97)
  return shown.map((tick, at) => {
    const words = tick === 0 ? 'start' : formatDuration(tick)
    return html`<text${at % 2 !== 0 && html` class="desk"`} x="${percent(across(tick) ?? 0)}" y="${height - 5}"${at > 0 && html` text-anchor="middle"`}>${words}</text>`
  })
}

/** The commands of a path are longer than any text may be, and hold nothing but letters, figures and signs. */
function path(commands: string | null): Markup {
  return new Markup((commands ?? '').replaceAll(/[^A-Za-z\d.,-]/g, ''))
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
