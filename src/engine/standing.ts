// Remembers from run to run whether a pair gets through, so that people are told of a change once and not again.
import type { MailhaulError } from '../core/errors.ts'
import { formatStanding, type Judgement, judge, parseStanding } from '../core/notice.ts'
import type { Clock, LedgerReader, PairLedger } from '../core/ports.ts'
import { readmittedAt } from './pause.ts'

const habit = 'standing'
/** When the pair got through again. */
const throughHabit = 'got-through'

/** Where standings are kept while the ledger cannot be used: by pair, as long as the process lives. */
export type Standings = Map<string, string>

/** After a run that had the pair's book. Returns how it stands now, and what people are to be told. */
export function judgeRun(
  pair: string,
  book: Pick<PairLedger, 'habit' | 'setHabit'>,
  standings: Standings | undefined,
  error: MailhaulError | undefined,
  clock: Pick<Clock, 'now'>,
  hasMoved = false,
): Judgement {
  const unwritten = standings?.get(pair)
  const before = book.habit(habit) ?? ''
  const judgement = judge(pair, parseStanding(unwritten ?? before), error, clock.now(), hasMoved)
  const text = formatStanding(judgement.after)
  if (text !== before) book.setHabit(habit, text)
  if (text !== before && judgement.after === undefined) book.setHabit(throughHabit, String(clock.now()))
  standings?.delete(pair)
  return judgement
}

/**
 * When a run of anybody's last ended what keeps the pair from getting through, or saw that its login is refused no more;
 * undefined where the ledger knows of none. Milliseconds since the epoch.
 */
export function throughAt(book: Pick<LedgerReader, 'habit'>): number | undefined {
  const got = book.habit(throughHabit) ?? ''
  const times = [/^\d{1,16}$/.test(got) ? Number(got) : 0, readmittedAt(book) ?? 0]
  return Math.max(...times) || undefined
}

/** After a run that could not open the book: the ledger is damaged, or the disk is full. */
export function judgeBooklessRun(
  pair: string,
  standings: Standings | undefined,
  error: MailhaulError,
  clock: Pick<Clock, 'now'>,
): Judgement {
  const judgement = judge(pair, parseStanding(standings?.get(pair)), error, clock.now())
  standings?.set(pair, formatStanding(judgement.after))
  return judgement
}
