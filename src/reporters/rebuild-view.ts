// What a ledger was, or would be, filled with from the destination, as people read it.
import type { PairSummary } from '../core/events.ts'
import { pageOf, paragraph, type ViewOptions } from './page.ts'
import { renderSummary } from './summary.ts'
import { counted } from './words.ts'

/** A rebuilt ledger, or the dry run of one. */
export interface RebuildView {
  readonly summaries: readonly PairSummary[]
  /** False after a dry run. */
  readonly isWritten: boolean
  /** The present ledger is damaged: a new one takes its place. */
  readonly isDamaged: boolean
  /** Where the damaged ledger lies now; undefined where none was moved. */
  readonly movedTo: string | undefined
  /** The command that comes next. */
  readonly next: string
  readonly exitCode: number
}

/** The report as text, ready to be written. */
export function renderRebuild(view: RebuildView, options: ViewOptions): string {
  const { summaries, isWritten, isDamaged, movedTo, next } = view
  const page = pageOf(options)
  const sum = (kind: 'adopted' | 'pending') => summaries.reduce((count, { tally }) => count + tally[kind].count, 0)
  const lines: string[] = []
  const say = (text: string) => lines.push(...paragraph(text, page, 0))
  if (!isWritten) say('Dry run: neither the ledger nor the destination was changed.')
  if (!isWritten && isDamaged) say('The ledger is damaged: it would be moved aside, and a new one made.')
  if (movedTo !== undefined) say(`The damaged ledger lies at ${movedTo} now, and a new one in its place.`)
  if (lines.length > 0) lines.push('')
  const foot: string[] = ['']
  const end = (text: string) => foot.push(...paragraph(text, page, 0))
  end(`${counted(sum('adopted'), 'message')} ${isWritten ? 'adopted' : 'would be adopted'}, nothing appended.`)
  const isComplete = summaries.every(({ error }) => error === undefined)
  if (sum('pending') > 0 && isComplete) {
    end(`${counted(sum('pending'), 'message')} not found there: the next sync copies them.`)
  }
  return `${lines.map((line) => `${line}\n`).join('')}${renderSummary(summaries, options)}${foot.join('\n')}\nNext: ${next}\n`
}
