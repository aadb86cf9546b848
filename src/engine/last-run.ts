// Leaves in the ledger how a run has ended, so that the next one can choose its pairs by that.
import { causeOf } from '../core/cause.ts'
import type { MailhaulError } from '../core/errors.ts'
import { formatLastRun, lastRunHabit } from '../core/last-run.ts'
import type { PairLedger } from '../core/ports.ts'

/**
 * At the end of a run. `isOpen`: some message has not made it; `isPart`: the source may have shown only part. Written
 * only where it is another than before: runs that find nothing to do share a number.
 */
export function rememberEnd(
  book: Pick<PairLedger, 'run' | 'habit' | 'setHabit'>,
  error: MailhaulError | undefined,
  { isOpen, isPart }: { readonly isOpen: boolean; readonly isPart: boolean },
): void {
  const cause = causeOf({ error, exitCode: isOpen ? 3 : 0 })
  const text = formatLastRun(book.run, cause === 'done' && isPart ? 'in part' : cause)
  if (book.habit(lastRunHabit) !== text) book.setHabit(lastRunHabit, text)
}
