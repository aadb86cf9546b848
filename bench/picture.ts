// One picture of the results for the README: messages per second, a group of bars per workload, for light and dark pages.
import { rateOf, type WorkloadResult } from './results.ts'

const width = 760
const labelWidth = 130
const barHeight = 18
const groupGap = 34
const colours: Readonly<Record<string, string>> = { limit: 'limit', mailhaul: 'own' }

const style = `
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.limit { fill: #afb8c1 }
.own { fill: #0969da }
.other { fill: #bf8700 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .limit { fill: #57606a }
  .own { fill: #58a6ff }
  .other { fill: #d29922 }
}`

/** The picture as SVG. Each group has its own scale: its longest bar is its fastest contestant. */
export function pictureOf(results: readonly WorkloadResult[]): string {
  const parts: string[] = []
  let top = 20
  for (const result of results) {
    const bars = result.standings.flatMap(({ contestant }) => {
      const rate = rateOf(result, contestant)
      return rate === undefined ? [] : [{ contestant, rate }]
    })
    // One bar alone compares nothing.
    if (bars.length < 2) continue
    const most = Math.max(...bars.map(({ rate }) => rate))
    parts.push(text(0, top, result.title.replaceAll('`', ''), 'title'))
    top += 8
    for (const { contestant, rate } of bars) {
      parts.push(barOf(contestant, rate, rate / most, top))
      top += barHeight + 3
    }
    top += groupGap
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top - groupGap + 8}" role="img" aria-label="Messages per second">
<style>${style}
</style>
${parts.join('\n')}
</svg>
`
}

function barOf(contestant: string, rate: number, share: number, top: number): string {
  const full = width - labelWidth - 110
  const length = Math.max(1, Math.round(full * share))
  const line = top + barHeight - 5
  const amount = rate >= 10 ? Math.round(rate).toLocaleString('en') : rate.toPrecision(2)
  return [
    text(0, line, contestant),
    `<rect class="${colours[contestant] ?? 'other'}" x="${labelWidth}" y="${top}" width="${length}" height="${barHeight}" rx="2"/>`,
    text(labelWidth + length + 6, line, `${amount} msg/s`),
  ].join('\n')
}

function text(x: number, y: number, words: string, name?: string): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x}" y="${y}"${name ? ` class="${name}"` : ''}>${escaped}</text>`
}
