// What `verify` found: whether every settled message still lies where the ledger says, as people read it.
import type { MailhaulError } from '../core/errors.ts'
import { type RewritingRule, rewritingRules } from '../core/rewriting.ts'
import { type AmountRow, amountLines } from './amount-list.ts'
import { errorLines } from './error-text.ts'
import { type MessageNote, messageLines } from './message-list.ts'
import { type Page, pageOf, paragraph, type ViewOptions } from './page.ts'
import { counted, grouped } from './words.ts'

/** What re-reading the bytes at the destination brought: the four counts add up to what was re-read. */
interface DeepCounts {
  readonly identical: number
  /** Equal in canonical form: the server rewrote line ends, NUL, volatile headers or 8-bit header characters. */
  readonly canonicalEqual: number
  /** How many of these each rule explains; no more is known of those that the source has no more. */
  readonly rules: Readonly<Partial<Record<RewritingRule, number>>>
  readonly different: number
  /** Gone between looking and reading. */
  readonly missing: number
}

/** What re-reading at the source brought: the five add up to settled. */
interface SourceCounts {
  readonly identical: number
  /** Served with other line ends or volatile headers than when they were moved. */
  readonly canonicalEqual: number
  readonly different: number
  /** Still listed, but not served. */
  readonly unread: number
  /** Not listed any more. */
  readonly gone: number
}

/** The verification of one pair: found, moved, missing and size differs add up to settled. */
export interface VerifyPair {
  readonly pair: string
  /** Messages the ledger holds as settled. */
  readonly settled: number
  /** At their place, with the size the ledger knows. */
  readonly found: number
  /** Their UID is gone from a folder that is otherwise as it was: moved or deleted by the owner, in all likelihood. */
  readonly moved: number
  /** Gone together with their folder, or with its UIDVALIDITY. */
  readonly missing: number
  /** At their place, but not with the size the ledger knows. */
  readonly sizeDiffers: number
  /** Undefined unless bytes were re-read. */
  readonly deep: DeepCounts | undefined
  /** Undefined unless bytes were re-read. */
  readonly atSource: SourceCounts | undefined
  /** Listed by the source, but not settled (what was left out on purpose is not counted). */
  readonly notSettled: number
  /** How many were sent with which repair. */
  readonly repaired?: Readonly<Record<string, number>>
  /** Listed without a name of their own, so that only `--deep` tells whether they are settled. */
  readonly nameless: number
  readonly problems: readonly MessageNote[]
  readonly error: MailhaulError | undefined
}

/** A verification of some pairs. */
export interface VerifyView {
  readonly pairs: readonly VerifyPair[]
  readonly exitCode: number
}

/** Whether a pair is as the ledger says, with nothing left to do; moved messages are their owner's business. */
export function isVerified(pair: VerifyPair): boolean {
  const atSource = (pair.atSource?.different ?? 0) + (pair.atSource?.unread ?? 0)
  const deep = (pair.deep?.different ?? 0) + (pair.deep?.missing ?? 0) + atSource
  return pair.error === undefined && pair.missing + pair.sizeDiffers + pair.notSettled + deep === 0
}

/** The verification as text, ready to be written. */
export function renderVerify(view: VerifyView, options: ViewOptions): string {
  const page = pageOf(options)
  const blocks = view.pairs.map((pair) => pairBlock(pair, page))
  const lines = blocks.flatMap((block, index) => (index === 0 ? block : ['', ...block]))
  if (view.pairs.length > 1) {
    const good = view.pairs.filter(isVerified).length
    const verdict = `${grouped(good)} of ${counted(view.pairs.length, 'pair')} verified.`
    lines.push('', ...paragraph(verdict, page, 0, good === view.pairs.length ? 'good' : 'bad'))
  }
  return `${lines.join('\n')}\n`
}

function pairBlock(pair: VerifyPair, page: Page): string[] {
  if (pair.error) return errorLines(pair.error, `${pair.pair}: not verified: `, page, 0)
  const lines = [
    ...paragraph(`${pair.pair}: ${counted(pair.settled, 'message')} settled`, page, 0, 'strong'),
    '',
    ...amountLines(rowsOf(pair), page, 2),
  ]
  if (pair.problems.length > 0) lines.push('', ...messageLines(pair.problems, page, 2))
  return [...lines, '', ...verdictLines(pair, page)]
}

function row(label: string, count: number, text: string | undefined, level = 0): AmountRow {
  return { label, count, bytes: undefined, text, level }
}

