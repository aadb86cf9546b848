// What a look at the ledger found, as people read it.
import { formatBytes } from '../core/format.ts'
import { type Page, pageOf, paragraph, type ViewOptions } from './page.ts'
import { counted, dateTime, grouped } from './words.ts'

/** One pair of the ledger: messages by state, runs, and who holds it. */
export interface LedgerPair {
  readonly pair: string
  readonly settled: number
  readonly begun: number
  readonly leftOut: number
  readonly failed: number
  readonly runs: number
  /** Milliseconds since the epoch; undefined where there was no run. */
  readonly lastRun: number | undefined
  readonly lock: LedgerLock | undefined
}

interface LedgerLock {
  readonly host: string
  readonly pid: number
  /** Milliseconds since the epoch. */
  readonly since: number
  readonly life: 'running' | 'gone' | 'unknown'
}

/** The state of the ledger itself. */
export interface LedgerView {
  readonly path: string
  readonly exists: boolean
  /** Octets. */
  readonly bytes: number
  readonly schema: number | undefined
  readonly latest: number
  readonly generation: string | undefined
  readonly pairs: readonly LedgerPair[]
  readonly problems: readonly string[]
  /** Commands that mend it; empty where nothing is wrong. */
  readonly next: readonly string[]
  readonly exitCode: number
}

/** The findings as text, ready to be written. */
export function renderLedger(view: LedgerView, options: ViewOptions): string {
  const page = pageOf(options)
  if (!view.exists)
    return `${paragraph(`There is no ledger at ${view.path} yet: the first sync makes one.`, page, 0).join('\n')}\n`
  const isSound = view.problems.length === 0
  const lines = paragraph(`Ledger ${view.path}: ${isSound ? 'sound' : 'damaged'}`, page, 0, isSound ? 'strong' : 'bad')
  lines.push('', ...paragraph(factsOf(view), page, { first: 2, rest: 4 }))
  for (const pair of view.pairs) lines.push('', ...pairLines(pair, page))
  if (view.problems.length > 0) lines.push('')
  for (const problem of view.problems) lines.push(...paragraph(problem, page, { first: 2, rest: 4 }, 'bad'))
  if (view.next.length > 0) lines.push('', ...view.next.map((command) => `Next: ${command}`))
  return `${lines.join('\n')}\n`
}

function factsOf({ schema, latest, generation, bytes }: LedgerView): string {
  const version =
    schema === undefined
      ? 'schema unknown'
      : schema < latest
        ? `schema ${schema}, the next run makes it ${latest}`
        : `schema ${schema}`
  return `${version}; generation ${generation ?? 'unknown'}; ${formatBytes(bytes)}`
}

function pairLines(pair: LedgerPair, page: Page): string[] {
  const parts = [`${grouped(pair.settled)} settled`]
  if (pair.begun > 0) parts.push(`${grouped(pair.begun)} pending`)
  if (pair.failed > 0) parts.push(`${grouped(pair.failed)} failed`)
  if (pair.leftOut > 0) parts.push(`${grouped(pair.leftOut)} left out`)
  const last =
    pair.lastRun === undefined ? 'never run' : `${counted(pair.runs, 'run')}, the last on ${dateTime(pair.lastRun)}`
  const lines = paragraph(`${pair.pair}: ${parts.join(', ')}; ${last}`, page, { first: 2, rest: 4 })
  if (pair.lock)
    lines.push(...paragraph(lockText(pair.lock), page, 4, pair.lock.life === 'running' ? 'plain' : 'faint'))
  return lines
}

function lockText({ pid, host, since, life }: LedgerLock): string {
  const holder = `process ${pid} on ${host} since ${dateTime(since)}`
  if (life === 'running') return `held by ${holder}`
  if (life === 'gone') return `left behind by ${holder}, which is gone: it keeps nobody out`
  return `held by ${holder}, which cannot be seen from here`
}
