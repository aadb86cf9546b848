// What `check` found at both ends of each pair, as people read it.
import type { MailhaulError } from '../core/errors.ts'
import { formatBytes } from '../core/format.ts'
import type { TlsFacts } from '../core/ports.ts'
import { errorLines } from './error-text.ts'
import { type Page, pageOf, paragraph, type Tone, type ViewOptions } from './page.ts'
import { counted, day, grouped } from './words.ts'

/** What was found at one end. */
export interface CheckEnd {
  readonly host: string
  readonly port: number
  /** Undefined on a plain connection, and where there was no connection. */
  readonly tls: TlsFacts | undefined
  /** Why the end could not be used; undefined when the login went through. */
  readonly error: MailhaulError | undefined
  readonly capabilities: readonly string[]
  /** What lies there: the whole maildrop, or the destination's folder (octets undefined where unknown). */
  readonly holds: { readonly count: number; readonly bytes: number | undefined } | undefined
  /** Plain sentences: what will not work, or works otherwise than people expect. */
  readonly notes: readonly string[]
}

/** What was found at the destination. */
export interface CheckDestination extends CheckEnd {
  /** The configured folder, in words such as `INBOX` or `Archive/{year}`. */
  readonly folder: string
  /** How messages would be uploaded: `MULTIAPPEND, LITERAL+, 2 connections`. */
  readonly upload: string | undefined
  /** Largest message in octets; undefined where the server does not say. */
  readonly appendLimit: number | undefined
  /** Octets; undefined where unknown. */
  readonly quota: { readonly used: number; readonly limit: number } | undefined
}

/** Both ends of one pair. */
export interface CheckPair {
  readonly pair: string
  readonly source: CheckEnd
  readonly destination: CheckDestination
}

/** A check of some pairs. */
export interface CheckView {
  readonly pairs: readonly CheckPair[]
  /** When it was made: milliseconds since the epoch, for the days left on certificates. */
  readonly checkedAt: number
  /** What to run next. */
  readonly next: string
  readonly exitCode: number
}

/** Whole days until a certificate expires; negative once it has. */
export function daysLeft(tls: TlsFacts, checkedAt: number): number {
  return Math.floor((tls.validTo - checkedAt) / 86_400_000)
}

/** The check as text, ready to be written. */
export function renderCheck(view: CheckView, options: ViewOptions): string {
  const page = pageOf(options)
  const shown = view.pairs.length > many && !page.verbose ? worstOf(view.pairs) : view.pairs
  const lines = shown.flatMap((pair) => [
    ...paragraph(pair.pair, page, 0, 'strong'),
    ...endBlock('source', pair.source, [], view.checkedAt, page),
    ...endBlock('destination', pair.destination, destinationFields(pair.destination), view.checkedAt, page),
    '',
  ])
  const ends = view.pairs.flatMap((pair) => [pair.source, pair.destination])
  const failed = ends.filter((end) => end.error !== undefined).length
  const verdict =
    failed === 0
      ? `${ends.length === 2 ? 'Both ends' : `All ${counted(ends.length, 'end')}`} can be used; nothing was changed. Next: ${view.next}`
      : `${grouped(failed)} of ${counted(ends.length, 'end')} cannot be used; nothing was changed.`
  if (shown.length < view.pairs.length) {
    const hidden = view.pairs.length - shown.length
    const bad = view.pairs.filter(isTroubled).length - shown.filter(isTroubled).length
    const trouble = bad === 0 ? 'nothing is in their way' : `${grouped(bad)} of them cannot be used`
    const words = `${counted(hidden, 'pair')} not shown, ${trouble}; --verbose and --json show all.`
    lines.push(...paragraph(words, page, 0, bad === 0 ? 'faint' : 'bad'))
  }
  return `${[...lines, ...paragraph(verdict, page, 0, failed === 0 ? 'good' : 'bad')].join('\n')}\n`
}

/** Of more pairs than these, only so many of those that need a look are shown. */
const many = 20

function isTroubled({ source, destination }: CheckPair): boolean {
  return source.error !== undefined || destination.error !== undefined
}

/** Those that cannot be used, then those with something to be noted. */
function worstOf(pairs: readonly CheckPair[]): readonly CheckPair[] {
  const noted = pairs.filter(
    (pair) => !isTroubled(pair) && [pair.source, pair.destination].some(({ notes }) => notes.length > 0),
  )
  return [...pairs.filter(isTroubled), ...noted].slice(0, many)
}

/** A field of an end: its name, its value, and what that means. */
type Field = readonly [name: string, value: string, tone?: Tone]

const nameWidth = 13

function endBlock(role: string, end: CheckEnd, more: readonly Field[], checkedAt: number, page: Page): string[] {
  const lines = fieldLines([role, `${end.host}, port ${end.port}`, 'strong'], 2, page)
  if (end.error) return [...lines, ...errorLines(end.error, '', page, 4)]
  const fields: Field[] = [...tlsFields(end, checkedAt), ['login', 'ok', 'good'], ...holdsField(end), ...more]
  if (end.capabilities.length > 0) fields.push(['can do', end.capabilities.join(' '), 'faint'])
  for (const note of end.notes) fields.push(['note', note, 'warn'])
  return [...lines, ...fields.flatMap((field) => fieldLines(field, 4, page))]
}

function fieldLines([name, value, tone]: Field, indent: number, page: Page): string[] {
  const start = 4 + nameWidth
  const [first = '', ...rest] = paragraph(value, page, start, tone ?? 'plain')
  return [`${' '.repeat(indent)}${name}`.padEnd(start) + first.slice(start), ...rest]
}

function tlsFields(end: CheckEnd, checkedAt: number): Field[] {
  const { tls } = end
  if (!tls) return [['encryption', 'none: everything, the password too, travels in the clear', 'bad']]
  const left = daysLeft(tls, checkedAt)
  const validity =
    left < 0 ? `expired on ${day(tls.validTo)}` : `${counted(left, 'day')} left (until ${day(tls.validTo)})`
  return [
    ['encryption', `${tls.protocol}, ${tls.cipher}`],
    ['certificate', `${tls.subject}, ${validity}`, left < 0 ? 'bad' : left < 21 ? 'warn' : 'plain'],
  ]
}

function holdsField(end: CheckEnd): Field[] {
  if (!end.holds) return []
  const { count, bytes } = end.holds
  return [['holds', `${counted(count, 'message')}${bytes === undefined ? '' : `, ${formatBytes(bytes)}`}`]]
}

function destinationFields(end: CheckDestination): Field[] {
  const fields: Field[] = [['folder', end.folder]]
  if (end.upload !== undefined) fields.push(['upload', end.upload])
  const limit = end.appendLimit
  fields.push(['largest', limit === undefined ? 'not told by the server' : `${formatBytes(limit)} per message`])
  if (!end.quota) return [...fields, ['quota', 'not told by the server']]
  const free = Math.max(0, end.quota.limit - end.quota.used)
  const text = `${formatBytes(end.quota.used)} of ${formatBytes(end.quota.limit)} used, ${formatBytes(free)} free`
  return [...fields, ['quota', text, free === 0 ? 'bad' : 'plain']]
}