function rowsOf(pair: VerifyPair): AmountRow[] {
  const rows = [row('found', pair.found, 'at their place, with the size they were stored with')]
  if (pair.deep) {
    const { identical, canonicalEqual, rules, different, missing } = pair.deep
    rows.push(row('identical', identical, 'the same bytes', 1))
    if (canonicalEqual > 0) {
      rows.push(
        row(
          'equal',
          canonicalEqual,
          'the same but for line ends, NUL, 8-bit characters in headers, or headers that the server rewrites',
          1,
        ),
      )
      for (const rule of rewritingRules) if (rules[rule]) rows.push(row(rule, rules[rule], undefined, 2))
    }
    if (different > 0) rows.push({ ...row('different', different, 'other bytes than were sent', 1), tone: 'bad' })
    if (missing > 0) rows.push({ ...row('missing', missing, 'gone before they could be read', 1), tone: 'bad' })
  }
  for (const [repair, count] of Object.entries(pair.repaired ?? {}))
    rows.push(row('repaired', count, `refused as they were, sent with the repair you allowed: ${repair}`, 1))
  if (pair.moved > 0) rows.push({ ...row('moved', pair.moved, 'or deleted by their owner?'), tone: 'warn' })
  if (pair.missing > 0)
    rows.push({ ...row('missing', pair.missing, 'their folder is gone or was made anew'), tone: 'bad' })
  if (pair.sizeDiffers > 0) rows.push({ ...row('size differs', pair.sizeDiffers, 'from what was stored'), tone: 'bad' })
  if (pair.notSettled > 0)
    rows.push({ ...row('not settled', pair.notSettled, 'listed by the source, not moved yet'), tone: 'warn' })
  if (pair.nameless > 0)
    rows.push({ ...row('nameless', pair.nameless, 'at the source; only --deep can tell which they are'), tone: 'warn' })
  return pair.atSource ? [...rows, ...sourceRows(pair.atSource)] : rows
}

function sourceRows({ identical, canonicalEqual, different, unread, gone }: SourceCounts): AmountRow[] {
  const served = identical + canonicalEqual + different
  const rows = [row('at the source', served, 'still there, read again'), row('identical', identical, 'as moved', 1)]
  if (canonicalEqual > 0)
    rows.push(row('equal', canonicalEqual, 'as moved, but for line ends or headers that change', 1))
  if (different > 0) rows.push({ ...row('different', different, 'other bytes than were moved', 1), tone: 'bad' })
  if (unread > 0) rows.push({ ...row('unread', unread, 'listed, but not served'), tone: 'bad' })
  if (gone > 0) rows.push(row('gone', gone, 'from the source: removed there since'))
  return rows
}

function verdictLines(pair: VerifyPair, page: Page): string[] {
  const accounted = pair.found + pair.moved + pair.missing + pair.sizeDiffers
  if (accounted !== pair.settled) {
    const words = `THIS DOES NOT ADD UP: ${grouped(pair.settled)} settled, but ${grouped(accounted)} looked for.`
    return paragraph(`${words} This is a fault in mailhaul, please report it.`, page, 2, 'bad')
  }
  if (!isVerified(pair)) return paragraph(`Not verified: ${doubts(pair)}.`, page, 2, 'bad')
  const how = pair.deep ? 'bytes compared' : 'sizes compared; --deep compares the bytes too'
  const all = pair.moved === 0 ? 'all ' : ''
  const moved = pair.moved === 0 ? '' : `, ${grouped(pair.moved)} moved or deleted since`
  const words = `Verified: ${all}${grouped(pair.found)} at their place (${how})${moved}.`
  return paragraph(words, page, { first: 2, rest: 4 }, 'good')
}

function doubts(pair: VerifyPair): string {
  const parts: string[] = []
  const missing = pair.missing + (pair.deep?.missing ?? 0)
  if (missing > 0) parts.push(`${counted(missing, 'message')} missing`)
  const changed = pair.sizeDiffers + (pair.deep?.different ?? 0)
  if (changed > 0) parts.push(`${counted(changed, 'message')} changed`)
  if (pair.atSource && pair.atSource.different > 0)
    parts.push(`${counted(pair.atSource.different, 'message')} different at the source`)
  if (pair.atSource && pair.atSource.unread > 0)
    parts.push(`${counted(pair.atSource.unread, 'message')} not served by the source`)
  if (pair.notSettled > 0) parts.push(`${counted(pair.notSettled, 'message')} not moved yet`)
  return parts.join(', ')
}
