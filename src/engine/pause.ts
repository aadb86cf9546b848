// Keeps accounts from being locked: refused logins are counted across runs, and the next try waits longer each time.
import { MailhaulError } from '../core/errors.ts'
import { formatDuration } from '../core/format.ts'
import type { Clock, LedgerReader, PairLedger } from '../core/ports.ts'

const habit = 'refused-logins'

/** Runs in a row that may be refused before any has to wait: a mistyped password is mended and tried at once. */
const freely = 2
const first = 15 * 60_000
const ceiling = 24 * 60 * 60_000

/** Before anybody logs in. Error: auth, while the last refusals want a pause (quirk E17). */
export function holdAfterRefusals(book: PairLedger, clock: Pick<Clock, 'now'>): void {
  const { runs, rest } = heldFor(book, clock) ?? {}
  if (rest === undefined) return
  throw new MailhaulError({
    code: 'auth',
    scope: 'pair',
    retry: 'later',
    message: `The last ${runs} runs were refused the login, so this one did not try: too many tries can lock the account.`,
    hint: `Once user and password are right, run mailhaul sync --now: a watch goes on then, too; without that the next try is in ${formatDuration(rest)}.`,
    retryAfter: rest,
  })
}

/** How many runs were refused, and for how many milliseconds the next one waits; undefined where it need not. */
export function heldFor(
  book: Pick<LedgerReader, 'habit'>,
  clock: Pick<Clock, 'now'>,
): { readonly runs: number; readonly rest: number } | undefined {
  const { runs, last } = read(book)
  if (runs < freely) return undefined
  const pause = Math.min(ceiling, first * 2 ** (runs - freely))
  const since = clock.now() - last
  // A refusal that lies in the future was dated by a clock that was wrong: the next try puts that right (quirk D08).
  return since < 0 || since >= pause ? undefined : { runs, rest: pause - since }
}

/** How far a run came at either end. */
interface Reach {
  /** The source has listed its messages. */
  readonly wasListed: boolean
  /** A message has found its place at the destination. */
  readonly hasMoved: boolean
}

/** After a run: a refused login is counted; the first that gets in at the same end, or a run without error, ends the count. */
export function countRefusal(
  book: PairLedger,
  clock: Pick<Clock, 'now'>,
  error: MailhaulError | undefined,
  reach: Reach,
): void {
  const { runs, end } = read(book)
  const getsIn = end === 'source' ? reach.wasListed : reach.hasMoved
  if (error?.code === 'auth') book.setHabit(habit, `${runs + 1} ${clock.now()} ${error.end ?? '-'}`)
  else if (runs > 0 && (error === undefined || getsIn)) book.setHabit(habit, `0 ${clock.now()}`)
}

/** When a login that had been refused was seen to get in; undefined where none was, or where it is refused still. */
export function readmittedAt(book: Pick<LedgerReader, 'habit'>): number | undefined {
  const { runs, last } = read(book)
  return runs === 0 && last > 0 ? last : undefined
}

function read(book: Pick<LedgerReader, 'habit'>): { runs: number; last: number; end: string | undefined } {
  const [, runs = 0, last = 0, end] =
    /^(\d{1,6}) (\d{1,16})(?: (source|destination|-))?$/.exec(book.habit(habit) ?? '') ?? []
  return { runs: Number(runs), last: Number(last), end }
}
