// What is told of a pair, in words for people and as a document for programs.
import type { ErrorCode } from '../core/errors.ts'
import { formatDuration } from '../core/format.ts'
import type { Notice } from '../core/notice.ts'
import { escapeText } from '../core/printable.ts'

/** Everything that is told of one change, safe to be shown: secrets masked, server text escaped. */
export interface Telling extends Omit<Notice, 'error'> {
  readonly sourceHost: string
  readonly destinationHost: string
  readonly code: ErrorCode | undefined
  /** Why passes fail, as a sentence; undefined for `recovered`. */
  readonly reason: string | undefined
  /** What to do about it, where that is known. */
  readonly hint: string | undefined
}

const longest = 1000

/** Makes it of a notice. `mask` takes secrets out, which a server may have said back. */
export function tellingOf(
  { error, ...notice }: Notice,
  hosts: Pick<Telling, 'sourceHost' | 'destinationHost'>,
  mask: (text: string) => string,
): Telling {
  const safe = (text: string | undefined) => (text === undefined ? undefined : escapeText(mask(text), longest))
  return { ...notice, ...hosts, code: error?.code, reason: safe(error?.message), hint: safe(error?.hint) }
}

/** One line: what has happened. */
export function subjectOf({ kind, pair, end, code }: Telling): string {
  if (kind === 'recovered') return `mailhaul: ${pair} gets through again`
  if (kind === 'failing') return `mailhaul: ${pair} does not get through`
  const where = end === undefined ? '' : ` at the ${end}`
  if (code === 'secret') return `mailhaul: ${pair}: what the login${where} needs is missing`
  return `mailhaul: ${pair}: the login${where} is refused`
}

/** Some paragraphs: what has happened, why, what to do, and what mailhaul does meanwhile. */
export function paragraphsOf(telling: Telling): readonly string[] {
  const { kind, pair, sourceHost, destinationHost, at, since, times, code, reason, hint } = telling
  const way = `from ${sourceHost} to ${destinationHost}`
  const lasting = formatDuration(Math.max(0, at - since))
  if (kind === 'recovered') {
    return [
      `Mail of the pair ${pair} gets through again ${way}.`,
      `It had not since ${utc(since)}. Whatever arrived meanwhile is being moved now; there is nothing to do.`,
    ]
  }
  const often = times === 1 ? '' : ` ${times} passes in a row have failed, over ${lasting}.`
  return [
    `Mail of the pair ${pair} does not get through ${way}.${often}`,
    ...(reason === undefined ? [] : [`Why: ${reason}`]),
    ...(hint === undefined ? [] : [`What to do: ${hint}`]),
    kind === 'auth' && code === 'secret'
      ? 'Nothing is lost: the mail waits at the source. mailhaul looks again within the hour, and says so once it gets through again.'
      : kind === 'auth'
        ? 'Nothing is lost: the mail waits at the source. mailhaul tries again, but ever more rarely, so that the account is not locked. Once the login is right, run mailhaul sync --now, which does not wait; a watch goes on by itself once that has got through. Where the configuration was changed, reload the watch (systemctl reload, or kill -HUP), and it tries again at once.'
        : 'Nothing is lost: the mail waits at the source. mailhaul goes on trying, and says so once it gets through again.',
  ]
}

/** The same for programs. Fields are always there, null where there is nothing to say. */
export function documentOf(telling: Telling, version: string): string {
  const { kind, pair, sourceHost, destinationHost, at, since, times, end, was, code, reason, hint } = telling
  const error = code && { code, end: end ?? null, message: reason ?? null, hint: hint ?? null }
  const document = {
    mailhaul: version,
    format: 1,
    kind: 'notification',
    event: kind,
    pair,
    sourceHost,
    destinationHost,
    at: new Date(at).toISOString(),
    failingSince: new Date(since).toISOString(),
    failedPasses: times,
    was: was ?? null,
    error: error ?? null,
    subject: subjectOf(telling),
    // The name that chat programs look for.
    text: [subjectOf(telling), ...paragraphsOf(telling)].join('\n\n'),
  }
  return `${JSON.stringify(document)}\n`
}

function utc(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
