// What needs a look, by its cause: the same thing in many pairs is told once, with what to do and where.
import { type MarkName, mark } from '../../page/marks.ts'
import { type Content, foreign, html, type Markup } from '../../page/markup.ts'
import { counted, grouped } from '../words.ts'

/** Something that people should know; what has the same words is told once. */
export interface Matter {
  readonly tone: Extract<MarkName, 'failing' | 'look' | 'late' | 'left'>
  /** A few words: what it is; empty where the text says it. */
  readonly title: string
  /** For scripts and the docs. */
  readonly code: string | undefined
  readonly text: string
  readonly advice: string | undefined
  /** Messages that it is about; 0 where it is about the pair as a whole. */
  readonly messages: number
  /** The place of its pair in the document, from 0. */
  readonly pair: number
}

/** A matter with all the pairs in which it stands. */
interface Cause extends Omit<Matter, 'pair' | 'text'> {
  /** What is said of it, each once: servers and mailhaul name the user, so that no two pairs have the same words. */
  readonly texts: string[]
  readonly pairs: number[]
}

/** Causes told at length, and names of pairs told with each. */
const mostCauses = 24
const mostNames = 12
/** Texts told with a cause. */
const mostTexts = 3

/** Most characters of a text from a server, and of a name. */
const longestText = 400
export const longestName = 80

const urgency: readonly Matter['tone'][] = ['failing', 'look', 'late', 'left']

/** All matters, the most urgent first. Undefined where there are none. */
export function attention(title: string, matters: readonly Matter[], names: readonly string[]): Markup | undefined {
  const causes = causesOf(matters)
  if (causes.length === 0) return undefined
  const cards = causes.filter(({ tone }) => tone !== 'left')
  const notes = causes.filter(({ tone }) => tone === 'left')
  const rest = causes.length - Math.min(cards.length, mostCauses) - Math.min(notes.length, mostCauses)
  return html`<section aria-labelledby="attention"><h2 id="attention">${title}</h2>
${cards.length > 0 && html`<div class="cards">${cards.slice(0, mostCauses).map((cause) => card(cause, names))}</div>`}
${notes.length > 0 && html`<ul class="notes">${notes.slice(0, mostCauses).map((cause) => note(cause, names))}</ul>`}
${rest > 0 && html`<p class="faint">and ${counted(rest, 'more cause')}: --json has all of them.</p>`}</section>`
}

/** Where what is told of a pair at length begins. */
export function detailAnchor(pair: number): string {
  return `detail-${pair + 1}`
}

/** Where links to a pair lead. */
export function pairAnchor(pair: number): string {
  return `pair-${pair + 1}`
}

function causesOf(matters: readonly Matter[]): readonly Cause[] {
  const causes = new Map<string, { -readonly [field in keyof Cause]: Cause[field] }>()
  for (const { pair, ...matter } of matters) {
    const { tone, title, code, text, advice } = matter
    // An error ends a pair: where the code and the advice are the same, so is the cause, whatever name is in the words.
    const isOfPair = matter.messages === 0 && code !== undefined && title !== ''
    const name = [tone, title, code, isOfPair ? '' : shown(text), advice === undefined ? '' : shown(advice)].join('\n')
    const cause = causes.get(name)
    if (cause === undefined) {
      causes.set(name, { tone, title, code, advice, messages: matter.messages, texts: [text], pairs: [pair] })
      continue
    }
    cause.messages += matter.messages
    if (isOfPair && !cause.texts.some((other) => shown(other) === shown(text))) cause.texts.push(text)
    if (cause.pairs.at(-1) !== pair) cause.pairs.push(pair)
  }
  const rank = ({ tone }: Cause) => urgency.indexOf(tone)
  return [...causes.values()].toSorted(
    (one, other) => rank(one) - rank(other) || other.messages - one.messages || other.pairs.length - one.pairs.length,
  )
}

/** What of a text is looked at; two that differ only behind it look the same. */
function shown(text: string): string {
  return text.slice(0, longestText)
}

function card(cause: Cause, names: readonly string[]): Markup {
  const { tone, title, code, advice, pairs } = cause
  const places =
    names.length > 1 &&
    html`<span>In ${pairs.length > 1 && `${counted(pairs.length, 'pair')}: `}${placesOf(pairs, names)}</span>`
  return html`<article class="card tone-${tone}"><h3>${mark(tone)}<span>${headOf(cause)}</span></h3>
${title !== '' && reasons(cause)}
${isSaid(advice) && html`<p class="advice"><b>What to do:</b> ${foreign(advice ?? '', longestText)}</p>`}
<p class="where">${places}${code !== undefined && html`<code>${foreign(code, longestName)}</code>`}</p></article>`
}

/** What is only good to know. */
function note(cause: Cause, names: readonly string[]): Markup {
  const { title, advice, pairs, texts } = cause
  const where = names.length > 1 && html` <span class="faint">(${placesOf(pairs, names)})</span>`
  return html`<li>${title !== '' && html`${headOf(cause)}. `}${foreign(texts[0] ?? '', longestText)}${isSaid(advice) && html` ${foreign(advice ?? '', longestText)}`}${where}</li>`
}

/** The first of the texts, and how many others there are. */
function reasons({ texts }: Cause): Content {
  const said = texts.filter((text) => text !== '')
  const lines = said.slice(0, mostTexts).map((text) => html`<p class="reason">${foreign(text, longestText)}</p>`)
  const rest = said.length - lines.length
  return [lines, rest > 0 && html`<p class="faint">and ${grouped(rest)} more like these: --json has all of them.</p>`]
}

function headOf({ title, texts, messages }: Cause): Content {
  if (title === '') return foreign(texts[0] ?? '', longestText)
  return messages > 0 ? `${counted(messages, 'message')}: ${title}` : title
}

function isSaid(words: string | undefined): boolean {
  return words !== undefined && words !== ''
}

function placesOf(pairs: readonly number[], names: readonly string[]): Content {
  const links = pairs
    .slice(0, mostNames)
    .map(
      (pair, at) =>
        html`${at > 0 && ', '}<a href="#${pairAnchor(pair)}">${foreign(names[pair] ?? '', longestName)}</a>`,
    )
  const rest = pairs.length - mostNames
  return [links, rest > 0 && ` and ${grouped(rest)} more`]
}
