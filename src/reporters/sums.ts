// The proof in words that every listed message has been accounted for.
import type { PairSummary } from '../core/events.ts'
import { outcomeKinds, type Tally, totalOf } from '../core/outcome.ts'
import { bound, type Page, paragraph } from './page.ts'
import { counted, grouped, outcomeWords } from './words.ts'

/** One part of the listing. */
export interface Part {
  readonly words: string
  readonly count: number
}

/** Whether every listed message has exactly one outcome. */
export function addsUp({ listed, tally }: Pick<PairSummary, 'listed' | 'tally'>): boolean {
  return totalOf(tally).count === listed.count
}

/** Whether a pair ended before anything was listed: that is not the same as an empty mailbox. */
export function isUnlisted(pair: Pick<PairSummary, 'listed' | 'tally'> & { readonly error?: unknown }): boolean {
  const { listed, tally, error = null } = pair
  return error !== null && listed.count === 0 && totalOf(tally).count === 0
}

/** In place of a sum of nothing. */
export const unlistedWords = 'not listed'

/** The parts of a tally, in report order. */
export function partsOf(tally: Tally): Part[] {
  return outcomeKinds.map((kind) => ({ words: outcomeWords(kind), count: tally[kind].count }))
}

/** `2,000 listed = 1,998 copied + 2 filtered` on one line, or that it does not add up. */
export function tallyWords(tally: Tally, listed: number): string {
  const { words, fault } = sumOf(listed, partsOf(tally), (words) => words)
  return fault === undefined ? words : `${words} ${fault}`
}

/** The same on a page. Where the parts do not add up it is said loudly: that is a fault in mailhaul. */
export function sumLines(listed: number, parts: readonly Part[], page: Page, indent: number): string[] {
  const { words, fault } = sumOf(listed, parts, bound)
  if (fault === undefined) return paragraph(words, page, { first: indent, rest: indent + 2 })
  return [...paragraph(words, page, indent, 'bad'), ...paragraph(fault, page, indent, 'bad')]
}

type Sum = { readonly words: string; readonly fault: string | undefined }

function sumOf(listed: number, parts: readonly Part[], glue: (words: string) => string): Sum {
  const shown = parts.filter(({ count }) => count !== 0)
  const terms = shown.map(({ count, words }, at) => glue(`${at === 0 ? '' : '+ '}${grouped(count)} ${words}`))
  const sum = terms.length === 0 ? '0' : terms.join(' ')
  const total = parts.reduce((count, part) => count + part.count, 0)
  if (total === listed) return { words: `${grouped(listed)} listed = ${sum}`, fault: undefined }
  const gap = `${counted(Math.abs(listed - total), 'message')} ${total < listed ? 'unaccounted for' : 'too many'}`
  return {
    words: `THIS DOES NOT ADD UP: ${grouped(listed)} listed, but ${sum}.`,
    fault: `${gap}: this is a fault in mailhaul, please report it.`,
  }
}
