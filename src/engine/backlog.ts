// Start from now: finds out what the backlog of a pair is, and writes it down before the first message is moved.
import { type BacklogRules, backlogRules, isMarked, markOf, memoryOf } from '../core/backlog.ts'
import { isElsewhere } from '../core/elsewhere.ts'
import { MailhaulError } from '../core/errors.ts'
import type { Key } from '../core/message.ts'
import type { Known, Listing, Settlement } from '../core/ports.ts'
import type { Provider } from '../core/providers.ts'
import type { Haul } from './haul.ts'
import type { Survey, SurveyPorts } from './survey.ts'
import { partSeen } from './window.ts'

const habit = 'backlog'
const copy = { kind: 'copy' } as const

/** The rules for this listing. Error: unsupported, where the source makes what is asked for impossible. */
export function backlogOf(
  listing: Listing,
  known: ReadonlyMap<Key, Known>,
  { pair, options, book, clock }: Pick<SurveyPorts, 'pair' | 'options' | 'book' | 'clock'>,
): BacklogRules | undefined {
  const { backlog = copy } = pair.policy
  // A rebuild looks for everything, wanted or not.
  if (backlog.kind === 'copy' || options.adoptOnly) return undefined
  const { messages } = listing
  const isPart = partSeen(pair.sourceProvider, listing, book) !== undefined
  const rules = backlogRules({ backlog, messages, known, memory: book.habit(habit), isPart, now: clock.now() })
  if (rules?.problem === undefined) return rules && withNote(rules, pair.sourceProvider)
  throw new MailhaulError({
    code: 'unsupported',
    scope: 'pair',
    retry: 'never',
    message: rules.problem,
    hint: 'Write backlog: { since: 2026-01-31 }, which goes by dates, or backlog: copy.',
  })
}

/** Where a source goes by what was fetched, what is skipped stays in front of everything that comes. */
function withNote(rules: BacklogRules, { title, window }: Provider): BacklogRules {
  if (window !== 'until-popped') return rules
  const note =
    `${title} shows the oldest messages that nobody has fetched: what is skipped stays in front, and may hide what ` +
    'comes. Better choose in its settings that POP is for mail that arrives from now on, and write backlog: copy.'
  return { ...rules, notes: [...rules.notes, note] }
}

/** What is not wanted is written down all at once, before anything is fetched: so a first run that dies has fixed it. */
export function fixBacklog({ book, record }: Pick<Haul, 'book' | 'record'>, { plan, known, backlog }: Survey): void {
  if (backlog === undefined) return
  const settlements = plan.entries.flatMap((entry): Settlement[] => {
    const { listed } = entry
    const { key, size: listedSize } = listed
    if (key === undefined) return []
    if (entry.action === 'fetch') {
      return backlog.isPicked(listed)
        ? [{ key, listedSize, state: 'failed', outcome: 'pending', policy: backlog.mark }]
        : []
    }
    const row = known.get(key)
    if (entry.mark === undefined) return []
    if (row?.policy === entry.mark && row.absentSince === undefined && row.listedSize === listedSize) return []
    const { reason = '' } = entry.outcome
    return [{ key, listedSize, state: 'left-out', outcome: 'filtered', reason, policy: entry.mark }]
  })
  if (settlements.length > 0) book.settle(settlements)
  if (backlog.memory !== undefined) {
    book.setHabit(habit, backlog.memory)
    for (const note of backlog.notes) record.warn(note)
  }
}

/**
 * A rebuilt ledger knows what was moved and not what was left: in the order of the source, the backlog ends where the
 * last message lies that was found at the destination. What is behind it is new, and for the next run.
 */
export function rememberBacklog({ pair, book, record, clock }: Haul, { messages }: Listing): void {
  const { backlog = copy } = pair.policy
  if (backlog.kind === 'copy' || book.habit(habit) !== undefined) return
  const last = messages.findLastIndex((listed) => record.isProven(listed))
  const policy = markOf(backlog)
  const reason = 'not at the destination when the ledger was rebuilt, and older than what is (backlog)'
  const left = messages.slice(0, Math.max(0, last)).flatMap((listed): Settlement[] => {
    const { key, size: listedSize } = listed
    if (key === undefined || record.kindOf(listed) !== 'pending') return []
    return [{ key, listedSize, state: 'left-out', outcome: 'filtered', reason, policy }]
  })
  if (last < 0) return
  if (left.length > 0) book.settle(left)
  book.setHabit(habit, memoryOf(backlog, clock.now()))
  if (left.length > 0) tell(record, left.length)
}

function tell(record: Haul['record'], count: number): void {
  record.warn(
    `Taken for the backlog, and left there by the next sync: ${count} messages that are not at the destination and ` +
      'come before one that is. To move them, write backlog: copy.',
  )
}

/** Whether mail that the backlog or another program had left out is wanted now: it may lie at the destination, where nobody has looked. */
export function wantsBacklog({ plan, known }: Survey): boolean {
  return plan.entries.some(({ action, listed: { key } }) => {
    const row = action === 'fetch' && key !== undefined ? known.get(key) : undefined
    return row !== undefined && (isMarked(row) || isElsewhere(row))
  })
}
