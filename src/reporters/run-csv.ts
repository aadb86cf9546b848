// A run as a table for spreadsheets (CSV, RFC 4180): a row for every message out of the ordinary, and one for all others.
import { stringify } from 'csv-stringify/sync'
import { escapeText } from '../core/printable.ts'
import type { PairRunDocument, RunDocument } from '../documents/run-document.ts'
import { isUnlisted, unlistedWords } from './sums.ts'

/** The columns. The messages and bytes of a pair's rows add up to what it lists. */
const columns = [
  'run',
  'pair',
  'outcome',
  'messages',
  'bytes',
  'code',
  'reason',
  'remedy',
  'folder',
  'key',
  'key_base64',
  'kept',
  'earlier',
] as const

type Row = Readonly<Record<(typeof columns)[number], string | number>>

/** The first line of every such table. */
export const runCsvHeader = `${columns.join(',')}\n`

const nothing: Row = {
  ...{ run: '', pair: '', outcome: '', messages: 0, bytes: 0, code: '', reason: '', remedy: '', folder: '', key: '' },
  ...{ key_base64: '', kept: '', earlier: '' },
}

/** The whole table. What a spreadsheet would take for a formula is told from one by a quote in front. */
export function renderRunCsv({ run, pairs }: RunDocument): string {
  const rows = pairs.flatMap((pair) => rowsOf(pair).map((row) => ({ ...row, run: run ?? '', pair: pair.pair })))
  const cast = { string: (text: string) => escapeText(text, Number.MAX_SAFE_INTEGER) }
  return runCsvHeader + stringify(rows, { columns: [...columns], escape_formulas: true, cast })
}

function rowsOf(pair: PairRunDocument): readonly Row[] {
  const { outcomes, error, exceptions, unlisted } = pair
  const ordinary = (['copied', 'already-there'] as const).flatMap((outcome): Row[] => {
    const { count, bytes } = outcomes[outcome]
    return count === 0 ? [] : [{ ...nothing, outcome, messages: count, bytes }]
  })
  const listed = exceptions.map((one) => ({
    ...nothing,
    ...{ outcome: one.outcome, messages: 1, bytes: one.bytes, code: one.code ?? '', reason: one.reason ?? '' },
    ...{ remedy: one.remedy ?? '', folder: one.folder ?? '', key: one.key ?? '', key_base64: one.keyBase64 ?? '' },
    ...{ kept: one.kept ?? '', earlier: one.carried ? 'yes' : 'no' },
  }))
  const counted = unlisted.map((one) => ({
    ...nothing,
    ...{ outcome: one.outcome, messages: one.count, bytes: one.bytes, code: one.code ?? '', reason: one.reason ?? '' },
    ...{ remedy: one.remedy ?? '', earlier: one.carried ? 'yes' : 'no' },
  }))
  // No message of such a pair has a row; zeros would read as an empty mailbox.
  const amount = isUnlisted({ ...pair, tally: outcomes }) ? { messages: unlistedWords, bytes: '' } : {}
  const stopped: Row[] = error
    ? [{ ...nothing, ...amount, outcome: 'stopped', code: error.code, reason: error.message, remedy: error.hint ?? '' }]
    : []
  return [...stopped, ...ordinary, ...listed, ...counted]
}
