// The closing report of a run: what became of every listed message, and what is left to do.
import type { PairSummary } from '../core/events.ts'
import { formatBytes, formatDuration, formatRate } from '../core/format.ts'
import { type DateRule, outcomeKinds, outcomeMeaning, totalOf } from '../core/outcome.ts'
import { type AmountRow, amountLines } from './amount-list.ts'
import { errorLines } from './error-text.ts'
import { type Page, pageOf, paragraph, type ViewOptions } from './page.ts'
import { manyLines, mostPairsInFull } from './summary-many.ts'
import { isWarned, summaryTable } from './summary-table.ts'
import { addsUp, partsOf, sumLines } from './sums.ts'
import { countOfUnmade, isUnmade, unmadeLines } from './unmade.ts'
import { counted, grouped, messageRate, outcomeWords } from './words.ts'

const dateRuleWords: Readonly<Record<DateRule, string>> = {
  received: 'from Received',
  date: 'from Date',
  listing: 'from the time of listing',
}
const mostWarnings = 10

/** The report of a run as text, ready to be written: one block for one pair, a table and the troubles for several. */
export function renderSummary(summaries: readonly PairSummary[], options: ViewOptions): string {
  const page = pageOf(options)
  const [only] = summaries
  if (only === undefined) return 'No pairs were run.\n'
  if (summaries.length === 1) return `${wholeBlock(only, page).join('\n')}\n`
  if (summaries.length > mostPairsInFull && !page.verbose) return `${manyLines(summaries, page).join('\n')}\n`
  const lines = summaryTable(summaries, page)
  for (const summary of summaries) {
    if (isTroubled(summary)) lines.push('', ...troubleBlock(summary, page))
  }
  return `${lines.join('\n')}\n`
}

/** Everything about one pair. */
function wholeBlock(summary: PairSummary, page: Page): string[] {
  const isListed = summary.listed.count > 0 || totalOf(summary.tally).count > 0
  const lines = paragraph(`${summary.pair}: ${headline(summary)}`, page, 0, 'strong')
  if (isListed)
    lines.push('', ...amounts(summary, page), '', ...sumLines(summary.listed.count, partsOf(summary.tally), page, 2))
  lines.push(...facts(summary, page))
  return [...lines, ...troubles(summary, page)]
}

function isTroubled(summary: PairSummary): boolean {
  return summary.exitCode !== 0 || isWarned(summary) || !addsUp(summary)
}

/** One pair of several that people have to look at. A sum that is wrong may be hidden in the sum of all pairs. */
function troubleBlock(summary: PairSummary, page: Page): string[] {
  const lines = paragraph(`${summary.pair}: ${headline(summary)}`, page, 0, 'strong')
  if (!addsUp(summary)) lines.push('', ...sumLines(summary.listed.count, partsOf(summary.tally), page, 2))
  return [...lines, ...troubles(summary, page)]
}

/** What happened, in half a sentence. */
function headline(summary: PairSummary): string {
  const time = formatDuration(summary.milliseconds)
  const { copied, adopted, pending } = summary.tally
  const failed = countOfUnmade(summary.tally) - pending.count
  if (summary.listed.count === 0) {
    if (summary.error) return `stopped after ${time}, before anything was listed`
    return summary.window === undefined ? `the mailbox is empty (${time})` : `nothing was listed (${time})`
  }
  const parts: string[] = []
  if (copied.count > 0) parts.push(`${counted(copied.count, 'message')} copied`)
  else if (adopted.count > 0) parts.push(`nothing to copy, ${grouped(adopted.count)} found at the destination`)
  else if (failed + pending.count > 0) parts.push('nothing copied')
  else parts.push(summary.window === undefined ? 'nothing new' : 'nothing new listed')
  if (failed > 0) parts.push(`${grouped(failed)} did not make it`)
  if (pending.count > 0) parts.push(`${grouped(pending.count)} not reached`)
  return summary.error ? `stopped after ${time}: ${parts.join(', ')}` : `${parts.join(', ')} (${time})`
}

