// Ends a session at the source: QUIT makes removals real, and there are servers to which everything fetched is removed.
import { verdictOf } from '../core/fingerprint.ts'
import type { SourceSession } from '../core/ports.ts'
import type { Haul } from './haul.ts'
import type { Intake } from './intake.ts'
import type { Survey } from './survey.ts'

/**
 * Ends a session whose messages have been dealt with; `remove` removes what is due. Says whether another one has to
 * follow. Returning without `close` leaves it to the caller to drop the session, which removes nothing.
 *
 * A consuming server (EXPIRE 0, quirk A47) is told RSET before QUIT, which takes back what it takes for removed. Gmail
 * is not: there QUIT is what makes it show the next messages, and its own setting keeps the mail (quirks A50, A51).
 */
export async function part(
  session: SourceSession,
  found: Survey,
  intake: Intake,
  haul: Haul,
  remove: (session: SourceSession | undefined) => Promise<void>,
): Promise<'done' | 'again'> {
  const { pair, window, kill, allowance } = haul
  const { sourceProvider, policy } = pair
  const removes = policy.leave.kind === 'delete' && sourceProvider.refusesRemoval !== true
  const consumes = sourceProvider.consumes === true || session.consumes
  const moves = sourceProvider.window === 'until-popped'
  const keep = consumes && !moves
  // What has no proven place yet would be gone with QUIT, for no server has to tell that it consumes (RFC 1939 §8). The
  // settled rest is seen to in a session of its own, which fetches nothing.
  if (intake.leavesUnsettled) {
    session.abandon()
    if (removes) await remove(undefined)
    return moves && intake.hasAdvanced ? 'again' : 'done'
  }
  // RSET would bring back what DELE has marked (quirk A48): a session either fetches and takes back, or removes.
  if (keep && removes && intake.hasAdvanced) {
    await session.close(kill, { keep })
    return 'again'
  }
  const popped = moves && !intake.hasFetched && !allowance.end ? await pop(session, found, haul) : undefined
  if (popped !== undefined) return popped
  if (removes) await remove(session)
  await session.close(kill, { keep })
  if (window.mayShowMore(intake.hasAdvanced, removes)) return 'again'
  if (!allowance.end) window.stays(found.listing.messages)
  return 'done'
}

/**
 * Sessions that broke off have fetched and settled messages, but never said QUIT: Gmail goes on showing them, in the
 * place of others. They are fetched once more for nothing but the QUIT behind them. Undefined where there are none.
 */
async function pop(
  session: SourceSession,
  { listing, known }: Survey,
  haul: Haul,
): Promise<'done' | 'again' | undefined> {
  const { window, spool, record, allowance, stop, kill } = haul
  const settled = listing.messages.flatMap((listed) => {
    const row = listed.key === undefined ? undefined : known.get(listed.key)
    return row?.state === 'settled' && row.fingerprints ? [{ listed, key: row.key, prints: row.fingerprints }] : []
  })
  if (!window.mayPop(settled.map(({ key }) => key))) return undefined
  record.stage('moving')
  const printsOf = new Map(settled.map(({ listed, prints }) => [listed, prints]))
  const messages = settled.map(({ listed }) => listed)
  for await (const fetched of session.fetch(messages, spool, stop)) {
    if (fetched.kind === 'failed') throw fetched.error
    if (fetched.kind !== 'message') continue
    fetched.message.release()
    allowance.fetchedAgain(fetched.message.size)
    const prints = printsOf.get(fetched.listed)
    // Another message under a settled one's name: nothing is known of it, so this session gets no QUIT.
    if (!prints || verdictOf(prints, fetched.message.fingerprints) === 'different') return 'done'
  }
  return (await session.close(kill)) ? 'again' : 'done'
}
