// How all pages look: light and dark, on a phone, on a desk and on paper; nothing is loaded from anywhere.

/** The style that all pages share; each adds what it alone needs. Paper is light, whatever the screen is. */
export const commonStyle = `
:root {
  color-scheme: light dark;
  --ground: #f4f6f9; --card: #ffffff; --ink: #17212e; --faint: #566375; --line: #dde3ea; --link: #1d4fbb;
  --well: #0f6b45; --well-soft: #e2f3ea; --busy: #1f4fb8; --busy-soft: #e5edfc;
  --late: #7a5000; --late-soft: #fcefd2; --bad: #a8231b; --bad-soft: #fdeae8; --bad-line: #f0bdb8;
  --shadow: 0 1px 2px rgb(20 30 50 / .05), 0 4px 16px rgb(20 30 50 / .04);
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1319; --card: #161d26; --ink: #e7edf4; --faint: #9caabb; --line: #283240; --link: #92b6ff;
    --well: #63d6a0; --well-soft: #11301f; --busy: #93b8ff; --busy-soft: #15264a;
    --late: #f0c063; --late-soft: #35270a; --bad: #ff9d94; --bad-soft: #3a1715; --bad-line: #6b2d29;
    --shadow: none;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 75rem; padding: 0 clamp(1rem, 4vw, 2.5rem) 3rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; -webkit-text-size-adjust: 100%;
}
h1, h2, h3, p, dl, dd, ul { margin: 0; padding: 0; }
h1 { font-size: clamp(1.45rem, 1.1rem + 1.6vw, 2.1rem); line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; }
h2 { font-size: 1.15rem; letter-spacing: -.005em; }
section > h2 { margin: 2.5rem 0 .9rem; }
a { color: var(--link); text-underline-offset: .2em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px; }
code { font: .85em ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
time { white-space: nowrap; }
.faint, footer { color: var(--faint); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.mark { flex: none; width: 1.05em; height: 1.05em; fill: none; stroke: currentColor; stroke-width: 2.4; stroke-linecap: round; stroke-linejoin: round; }
.tone-well, .tone-waiting { --tone: var(--well); --soft: var(--well-soft); }
.tone-working { --tone: var(--busy); --soft: var(--busy-soft); }
.tone-late, .tone-look { --tone: var(--late); --soft: var(--late-soft); }
.tone-failing { --tone: var(--bad); --soft: var(--bad-soft); }
.tone-left { --tone: var(--faint); --soft: var(--ground); }
.fill-well, .fill-waiting { fill: var(--well); } .fill-working { fill: var(--busy); } .fill-late, .fill-look { fill: var(--late); }
.fill-failing { fill: var(--bad); } .fill-left { fill: var(--faint); }

.top { display: flex; flex-wrap: wrap; gap: .25rem 1rem; justify-content: space-between; align-items: center; padding: 1.4rem 0 1.6rem; font-size: .92rem; }
.top > div { display: flex; align-items: center; gap: .55rem; }
.sign { width: 1.9rem; height: 1.35rem; fill: none; stroke: var(--link); stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.brand { font-weight: 700; font-size: 1.15rem; letter-spacing: -.01em; }

.hero { display: flex; gap: clamp(.9rem, 2.5vw, 1.4rem); align-items: center; padding: clamp(1.2rem, 3vw, 2rem); border-radius: 20px; background: var(--soft); }
.hero p { margin-top: .35rem; }
.hero h1 { color: var(--tone); }
.badge { display: grid; place-items: center; flex: none; width: clamp(3rem, 8vw, 4rem); aspect-ratio: 1; border-radius: 50%; background: var(--tone); color: var(--soft); }
.badge .mark { width: 58%; height: 58%; stroke-width: 2; }

.shares { margin-top: 1.25rem; }
.shares > svg { display: block; width: 100%; height: .6rem; border-radius: 99px; background: var(--line); }
.shares ul { display: flex; flex-wrap: wrap; gap: .3rem 1.3rem; margin-top: .7rem; list-style: none; font-size: .92rem; }
.shares li { display: flex; align-items: center; gap: .4rem; }
.shares .mark { color: var(--tone); }

.figures { display: grid; grid-template-columns: repeat(5, 1fr); gap: 1px; margin-top: 1.25rem; border: 1px solid var(--line); border-radius: 16px; overflow: hidden; background: var(--line); box-shadow: var(--shadow); }
.figures > div { display: flex; flex-direction: column; padding: .95rem 1.15rem; background: var(--card); }
.figures dt { order: 2; color: var(--faint); font-size: .85rem; }
.figures dd { font-size: 1.35rem; font-weight: 650; letter-spacing: -.01em; font-variant-numeric: tabular-nums; }

.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: 1rem; }
.card { display: flex; flex-direction: column; gap: .6rem; padding: 1.15rem 1.25rem 1.2rem; border: 1px solid var(--bad-line); border-radius: 16px; background: var(--card); box-shadow: var(--shadow); overflow-wrap: anywhere; }
.card h3 { display: flex; align-items: center; gap: .5rem; font-size: 1.08rem; line-height: 1.3; }
.card h3 span { flex: 1; }
.card h3 .mark { color: var(--card); background: var(--bad); border-radius: 50%; padding: .12em; width: 1.25em; height: 1.25em; }
.card .ends { display: flex; flex-wrap: wrap; gap: .1rem .4rem; align-items: baseline; }
.card code { align-self: flex-start; padding: .1rem .5rem; border-radius: 99px; background: var(--bad-soft); color: var(--bad); font-weight: 600; }
.card .advice { padding: .7rem .9rem; border-radius: 10px; background: var(--late-soft); }
.card dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .5rem 1rem; margin-top: auto; padding-top: .2rem; font-size: .9rem; }
.card dt { color: var(--faint); font-size: .85rem; }
.cards + p { margin-top: .8rem; }
.card.waits { border-color: var(--line); }
.card.waits h3 .mark { background: var(--late); }
.ends { color: var(--faint); font-size: .88rem; }

table { width: 100%; border: 1px solid var(--line); border-spacing: 0; border-radius: 16px; overflow: hidden; background: var(--card); box-shadow: var(--shadow); font-size: .94rem; }
caption { caption-side: bottom; padding: .7rem .2rem 0; text-align: left; color: var(--faint); font-size: .88rem; }
th, td { padding: .75rem .9rem; text-align: left; vertical-align: middle; font-weight: inherit; font-variant-numeric: tabular-nums; }
thead th { padding-block: .6rem; color: var(--faint); font-size: .82rem; font-weight: 600; white-space: nowrap; border-bottom: 1px solid var(--line); }
tbody tr + tr > * { border-top: 1px solid var(--line); }
.name { display: block; font-weight: 650; overflow-wrap: anywhere; }
.host { overflow-wrap: anywhere; }
.label { display: none; }
.pill { display: inline-flex; align-items: center; gap: .35rem; padding: .15rem .7rem .15rem .5rem; border-radius: 99px; background: var(--soft); color: var(--tone); font-size: .88rem; font-weight: 600; white-space: nowrap; }
.row-failing > :first-child { box-shadow: inset 4px 0 var(--bad); }
.row-late > :first-child { box-shadow: inset 4px 0 var(--late); }
.unmade { display: block; color: var(--late); font-size: .88rem; }
footer { margin-top: 3rem; padding-top: 1.1rem; border-top: 1px solid var(--line); font-size: .88rem; }

@media screen and (max-width: 52rem) {
  .figures { grid-template-columns: 1fr 1fr; }
  .figures > :first-child { grid-column: 1 / -1; }
  .stack { border: 0; background: none; box-shadow: none; overflow: visible; border-radius: 0; }
  .stack { display: flex; flex-direction: column; }
  .stack caption { order: 1; display: block; }
  .stack tbody { display: block; }
  .stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stack tbody tr { display: grid; grid-template-columns: 1fr 1fr; gap: .1rem 1rem; padding: 1rem 1.1rem; border: 1px solid var(--line); border-radius: 16px; background: var(--card); box-shadow: var(--shadow); }
  .stack tbody tr + tr { margin-top: .8rem; }
  .stack tbody tr + tr > * { border-top: 0; }
  .stack :is(.row-failing, .row-late) > :first-child { box-shadow: none; }
  .stack tbody .row-failing { border-color: var(--bad-line); }
  .stack :is(th, td) { padding: 0; min-width: 0; }
  .stack tbody th, .stack td:nth-child(2) { grid-column: 1 / -1; }
  .stack td:nth-child(2) .label { display: none; }
  .stack td { margin-top: .45rem; }
  .stack .label { display: block; color: var(--faint); font-size: .82rem; }
}
@media (max-width: 26rem) { .hero { align-items: flex-start; } }
@media print { :root { color-scheme: light; --ground: #fff; --shadow: none; } }
`
