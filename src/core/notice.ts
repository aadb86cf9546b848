// Whether a pair gets through, by one rule for all who show it; and what people are told of that, once per change.
import type { MailhaulError } from './errors.ts'

/** What a run says of its pair. nothing: neither that mail gets through nor that it does not. */
export type Verdict = 'through' | 'failed' | 'nothing'

/**
 * What a run that has ended, with an error or without, says of its pair. A removal that nobody has confirmed is something
 * to do, but mail gets through. So it does where a day's budget ended the run after something had moved; a run that was
 * stopped, came too soon for the server, met another one at work or a budget that was used up before says nothing.
 */
export function verdictOf(error: MailhaulError | undefined, hasMoved: boolean): Verdict {
  if (error === undefined || error.code === 'unconfirmed') return 'through'
  const { code, retryAfter, isPlanned } = error
  if (isPlanned) return hasMoved ? 'through' : 'nothing'
  const isNoFailure =
    code === 'interrupted' || code === 'locked' || (code === 'login-delayed' && retryAfter !== undefined)
  return isNoFailure ? 'nothing' : 'failed'
}

/** Whether somebody has to do something before a pair of this error gets through, however long it waits. */
export function needsSomebody({ code, retry }: Pick<MailhaulError, 'code' | 'retry'>): boolean {
  return code === 'auth' || (code === 'secret' && retry === 'never')
}

/**
 * What is told. failing: passes fail, and not just for a moment; auth: the same, and a login is refused or a secret is
 * missing, so that somebody has to do something; recovered: a pass went through again.
 */
export type NoticeKind = 'failing' | 'auth' | 'recovered'

/** Something that people are told once. Times are milliseconds since the epoch. */
export interface Notice {
  readonly kind: NoticeKind
  readonly pair: string
  readonly at: number
  /** When the first of the failed passes in a row ended. */
  readonly since: number
  /** Failed passes in a row; once people were told, they are not counted any further. */
  readonly times: number
  /** Which end failed, where that is known. */
  readonly end: 'source' | 'destination' | undefined
  /** What people were told before: for `recovered`. */
  readonly was: 'failing' | 'auth' | undefined
  /** Why passes fail; undefined for `recovered`. */
  readonly error: MailhaulError | undefined
}

/** What is remembered of a pair that fails, from run to run. */
export interface Standing {
  readonly since: number
  readonly times: number
  readonly end: 'source' | 'destination' | undefined
  readonly told: 'failing' | 'auth' | undefined
}

/** How a pair stands after a run, and what people are to be told. */
export interface Judgement {
  /** Undefined: it gets through. */
  readonly after: Standing | undefined
  readonly notice: Notice | undefined
}

/** Failed passes in a row before people are told: a lost connection now and then is no news. */
const patience = 3
/** Where passes are rare, two of them will do, so far apart. Milliseconds. */
const longPatience = 60 * 60_000

/** Judges a run that has ended, with an error or without. A run that says nothing of the pair changes nothing. */
export function judge(
  pair: string,
  before: Standing | undefined,
  error: MailhaulError | undefined,
  now: number,
  hasMoved = false,
): Judgement {
  const verdict = verdictOf(error, hasMoved)
  if (error === undefined || verdict === 'through') {
    if (before?.told === undefined) return { after: undefined, notice: undefined }
    const { told: was, ...rest } = before
    return { after: undefined, notice: { ...rest, kind: 'recovered', pair, at: now, was, error: undefined } }
  }
  if (verdict === 'nothing') return { after: before, notice: undefined }
  const since = Math.min(before?.since ?? now, now)
  const times = (before?.times ?? 0) + 1
  const kind = newsOf(before?.told, error, times, now - since)
  if (kind === undefined) {
    // Once people know, counting on would only write to the disk.
    const after = before?.told === undefined ? { since, times, end: error.end, told: undefined } : before
    return { after, notice: undefined }
  }
  const { end } = error
  return {
    after: { since, times, end, told: kind },
    notice: { kind, pair, at: now, since, times, end, was: undefined, error },
  }
}

function newsOf(
  told: Standing['told'],
  error: MailhaulError,
  times: number,
  lasting: number,
): 'failing' | 'auth' | undefined {
  if (told === 'auth') return undefined
  if (needsSomebody(error)) return 'auth'
  if (told === 'failing') return undefined
  return times >= patience || (times > 1 && lasting >= longPatience) ? 'failing' : undefined
}

/** A standing as the ledger keeps it: `2 1767225600000 source failing`; empty where the pair gets through. */
export function formatStanding(standing: Standing | undefined): string {
  if (standing === undefined) return ''
  const { since, times, end = '-', told = '-' } = standing
  return `${times} ${since} ${end} ${told}`
}

/** Reads what `formatStanding` wrote; anything else is a pair that gets through. */
export function parseStanding(text: string | undefined): Standing | undefined {
  const found = /^(\d{1,9}) (\d{1,16}) (source|destination|-) (failing|auth|-)$/.exec(text ?? '')
  if (found === null) return undefined
  const [, times, since, end, told] = found
  return {
    since: Number(since),
    times: Number(times),
    end: end === 'source' || end === 'destination' ? end : undefined,
    told: told === 'failing' || told === 'auth' ? told : undefined,
  }
}
