// Start from now: what of the mail that lies in a maildrop when its pair is first seen is wanted, and what stays there.
//
// What is not wanted is kept in the ledger by name, so that exactly that stays and everything new is moved. Where names
// cannot tell old from new (none given, numbers that change owners, only a part shown, other names all at once), the
// date of delivery does: Received fields alone, for a Date field says nothing of when a message came.
import { isElsewhere } from './elsewhere.ts'
import type { InternalDate } from './internal-date.ts'
import type { Key, Listed } from './message.ts'
import type { Known } from './ports.ts'

/** What becomes of the mail that is there before the first run. */
export type Backlog =
  | { readonly kind: 'copy' | 'skip' }
  | { readonly kind: 'newest'; readonly count: number }
  | { readonly kind: 'since'; readonly instant: number }

/** What the backlog says of one message: it stays, or it does if it is dated earlier. */
export type Ruling = Grounds & (Leave | Dated)

interface Grounds {
  readonly reason: string
  /** What the ledger keeps it under. */
  readonly mark: string
  /** An earlier run has left it already: no news. */
  readonly isCarried: boolean
}

interface Leave {
  readonly kind: 'leave'
}

interface Dated {
  readonly kind: 'dated'
  readonly notBefore: number
  /** Only the date of delivery counts. */
  readonly onlyReceived: boolean
  /** Whether headers are worth reading ahead; where not, its bytes tell when it is fetched. */
  readonly readsAhead: boolean
}

/** What holds for the messages of one listing. */
export interface BacklogRules {
  /** Undefined for a message that the backlog has nothing to do with. */
  rulingOn(listed: Listed): Ruling | undefined
  /** What the ledger keeps the backlog under. */
  readonly mark: string
  /** Whether a message was picked out of the backlog by count, which has to be remembered before the first is moved. */
  isPicked(listed: Listed): boolean
  /** What the ledger has to remember of the pair from now on; undefined where it does already. */
  readonly memory: string | undefined
  /** Plain sentences: what the owner may not expect. */
  readonly notes: readonly string[]
  /** Why it cannot be done at this source; undefined where it can. */
  readonly problem: string | undefined
}

/** What the rules follow from. */
export interface BacklogInput {
  readonly backlog: Backlog
  readonly messages: readonly Listed[]
  readonly known: ReadonlyMap<Key, Known>
  /** What the ledger remembers of the pair; see `BacklogRules.memory`. */
  readonly memory: string | undefined
  /** Whether there may be messages that are not listed. */
  readonly isPart: boolean
  /** Milliseconds since the epoch: the time of listing. */
  readonly now: number
}

const prefix = 'backlog:'
const day = 24 * 60 * 60_000

/** A message may be on its way into the maildrop for so long after its delivery was dated: it is not taken for old. */
const margin = day

/** The name under which the ledger keeps what the backlog left out. */
export function markOf(backlog: Backlog): string {
  switch (backlog.kind) {
    case 'newest':
      return `${prefix}newest ${backlog.count}`
    case 'since':
      return `${prefix}since ${new Date(backlog.instant).toISOString()}`
    default:
      return prefix + backlog.kind
  }
}

/** Whether a message belongs to a backlog, left there or picked out of it. */
export function isMarked({ policy }: Pick<Known, 'policy'>): boolean {
  return policy?.startsWith(prefix) === true
}

function isBacklog(row: Known): boolean {
  return row.state === 'left-out' && isMarked(row)
}

/** What is remembered once a pair has been seen: when that was, and what was wanted then. */
export function memoryOf(backlog: Backlog, now: number): string {
  return `${now} ${markOf(backlog)}`
}

/** Whether a message falls under a ruling, given its date. */
export function fallsUnder(ruling: Ruling | undefined, { instant, rule }: InternalDate): boolean {
  if (ruling?.kind !== 'dated') return ruling?.kind === 'leave'
  return instant < ruling.notBefore && (rule === 'received' || (rule === 'date' && !ruling.onlyReceived))
}

/** The rules for a listing; none where everything is wanted. */
export function backlogRules(input: BacklogInput): BacklogRules | undefined {
  const { backlog, messages, known, now } = input
  if (backlog.kind === 'copy') return undefined
  const marked = [...known.values()].filter(isBacklog)
  // A run that died right after it had written down what stays has not come to the rest.
  const seenAt = Number(input.memory?.split(' ')[0] ?? marked[0]?.changedAt)
  // What another program has delivered was written down before the first run, and is no run.
  const isFirst = Number.isNaN(seenAt) && known.values().every(isElsewhere)
  const wasCopied = input.memory?.endsWith(markOf({ kind: 'copy' })) && marked.length === 0
  if (wasCopied || (Number.isNaN(seenAt) && !isFirst)) return tooLate(wasCopied ? undefined : now)
  const state = { ...input, seenAt: isFirst ? now : seenAt, isFirst, mark: markOf(backlog) }
  const candidates = isFirst ? messages : messages.filter(({ key }) => isOtherwiseMarked(key, state))
  const picked = new Set(backlog.kind === 'newest' ? candidates.slice(-backlog.count) : [])
  const doubts = doubtsOf(state, marked)
  const weighed = new Set(candidates)
  const memory = `${state.seenAt} ${state.mark}`
  return {
    rulingOn: (listed) =>
      weighed.has(listed) ? firstRuling(listed, picked, state) : laterRuling(listed, doubts, state),
    isPicked: (listed) => picked.has(listed),
    mark: state.mark,
    memory: memory === input.memory ? undefined : memory,
    notes: notesOf(state, doubts),
    problem: isFirst && backlog.kind === 'newest' && doubts.nameless ? namelessProblem : undefined,
  }
}

