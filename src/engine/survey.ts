// Lists the source and makes the plan: the part of a run that a dry run shares with the real thing.

import type { BacklogRules } from '../core/backlog.ts'
import { type HeaderField, parseHeaders } from '../core/headers.ts'
import type { Key, Listed } from '../core/message.ts'
import type { Pair } from '../core/pair.ts'
import { buildPlan, headersWanted, type Plan, type PlanInput } from '../core/plan.ts'
import type { Clock, Known, LedgerReader, Listing, SourceSession } from '../core/ports.ts'
import { backlogOf } from './backlog.ts'
import { withoutVoidNames } from './name-check.ts'
import type { RunRecord } from './run-record.ts'

/** What a survey needs; `book.run` is absent in a dry run, which has no number. */
export interface SurveyPorts {
  readonly pair: Pair
  readonly options: { readonly retryFailed: boolean; readonly adoptOnly?: boolean }
  readonly book: LedgerReader & { readonly run?: number }
  readonly record: RunRecord
  readonly clock: Clock
  readonly stop: AbortSignal
}

/** What a survey found. */
export interface Survey {
  readonly listing: Listing
  readonly plan: Plan
  /** The ledger's rows at that moment. */
  readonly known: ReadonlyMap<Key, Known>
  /** Header fields that were read ahead, by message number. */
  readonly headers: ReadonlyMap<number, readonly HeaderField[]>
  /** What holds for mail that was there before the first run; undefined where it is wanted like any other. */
  readonly backlog: BacklogRules | undefined
}

/** Asks the source what it has and decides about all of it. Reads headers ahead only where the policy needs them. */
export async function survey(session: SourceSession, ports: SurveyPorts): Promise<Survey> {
  const { pair, options, book, record, clock, stop } = ports
  record.stage('listing')
  const known = book.known()
  const listed = await session.list(stop)
  // A dry run fetches nothing; it cannot tell, and says nothing wrong but a number.
  const listing = book.run === undefined ? listed : await withoutVoidNames(session, listed, known, stop)
  record.list(listing.messages, pair.sourceProvider.window === 'until-popped')
  for (const note of listing.notes) record.warn(note, 'stands')
  const backlog = backlogOf(listing, known, ports)
  const input = {
    backlog,
    messages: listing.messages,
    known,
    policy: pair.policy,
    run: book.run ?? -1,
    now: clock.now(),
    retryFailed: options.retryFailed,
    adoptOnly: options.adoptOnly ?? false,
  }
  const headers = await readAhead(session, input, ports)
  record.stage('planning')
  return { listing, plan: buildPlan({ ...input, headers }), known, headers, backlog }
}

async function readAhead(
  session: SourceSession,
  input: Omit<PlanInput, 'headers'>,
  { record, stop }: SurveyPorts,
): Promise<ReadonlyMap<number, readonly HeaderField[]>> {
  const fields = new Map<number, readonly HeaderField[]>()
  const wanted: readonly Listed[] = headersWanted(input)
  if (wanted.length === 0) return fields
  record.stage('reading headers')
  for await (const { listed, headers } of session.headers(wanted, stop)) {
    if (headers) fields.set(listed.number, parseHeaders(headers))
  }
  return fields
}
