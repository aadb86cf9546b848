// Remembers from run to run whether a pair gets through, so that people are told of a change once and not again.

import type { MailhaulError } from '../core/errors.ts'
import { greatestOf } from '../core/extremes.ts'
import { formatStanding, type Judgement, judge, parseStanding, type Standing } from '../core/notice.ts'
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
  const before = book.habit(habit) ?? ''
  const standing = together(parseStanding(before), parseStanding(standings?.get(pair)))
  const judgement = judge(pair, standing, error, clock.now(), hasMoved)
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
  return greatestOf(times) || undefined
}

/** What runs without the book brought to light goes on from what is written there: whoever was told stays told. */
function together(written: Standing | undefined, unwritten: Standing | undefined): Standing | undefined {
  if (written === undefined || unwritten === undefined) return written ?? unwritten
  const told = [written.told, unwritten.told].includes('auth') ? 'auth' : (written.told ?? unwritten.told)
  const since = Math.min(written.since, unwritten.since)
  return { since, times: written.times + unwritten.times, end: unwritten.end ?? written.end, told }
}

/** After a run that could not open the book: the ledger is damaged, the disk is full, or another run is at work. */
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
