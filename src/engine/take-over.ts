// Takes over from another program: what it has delivered and the source still lists is left out from now on, by name.
import { deliveredBefore, isElsewhere, markOfProgram, type OtherProgram } from '../core/elsewhere.ts'
import { MailhaulError } from '../core/errors.ts'
import type { Key, Listed } from '../core/message.ts'
import type { Amount } from '../core/outcome.ts'
import type { Pair } from '../core/pair.ts'
import type { Known, LedgerReader, Listing, Settlement, Source } from '../core/ports.ts'
import { areNumbers } from './name-check.ts'
import { partSeen } from './window.ts'

/** What another program says that it has delivered. */
export interface SeenElsewhere {
  readonly program: OtherProgram
  /** Where that was read, for sentences. */
  readonly file: string
  readonly names: ReadonlySet<string>
  /** How the program writes a key down: several keys may become one name. */
  readonly nameOf: (key: string) => string
}

/** What becomes of the names in the file, and of the messages in the maildrop. */
export interface TakeOver {
  readonly pair: string
  readonly program: OtherProgram
  readonly file: string
  /** Names of this account in the file. */
  readonly seen: number
  /** What the source lists now: the sum of the four below. */
  readonly listed: Amount
  /** Left out from now on. */
  readonly taken: Amount
  /** Of which the ledger has a row already, which stays as it is. */
  readonly known: Amount
  /** Not in the file: for the next sync. */
  readonly fresh: Amount
  /** Without a name that tells them apart: the next sync compares their bytes with what is at the destination. */
  readonly unclear: Amount
  /** In the file, and listed no more. */
  readonly gone: number
  /** Of these, kept all the same: the source may show them later. */
  readonly ahead: number
}

/** What there is to write down, and how to tell it. */
export interface TakeOverPlan {
  readonly report: TakeOver
  /** To be written in one go, or not at all. */
  readonly settlements: readonly Settlement[]
}

/** What a take-over looks at. */
export interface TakeOverPorts {
  readonly source: Source
  readonly book: LedgerReader
  readonly stop: AbortSignal
}

/**
 * Lists the source and finds what the other program has delivered. Fetches nothing, changes nothing. Errors: those of
 * the source, unsupported (names that are mere numbers), usage (nothing in the file is listed).
 */
export async function planTakeOver(
  pair: Pair,
  { source, book, stop }: TakeOverPorts,
  seen: SeenElsewhere,
): Promise<TakeOverPlan> {
  const session = await source.open(stop)
  try {
    const listing = await session.list(stop)
    await session.close(stop)
    if (listing.messages.length > 0 && areNumbers(listing.messages)) throw mereNumbers()
    return weigh(pair, listing, book, seen)
  } finally {
    session.abandon()
  }
}

/** What undoes an import: these messages are moved by the next sync, unless they lie at the destination. */
export function takeBack(book: LedgerReader, program: OtherProgram): readonly Settlement[] {
  const mark = markOfProgram(program)
  const rows = [...book.known().values()].filter((row) => isElsewhere(row) && row.policy === mark)
  return rows.map(({ key, listedSize }) => ({ key, listedSize, state: 'failed', outcome: 'pending' }))
}

function weigh(pair: Pair, listing: Listing, book: LedgerReader, seen: SeenElsewhere): TakeOverPlan {
  const known = book.known()
  const { messages } = listing
  const sharing = countNames(messages, seen)
  const groups = Map.groupBy(messages, (listed) => fateOf(listed, sharing, known, seen))
  const of = (fate: Fate) => groups.get(fate) ?? []
  const taken = of('taken')
  const gone = [...seen.names].filter((name) => !sharing.has(name))
  if (isAnotherAccounts(messages, seen)) throw nothingListed(pair, seen)
  const ahead =
    partSeen(pair.sourceProvider, listing, book) === undefined ? [] : gone.filter((name) => !isIn(known, name))
  const settle = (key: Key, listedSize: number): Settlement => {
    const reason = deliveredBefore(seen.program)
    return { key, listedSize, state: 'left-out', outcome: 'filtered', reason, policy: markOfProgram(seen.program) }
  }
  const settlements = [
    ...taken.flatMap(({ key, size }) => (key === undefined ? [] : [settle(key, size)])),
    ...ahead.map((name) => settle(name as Key, 0)),
  ]
  const amounts = { taken: sum(taken), known: sum(of('known')), fresh: sum(of('fresh')), unclear: sum(of('unclear')) }
  const { program, file, names } = seen
  const counts = { seen: names.size, gone: gone.length, ahead: ahead.length }
  return { report: { pair: pair.name, program, file, listed: sum(messages), ...amounts, ...counts }, settlements }
}

type Fate = 'taken' | 'known' | 'fresh' | 'unclear'

function fateOf(
  { key }: Listed,
  sharing: ReadonlyMap<string, number>,
  known: ReadonlyMap<Key, Known>,
  { names, nameOf }: SeenElsewhere,
): Fate {
  if (key === undefined) return 'unclear'
  const row = known.get(key)
  if (row && row.state !== 'failed') return 'known'
  const name = nameOf(key)
  if (!names.has(name)) return 'fresh'
  return sharing.get(name) === 1 ? 'taken' : 'unclear'
}

/** How many messages the program would write down under each name. */
function countNames(messages: readonly Listed[], { nameOf }: SeenElsewhere): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { key } of messages) {
    if (key === undefined) continue
    const name = nameOf(key)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

/** Whether nothing that is listed is in the file. */
function isAnotherAccounts(messages: readonly Listed[], { names, nameOf }: SeenElsewhere): boolean {
  return messages.length > 0 && !messages.some(({ key }) => key !== undefined && names.has(nameOf(key)))
}

function isIn(known: ReadonlyMap<Key, Known>, name: string): boolean {
  return known.has(name as Key)
}

function sum(messages: readonly Listed[]): Amount {
  return { count: messages.length, bytes: messages.reduce((bytes, { size }) => bytes + size, 0) }
}

function mereNumbers(): MailhaulError {
  return new MailhaulError({
    code: 'unsupported',
    scope: 'pair',
    retry: 'never',
    message:
      "The source's unique-ids are mere message numbers, which change owners: what was delivered cannot be told by them.",
    hint: 'Nothing was imported. mailhaul ledger rebuild --write finds what lies at the destination by its bytes.',
  })
}

function nothingListed({ name, sourceHost }: Pair, { file, names }: SeenElsewhere): MailhaulError {
  return new MailhaulError({
    code: 'usage',
    scope: 'run',
    retry: 'never',
    message: `Of the ${names.size} messages in ${file}, ${sourceHost} lists none for pair ${JSON.stringify(name)}.`,
    hint: 'Either it is the file of another account, or all of them are gone from the server and sync can begin. Nothing was imported.',
  })
}