type State = BacklogInput & { readonly seenAt: number; readonly isFirst: boolean; readonly mark: string }

/** Why names cannot be believed to tell old from new in this listing. */
interface Doubts {
  readonly nameless: boolean
  /** All names are message numbers: they change owners when a message is removed (quirk A21). */
  readonly numbers: boolean
  /** A name that nobody has seen may be that of an old message. */
  readonly unseen: boolean
}

function doubtsOf({ messages, isPart }: State, marked: readonly Known[]): Doubts {
  const listed = new Set(messages.map(({ key }) => key))
  const nameless = listed.has(undefined)
  const numbers = messages.length > 0 && messages.every(({ key, number }) => key === String(number))
  // Gone since the last look, together with which others may have come under new names (quirk A20).
  const wentAway = marked.some(({ key, absentSince }) => absentSince === undefined && !listed.has(key))
  return { nameless, numbers, unseen: isPart || wentAway }
}

function isOtherwiseMarked(key: Key | undefined, { known, mark }: State): boolean {
  const row = key === undefined ? undefined : known.get(key)
  return row !== undefined && isBacklog(row) && row.policy !== mark
}

/** The first listing, or the first after another choice was made. */
function firstRuling(listed: Listed, picked: ReadonlySet<Listed>, { backlog, mark }: State): Ruling | undefined {
  if (picked.has(listed)) return undefined
  const grounds = { reason: reasonOf(backlog), mark, isCarried: false }
  if (backlog.kind !== 'since') return { kind: 'leave', ...grounds }
  return { kind: 'dated', ...grounds, notBefore: backlog.instant, onlyReceived: false, readsAhead: true }
}

function laterRuling(listed: Listed, doubts: Doubts, { backlog, known, seenAt, mark }: State): Ruling | undefined {
  const row = listed.key === undefined ? undefined : known.get(listed.key)
  const isOurs = row !== undefined && isBacklog(row)
  if (row !== undefined && !isOurs) return undefined
  const isCarried = isOurs || listed.key === undefined
  const grounds = { reason: row?.reason ?? reasonOf(backlog), mark, isCarried }
  const isSame = isOurs && row.absentSince === undefined && row.listedSize === listed.size
  if (isSame && !doubts.numbers) return { kind: 'leave', ...grounds }
  const readsAhead = isOurs || listed.key === undefined || doubts.unseen
  const hasDate = backlog.kind === 'since'
  if (!readsAhead && !hasDate) return undefined
  const notBefore = hasDate ? Math.min(backlog.instant, seenAt) : seenAt - margin
  return { kind: 'dated', ...grounds, notBefore, onlyReceived: true, readsAhead }
}

function reasonOf(backlog: Backlog): string {
  const there = 'in the maildrop before the first run'
  switch (backlog.kind) {
    case 'newest':
      return `${there}, and not among the newest ${backlog.count} (backlog)`
    case 'since':
      return `${there}, and dated earlier than ${new Date(backlog.instant).toISOString().slice(0, 10)} (backlog)`
    default:
      return `${there} (backlog: ${backlog.kind})`
  }
}

const namelessProblem =
  'The server gives its messages no names of their own, so the newest ones cannot be told from the others in a later run.'

function notesOf({ isFirst, messages, backlog }: State, { nameless, numbers }: Doubts): readonly string[] {
  const notes: string[] = []
  if (isFirst && messages.length > 0 && backlog.kind !== 'since') {
    notes.push(
      'This is the first run of the pair, as far as its ledger knows: what lies in the maildrop now is its backlog. If ' +
        'only the ledger was lost, run mailhaul ledger rebuild --write first.',
    )
  }
  if (nameless || numbers) {
    notes.push(
      'The server gives its messages no lasting names: what belongs to the backlog is told by the date of delivery, ' +
        'from headers that are read again in each run.',
    )
  }
  return notes
}

/** The pair was at work before anybody asked for this: everything there is wanted already. */
function tooLate(now: number | undefined): BacklogRules {
  return {
    rulingOn: () => undefined,
    isPicked: () => false,
    mark: markOf({ kind: 'copy' }),
    memory: now === undefined ? undefined : memoryOf({ kind: 'copy' }, now),
    notes: [
      'The setting backlog has no effect: this pair has moved mail before, and what was there then is wanted. To leave ' +
        'out older mail, use select: { since: … }.',
    ],
    problem: undefined,
  }
}
