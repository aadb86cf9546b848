// Renders what a watch shows as metrics in the text format of Prometheus.
import { Counter, Gauge, Registry } from 'prom-client'
import { outcomeKinds } from '../core/outcome.ts'
import type { WatchedPair, WatchView } from '../core/watch.ts'
import { ageOf, isOverdue, isStuck } from './state.ts'

/** What is told besides the watch itself. */
export interface MetricsFacts {
  readonly version: string
  /** Notifications since the watch started. */
  readonly notifications: { readonly sent: number; readonly failed: number }
  readonly process: ProcessFacts
}

/** The process, by its own account. */
export interface ProcessFacts {
  /** Seconds of computing. */
  readonly cpu: number
  /** Seconds since it was started. */
  readonly uptime: number
  /** Octets of memory. */
  readonly resident: number
  readonly heap: number
}

/**
 * All metrics at one moment. Each rendering has a registry of its own: a pair that has left the configuration leaves
 * nothing behind, and renderings side by side never mix.
 */
export function registryOf(view: WatchView, facts: MetricsFacts): Registry {
  const registry = new Registry()
  addWatch(registry, view, facts)
  addPairs(registry, view)
  addProcess(registry, view, facts.process)
  return registry
}

function addWatch(registry: Registry, view: WatchView, { version, notifications }: MetricsFacts): void {
  const { pairs } = view
  const count = (isSo: (pair: WatchedPair) => boolean) => pairs.filter(isSo).length
  gauge(registry, 'mailhaul_info', 'Always 1; the version is in its label.', ['version']).set({ version }, 1)
  gauge(registry, 'mailhaul_pairs', 'Pairs in the configuration.').set(pairs.length)
  gauge(registry, 'mailhaul_pairs_working', 'Pairs at work now.').set(count(({ phase }) => phase === 'working'))
  gauge(registry, 'mailhaul_pairs_failing', 'Pairs whose last pass failed.').set(count(({ failure }) => !!failure))
  const overdue = 'Pairs without success for longer than they may: what makes /healthz answer 503.'
  gauge(registry, 'mailhaul_pairs_overdue', overdue).set(count((pair) => isOverdue(pair, view)))
  gauge(registry, 'mailhaul_queue_pairs', 'Pairs that are due and wait for their turn.').set(view.queued)
  gauge(registry, 'mailhaul_spool_bytes', 'Octets of messages on their way.').set(view.spoolHeld)
  gauge(registry, 'mailhaul_stuck', '1 while pairs are due and nothing is at work.').set(Number(isStuck(view)))
  gauge(registry, 'mailhaul_stopping', '1 while it finishes what is in flight.').set(Number(view.isDraining))
  const told = counter(registry, 'mailhaul_notifications_total', 'Notifications: sent, or failed.', ['result'])
  for (const result of ['sent', 'failed'] as const) told.inc({ result }, notifications[result])
}

function addPairs(registry: Registry, view: WatchView): void {
  const since = 'Seconds since the last success; since the start of the watch where there was none yet.'
  const age = gauge(registry, 'mailhaul_pair_seconds_since_success', since, ['pair'])
  const success = gauge(registry, 'mailhaul_pair_last_success_timestamp_seconds', 'When that was.', ['pair'])
  const next = gauge(registry, 'mailhaul_pair_next_pass_timestamp_seconds', 'When the next pass is due.', ['pair'])
  const interval = gauge(registry, 'mailhaul_pair_interval_seconds', 'From one pass to the next.', ['pair'])
  const failed = gauge(registry, 'mailhaul_pair_failed_passes', 'Failed passes in a row; 0: all is well.', ['pair'])
  const overdue = gauge(registry, 'mailhaul_pair_overdue', '1: without success for longer than it may.', ['pair'])
  const now = '1 while its last pass failed, by the code of the error; absent while all is well.'
  const failing = gauge(registry, 'mailhaul_pair_failing', now, ['pair', 'code'])
  const passes = counter(registry, 'mailhaul_pair_passes_total', 'Passes that have ended.', ['pair'])
  const fetched = counter(registry, 'mailhaul_pair_fetched_bytes_total', 'Octets fetched from the source.', ['pair'])
  const sent = counter(registry, 'mailhaul_pair_appended_bytes_total', 'Octets sent to the destination.', ['pair'])
  const outcomes = 'Messages by outcome, each counted once.'
  const messages = counter(registry, 'mailhaul_pair_messages_total', outcomes, ['pair', 'outcome'])
  const ended = 'Passes that ended early, by the code of the error.'
  const errors = counter(registry, 'mailhaul_pair_errors_total', ended, ['pair', 'code'])
  for (const one of view.pairs) {
    const pair = one.name
    const { totals } = one
    age.set({ pair }, ageOf(one, view) / 1000)
    if (one.lastSuccess !== undefined) success.set({ pair }, one.lastSuccess / 1000)
    if (one.next !== undefined) next.set({ pair }, one.next / 1000)
    if (one.interval !== undefined) interval.set({ pair }, one.interval / 1000)
    failed.set({ pair }, one.failure?.times ?? 0)
    overdue.set({ pair }, Number(isOverdue(one, view)))
    if (one.failure !== undefined) failing.set({ pair, code: one.failure.code }, 1)
    passes.inc({ pair }, one.passes)
    fetched.inc({ pair }, totals.bytesFetched)
    sent.inc({ pair }, totals.bytesAppended)
    // All of them from the start: Prometheus sees no increase in what was not there before.
    for (const outcome of outcomeKinds) messages.inc({ pair, outcome }, totals.outcomes[outcome])
    for (const [code, times] of Object.entries(totals.errors)) errors.inc({ pair, code }, times)
  }
}

function addProcess(registry: Registry, { now }: WatchView, facts: ProcessFacts): void {
  const started = Math.round(now / 1000 - facts.uptime)
  counter(registry, 'process_cpu_seconds_total', 'Seconds of computing.').inc(facts.cpu)
  gauge(registry, 'process_start_time_seconds', 'When the process was started.').set(started)
  gauge(registry, 'process_resident_memory_bytes', 'Memory the process has.').set(facts.resident)
  gauge(registry, 'nodejs_heap_size_used_bytes', 'Memory its objects take.').set(facts.heap)
}

function gauge<Label extends string>(registry: Registry, name: string, help: string, labelNames: Label[] = []) {
  return new Gauge({ name, help, labelNames, registers: [registry] })
}

function counter<Label extends string>(registry: Registry, name: string, help: string, labelNames: Label[] = []) {
  return new Counter({ name, help, labelNames, registers: [registry] })
}
