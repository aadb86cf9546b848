// What was, or would be, taken over from another program, as people read it and as scripts do.

import type { OtherProgram } from '../core/elsewhere.ts'
import { formatBytes } from '../core/format.ts'
import type { Amount } from '../core/outcome.ts'
import type { DocumentBody } from '../documents/schemas.ts'
import { jsonAmount } from './json-values.ts'
import { type Page, pageOf, paragraph, type ViewOptions } from './page.ts'
import { counted, grouped } from './words.ts'

/** What became of the names in the file, and of what the source lists. */
export interface TakeOverView {
  readonly pair: string
  readonly program: OtherProgram
  readonly file: string
  /** Names of this account in the file, and of other accounts. */
  readonly seen: number
  readonly others: number
  /** What the source lists: the sum of the four below. */
  readonly listed: Amount
  readonly taken: Amount
  readonly known: Amount
  readonly fresh: Amount
  readonly unclear: Amount
  /** In the file, and listed no more; of these, kept all the same. */
  readonly gone: number
  readonly ahead: number
  readonly isWritten: boolean
  /** The command that comes next. */
  readonly next: string
  readonly exitCode: number
}

/** The report as text, ready to be written. */
export function renderTakeOver(view: TakeOverView, options: ViewOptions): string {
  const page = pageOf(options)
  const { program, pair, isWritten, others } = view
  const lines: string[] = []
  const say = (text: string) => lines.push(...paragraph(text, page, 0))
  if (!isWritten) say('Dry run: nothing was written down.')
  const about = others === 0 ? '' : ` The file names ${counted(others, 'message')} of other accounts, too.`
  say(`${program} has delivered ${counted(view.seen, 'message')} of pair ${JSON.stringify(pair)}.${about}`)
  lines.push('', ...rowsOf(view, page), '')
  if (view.gone > 0) say(goneText(view))
  say(`Next: ${view.next}`)
  return `${lines.join('\n')}\n`
}

function rowsOf({ listed, taken, known, fresh, unclear }: TakeOverView, page: Page): string[] {
  const rows: [Amount, string][] = [
    [listed, 'listed by the source'],
    [taken, 'delivered before: left out from now on, and never removed by leave'],
    [known, 'in the ledger already: nothing is changed about them'],
    [fresh, 'not in the file: sync moves them'],
    [unclear, 'told by no name of their own: sync looks for their bytes at the destination'],
  ]
  return rows.flatMap(([{ count, bytes }, meaning]) => {
    if (count === 0 && meaning !== rows[0]?.[1] && meaning !== rows[1]?.[1]) return []
    const start = `  ${grouped(count).padStart(8)}  ${formatBytes(bytes).padStart(8)}  `
    const [first = '', ...rest] = paragraph(meaning, page, start.length)
    return [start + first.slice(start.length), ...rest]
  })
}

function goneText({ gone, ahead }: TakeOverView): string {
  const text = `${counted(gone, 'message')} of the file ${gone === 1 ? 'is' : 'are'} not listed any more`
  if (ahead === 0) return `${text}.`
  return `${text}; as the source may show only a part of its mail, ${grouped(ahead)} of them ${ahead === 1 ? 'is' : 'are'} remembered all the same.`
}

/** The document of a take-over. */
export function takeOverDocument(view: TakeOverView): DocumentBody<'ledger-take-over'> {
  const { exitCode, pair, program, file, isWritten, seen, others, gone, ahead, next } = view
  return {
    ...{ exitCode, pair, program, file, written: isWritten },
    inFile: { thisAccount: seen, otherAccounts: others, goneFromSource: gone, rememberedAllTheSame: ahead },
    listed: jsonAmount(view.listed),
    taken: jsonAmount(view.taken),
    known: jsonAmount(view.known),
    notInFile: jsonAmount(view.fresh),
    withoutName: jsonAmount(view.unclear),
    next,
  }
}
