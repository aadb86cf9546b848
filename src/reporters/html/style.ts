// How reports look, where they are not like all pages: sums, charts, commands, and paper.
import { commonStyle } from '../../page/style.ts'

/** The style sheet; its hash stands in the content security policy. */
export const style = `${commonStyle}
h3, h4 { margin: 0; font-size: 1rem; }
.sum { margin-top: .8rem; font-size: clamp(1rem, .96rem + .2vw, 1.08rem); line-height: 1.7; font-variant-numeric: tabular-nums; }
.sum b { font-weight: 650; }
.term { white-space: nowrap; }
.term .mark { margin-right: .3em; color: var(--tone); vertical-align: -.14em; }
.wrong { color: var(--bad); }
.strong { font-weight: 600; }
.under { display: block; color: var(--faint); font-size: .88rem; }
.tone-left.card { --soft: var(--ground); }
.card { border-color: var(--line); }
.card.tone-failing { border-color: var(--bad-line); }
.card h3 .mark { background: var(--tone); }
.card code { background: var(--soft); color: var(--tone); }
.card .advice { background: var(--ground); }
.card h3 { align-items: flex-start; }
.card h3 .mark { margin-top: .08em; }
.card .where { display: flex; flex-wrap: wrap; gap: .3rem 1rem; justify-content: space-between; margin-top: auto; font-size: .9rem; }
.card .where:empty { display: none; }
.notes { margin-top: 1rem; padding-left: 1.2rem; }
.notes li + li { margin-top: .3rem; }
h2 + .notes { margin-top: 0; }

.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 1rem; }
figure.chart, figure + .chart:last-child, .detail .chart:last-child:nth-child(odd) { grid-column: 1 / -1; }
.chart { display: flex; flex-direction: column; gap: .35rem; margin: 0; padding: 1.15rem 1.25rem 1.2rem; border: 1px solid var(--line); border-radius: 16px; background: var(--card); box-shadow: var(--shadow); min-width: 0; }
.chart > table { border: 0; box-shadow: none; border-radius: 0; margin: .3rem -.9rem 0; width: calc(100% + 1.8rem); }
.chart caption { padding-left: .9rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: .8rem 2rem; margin-top: .4rem; }
.plot-title { font-size: .85rem; font-weight: 600; }
.plot > div { display: flex; }
.axis { flex: none; } .field { flex: 1; min-width: 0; overflow: visible; }
.plot svg { display: block; }
.plot text { fill: var(--faint); font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; }
.axis { margin-right: .4rem; }
.grid { stroke: var(--line); stroke-width: 1; shape-rendering: crispEdges; }

.ink { fill: var(--busy); }
path.under { fill: var(--busy-soft); }
path.edge { fill: none; stroke: var(--busy); stroke-width: 2; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
details { margin-top: .6rem; font-size: .92rem; }
summary { width: fit-content; color: var(--link); cursor: pointer; }
details table { margin-top: .5rem; max-width: 32rem; box-shadow: none; }
details :is(th, td) { padding-block: .3rem; }
.meter { display: block; margin-top: .35rem; border-radius: 3px; background: var(--line); }
.n:has(.meter) { width: 30%; vertical-align: top; }
.n { text-align: right; white-space: nowrap; }
thead .n { white-space: normal; }
tfoot :is(th, td) { border-top: 2px solid var(--line); font-weight: 650; }
.outcome { display: flex; align-items: center; gap: .45rem; font-weight: 600; }
.outcome .mark { color: var(--tone); }
th bdi, td bdi { overflow-wrap: anywhere; }

.facts { columns: 22rem; column-gap: 1rem; }
.fact { break-inside: avoid; margin-bottom: 1rem; }
.fact caption { caption-side: top; padding-top: 0; }
.fact thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.fact :is(th, td) { padding-block: .4rem; }
.fact > table { margin-top: -.3rem; }
.detail h3 { margin-bottom: .5rem; }
.detail > .charts { margin-top: .9rem; align-items: start; }
th > code { display: block; min-width: 10rem; overflow-wrap: anywhere; }
tfoot th { white-space: nowrap; }
.detail + .detail { margin-top: 2rem; }
.detail h3 { display: flex; flex-wrap: wrap; gap: .3rem .8rem; align-items: center; font-size: 1.08rem; overflow-wrap: anywhere; }
.detail table, section > table + table { margin-top: 1rem; }
.detail .sum { margin-top: .2rem; font-size: 1rem; }
a.name { display: block; }
.terms { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: .8rem 2rem; margin-top: .3rem; }
.terms dt { color: var(--faint); font-size: .88rem; }
.why { margin-top: .3rem; padding-left: 1.1rem; color: var(--faint); font-size: .9rem; }
.steps { display: grid; gap: .8rem; margin: 0; padding: 0; list-style: none; counter-reset: step; }
.steps li { display: grid; grid-template-columns: minmax(0, 18rem) minmax(0, 1fr); gap: .3rem 1.2rem; align-items: baseline; counter-increment: step; }
.steps p { padding-left: 1.5em; }
.steps p::before { content: counter(step) "."; float: left; margin-left: -1.5em; color: var(--faint); font-variant-numeric: tabular-nums; }
.steps pre { margin: 0; padding: .55rem .9rem; border: 1px solid var(--line); border-radius: 10px; background: var(--card); white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; -webkit-user-select: all; }
.steps code { font-size: .92em; }

@media screen and (max-width: 66rem) {
  .figures dd { font-size: 1.2rem; }
  .stack :is(th, td) { padding-inline: .45rem; font-size: .9rem; }
  .stack :is(.pill, td:last-child) { white-space: normal; }
}
@media screen and (max-width: 52rem) {
  .hero h1 { text-wrap: pretty; }
  .desk { display: none; }
  .steps li { grid-template-columns: minmax(0, 1fr); }
  .stack td::before { content: attr(data-label); display: block; color: var(--faint); font-size: .82rem; }
  .stack td:nth-child(2)::before { content: none; }
  .stack .n { text-align: left; }
  .stack :is(th, td) { padding: 0; font-size: inherit; }
  .stack tfoot, .stack tfoot tr { display: block; }
  .stack tfoot tr { display: grid; grid-template-columns: 1fr 1fr; gap: .1rem 1rem; margin-top: .8rem; padding: 1rem 1.1rem; border: 2px solid var(--line); border-radius: 16px; background: var(--card); }
  .stack tfoot :is(th, td) { border: 0; padding: 0; }
  .stack tfoot th { grid-column: 1 / -1; }
  .stack td:empty { display: none; }
  .stack td:not(.n) { grid-column: 1 / -1; }
  .chart > table :is(th, td) { padding-inline: .55rem; }
  .chart > table { margin-inline: -.55rem; width: calc(100% + 1.1rem); }
  .chart caption { padding-left: .55rem; }
}
@page { margin: 16mm 14mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font: 9pt system-ui, sans-serif; color: #566375; } }
@media print {
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  .hero, .pill, .badge, .card code, .meter, .shares > svg, rect, path { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  .top { padding-top: 0; }
  th, td { padding: .4rem .5rem; }
  table { font-size: 9.5pt; }
  thead th { white-space: normal; vertical-align: bottom; }
  .pill { padding: 0; background: none; white-space: normal; }
  th > code { min-width: 0; }
  .figures > div { padding: .7rem .8rem; }
  .figures dd { font-size: 1.15rem; }
  .card, .chart, .figures, .hero, .fact, tr { break-inside: avoid; }
  h2, h3, .plot-title { break-after: avoid; }
  thead { display: table-header-group; }
  tfoot { display: table-row-group; }
  .cards, .facts { display: block; }
  .card, .fact { margin-bottom: 1rem; }
  table { overflow: visible; box-shadow: none; }
  summary { display: none; }
  details::details-content { content-visibility: visible; display: block; block-size: auto; }
  a { color: inherit; text-decoration: none; }
}
`
