// How the status page looks, where it is not like all pages: it tells how fresh it is, and finds pairs.
import { commonStyle } from '../page/style.ts'

/** The style sheet; its hash stands in the content security policy. */
export const style = `${commonStyle}
#freshness { color: var(--faint); }
#freshness[role]::before { content: ""; display: inline-block; width: .55rem; height: .55rem; margin-right: .5rem; border-radius: 50%; background: var(--well); }
.stale #freshness { color: var(--bad); font-weight: 600; }
.stale #freshness::before { background: var(--bad); }
.stale main { opacity: .6; }
.bar { display: flex; flex-wrap: wrap; gap: .6rem 1rem; justify-content: space-between; align-items: center; margin: 2.5rem 0 .9rem; }
form { display: flex; flex-wrap: wrap; gap: .4rem .6rem; align-items: center; font-size: .92rem; }
input, button { min-height: 2.6rem; padding: .35rem .8rem; border: 1px solid #7b8797; border-radius: 10px; background: var(--card); color: inherit; font: inherit; }
button { cursor: pointer; font-weight: 600; }
input { width: 12rem; min-width: 0; flex: 1; }
.nothing { padding: 2rem 1rem; text-align: center; border: 1px dashed #7b8797; border-radius: 16px; overflow-wrap: anywhere; }
.pager { display: flex; flex-wrap: wrap; gap: 1rem; justify-content: center; align-items: center; margin-top: 1.2rem; }
.pager a { padding: .45rem .9rem; }
@media screen and (max-width: 52rem) { form { width: 100%; } }
@media (prefers-reduced-motion: no-preference) { main { transition: opacity .3s; } }
@media print { form, footer, #freshness { display: none; } }
`