function amounts(summary: PairSummary, page: Page): string[] {
  const rows: AmountRow[] = outcomeKinds
    .filter((kind) => summary.tally[kind].count > 0)
    .map((kind) => ({
      label: outcomeWords(kind),
      ...summary.tally[kind],
      text: outcomeMeaning[kind],
      tone: isUnmade(kind) ? 'bad' : 'plain',
    }))
  const total = totalOf(summary.tally)
  const asListed = formatBytes(summary.listed.bytes)
  rows.push({
    label: 'total',
    ...total,
    text: asListed === formatBytes(total.bytes) ? undefined : `listed as ${asListed}`,
    tone: 'strong',
  })
  return amountLines(rows, page, 2)
}

/** Octets, rates, dates and removals, as far as there were any. */
function facts(summary: PairSummary, page: Page): string[] {
  const { bytesFetched, bytesAppended, dateRules, removal, milliseconds, tally } = summary
  const lines: string[] = []
  const say = (text: string) => lines.push(...paragraph(text, page, { first: 2, rest: 4 }))
  if (bytesFetched > 0 || bytesAppended > 0) {
    const speed = `${messageRate(tally.copied.count, milliseconds)}, ${formatRate(bytesAppended, milliseconds)}`
    say(`${formatBytes(bytesFetched)} fetched, ${formatBytes(bytesAppended)} appended: ${speed}`)
  }
  const rules = (Object.keys(dateRuleWords) as DateRule[]).filter((rule) => dateRules[rule] > 0)
  if (rules.length > 0) {
    say(`Dates: ${rules.map((rule) => `${grouped(dateRules[rule])} ${dateRuleWords[rule]}`).join(', ')}`)
  }
  const { removed, toConfirm } = removal
  const open = toConfirm === 0 ? '' : `, ${grouped(toConfirm)} to be confirmed by the next listing`
  for (const text of troubleWords(summary)) say(text)
  if (removed + toConfirm > 0) say(`${counted(removed, 'message')} removed at the source${open}`)
  return lines
}

/** What had to be done twice, found out or looked at again, as far as there was any of it. */
function troubleWords({ figures: { retries, reconnects, settled, verdicts, rewrites } }: PairSummary): string[] {
  const words: string[] = []
  const tries = retries.reduce((sum, { count }) => sum + count, 0)
  const waited = retries.reduce((sum, { waitedMilliseconds }) => sum + waitedMilliseconds, 0)
  const lost = reconnects > 0 ? [`${counted(reconnects, 'more login')} at the source`] : []
  const again = tries > 0 ? [`tried again ${counted(tries, 'time')}, ${formatDuration(waited)} waited`] : []
  const trouble = [...lost, ...again].join('; ')
  if (trouble !== '') words.push(`${trouble.charAt(0).toUpperCase()}${trouble.slice(1)}`)
  const { found, missing } = settled
  if (found + missing > 0) {
    const arrived = missing === 0 ? 'all had arrived' : `${grouped(found)} had arrived, ${grouped(missing)} had not`
    words.push(`${counted(found + missing, 'append')} without an answer: ${arrived}`)
  }
  if (verdicts) {
    const { identical, canonicalEqual, different } = verdicts
    const rules = rewrites.map(({ rule, count }) => `${grouped(count)} by ${rule}`).join(', ')
    const equal = `${grouped(canonicalEqual)} canonical-equal${rules === '' ? '' : ` (rewritten: ${rules})`}`
    const parts = [`${grouped(identical)} identical`, equal, `${grouped(different)} different`]
    words.push(`Copies that were read back: ${parts.join(', ')}`)
  }
  return words
}

/** What people have to look at: the error, the warnings, the messages that did not make it. */
function troubles(summary: PairSummary, page: Page): string[] {
  const lines: string[] = []
  if (summary.error) lines.push('', ...errorLines(summary.error, '', page, 2))
  if (isWarned(summary)) lines.push('')
  for (const warning of [summary.window ?? [], ...summary.warnings.slice(0, mostWarnings)].flat()) {
    lines.push(...paragraph(`Warning: ${warning}`, page, { first: 2, rest: 4 }, 'warn'))
  }
  const more = summary.warnings.length - mostWarnings
  if (more > 0) lines.push(...paragraph(`and ${counted(more, 'more warning')}`, page, 2, 'faint'))
  const unmade = unmadeLines(summary, page, 2)
  return unmade.length === 0 ? lines : [...lines, '', ...unmade]
}
