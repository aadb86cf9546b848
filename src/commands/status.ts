// mailhaul status: what the ledger knows, without asking any server.

import type { LastRun } from '../core/last-run.ts'
import type { Amount, OutcomeKind } from '../core/outcome.ts'
import type { Pair } from '../core/pair.ts'
import type { Known, Ledger } from '../core/ports.ts'
import type { OutcomeShare } from '../reporters/outcome-share.ts'
import { renderStatus, type StatusPair } from '../reporters/status-view.ts'
import type { Choice } from './choose-pairs.ts'
import { type CommandContext, openConfiguration, present } from './context.ts'

/** Shows what is settled, pending, failed and left out, and why. Returns the exit code: 3 when something failed. */
export async function status(names: readonly string[], choice: Choice, context: CommandContext): Promise<number> {
  const { pairs, ledger: tools, openLedgerReadOnly } = await openConfiguration(names, context, choice)
  const ledger = openLedgerReadOnly()
  try {
    const ends = tools.lastRuns()
    const states = pairs.map((pair) => stateOf(pair, ends.get(pair.name), ledger, context.options.verbose ?? false))
    const failing = states.some(({ failed, leftOut }) => failed.length > 0 || leftOut.some(isRefusal))
    const view = { pairs: states, exitCode: failing ? 3 : 0 }
    return present('status', view, renderStatus, { ...context, view: { ...context.view, limit: Infinity } })
  } finally {
    ledger.close()
  }
}

function isRefusal({ outcome }: { outcome: OutcomeKind }): boolean {
  return outcome === 'rejected' || outcome === 'too-big'
}

/** What was left out by choice is counted; message by message it is listed only when asked for (--verbose). */
function stateOf(pair: Pair, end: LastRun | undefined, ledger: Ledger, listsAll: boolean): StatusPair {
  const rows = [...ledger.read(pair.name).known().values()]
  const of = (state: Known['state']) => rows.filter((row) => row.state === state)
  const leftOut = of('left-out').filter((row) => listsAll || isRefusal(row))
  const messages = [...of('failed'), ...of('begun'), ...leftOut].map((row) => {
    const { key, outcome, reason, attempts, changedAt } = row
    return { key, size: sizeOf(row), outcome, reason, attempts, changedAt }
  })
  return {
    pair: pair.name,
    lastRun: rows.length === 0 ? undefined : rows.reduce((latest, { changedAt }) => Math.max(latest, changedAt), 0),
    end,
    settled: amountOf(of('settled')),
    pending: amountOf(of('begun')),
    failed: sharesOf(of('failed')),
    leftOut: sharesOf(of('left-out')),
    messages,
  }
}

function sharesOf(rows: readonly Known[]): OutcomeShare[] {
  const groups = Map.groupBy(rows, ({ outcome, reason }) => `${outcome}\n${reason ?? ''}`)
  return [...groups.values()].flatMap((group) => {
    const first = group[0]
    return first ? [{ outcome: first.outcome, reason: first.reason, amount: amountOf(group) }] : []
  })
}

function amountOf(rows: readonly Known[]): Amount {
  return { count: rows.length, bytes: rows.reduce((bytes, row) => bytes + sizeOf(row), 0) }
}

function sizeOf({ size, listedSize }: Known): number {
  return size ?? listedSize
}
