// The sum, first of all: whether what was listed equals its parts, in words, in figures and as a bar.
import { scaleLinear } from 'd3-scale'
import { type MarkName, mark } from '../../page/marks.ts'
import { type Content, html, type Markup } from '../../page/markup.ts'
import { grouped } from '../words.ts'

/** One part of what was listed. */
export interface SumPart {
  readonly words: string
  readonly count: number
  readonly tone: MarkName
}

/** The page's verdict. */
export interface Headline {
  readonly mark: MarkName
  readonly text: string
}

/** The smallest share of a bar that can still be seen. */
const leastShare = 0.006

/** Whether the parts are all that was listed. */
export function isWhole(listed: number, parts: readonly Pick<SumPart, 'count'>[]): boolean {
  return parts.reduce((sum, { count }) => sum + count, 0) === listed
}

/** The first thing on a page: the verdict and a line about it, and the sum right below. */
export function hero({ mark: name, text }: Headline, line: Content, listed: number, parts: readonly SumPart[]): Markup {
  return html`<section class="hero tone-${name}" aria-labelledby="headline">
<span class="badge">${mark(name)}</span>
<div><h1 id="headline">${text}</h1><p>${line}</p></div>
</section>
${listed > 0 && html`<div class="shares">${shareBar(parts)}${equation(listed, parts)}</div>`}`
}

/** `21,065 listed = 20,913 copied + 152 filtered`, each part with its mark; or that it is not so. */
export function equation(listed: number, parts: readonly SumPart[]): Markup {
  const terms = parts
    .filter(({ count }) => count > 0)
    .map(
      ({ words, count, tone }, at) =>
        html`${at > 0 && ' + '}<span class="term tone-${tone}">${mark(tone)}<b>${grouped(count)}</b> ${words}</span>`,
    )
  const sign = isWhole(listed, parts) ? '=' : html`<strong class="wrong">is not</strong>`
  return html`<p class="sum"><span class="term"><b>${grouped(listed)}</b> listed</span> ${sign} ${terms.length === 0 ? '0' : terms}</p>`
}

/** The parts as a bar; the equation says the same in words. */
function shareBar(parts: readonly SumPart[]): Markup {
  const shown = parts.filter(({ count }) => count > 0)
  const total = shown.reduce((sum, { count }) => sum + count, 0)
  const widths = shown.map(({ count }) => Math.max(count, total * leastShare))
  const width = scaleLinear([0, widths.reduce((sum, one) => sum + one, 0)], [0, 100])
  let from = 0
  const bars = shown.map(({ tone }, at) => {
    const x = width(from)
    from += widths[at] ?? 0
    return html`<rect class="fill-${tone}" x="${percent(x)}" y="0" width="${percent(width(from) - x)}" height="10"/>`
  })
  return html`<svg width="100%" height="10" aria-hidden="true" focusable="false">${bars}</svg>`
}

/** A share of a width: `37.25%`. */
export function percent(share: number): string {
  return `${Math.round(share * 100) / 100}%`
}
