// The results as plain data (results.json), and the arithmetic on them: medians, ratios, and whether a target was met.
import { z } from 'zod'
import type { Target } from './workloads.ts'

const run = z.object({
  seconds: z.number(),
  connectedSeconds: z.number().nullable(),
  cpuSeconds: z.number(),
  peakBytes: z.number(),
  bytesSent: z.number().nullable(),
  bytesReceived: z.number().nullable(),
  /** Messages to be moved, and those found at the destination with the same SHA-256. */
  expected: z.number(),
  identical: z.number(),
  /** Messages found at the destination that nobody expects. */
  extra: z.number(),
  /** Small messages stored before the large one, of those that stood behind it. */
  overtaking: z.number().nullable(),
})

const standing = z.object({
  contestant: z.string(),
  runs: z.array(run),
  /** Why it did not run, or did not finish. */
  failures: z.array(z.string()),
})

const workloadResult = z.object({
  name: z.string(),
  title: z.string(),
  date: z.string(),
  messages: z.number(),
  bytes: z.number(),
  standings: z.array(standing),
})

const resultsSchema = z.object({
  machine: z.record(z.string(), z.string()),
  workloads: z.array(workloadResult),
  /** Ratios of the small form, which `--quick` compares itself with. */
  quick: z.record(z.string(), z.number()),
})

/** What one contestant took once, and what it left at the destination. */
export type Run = z.infer<typeof run>

/** All runs of one contestant in one workload. */
export type Standing = z.infer<typeof standing>

/** One workload, run to its end. */
export type WorkloadResult = z.infer<typeof workloadResult>

/** All there is in results.json. */
export type Results = z.infer<typeof resultsSchema>

/** Reads results.json. */
export function parseResults(text: string): Results {
  return resultsSchema.parse(JSON.parse(text))
}

/** The middle one, or the mean of the two in the middle; undefined of none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1)
  return middle.length === 0 ? undefined : middle.reduce((sum, value) => sum + value, 0) / middle.length
}

/** The median over the runs of a contestant; undefined when there is none, or where one run does not know. */
export function medianOf(
  result: WorkloadResult,
  contestant: string,
  value: (run: Run) => number | null,
): number | undefined {
  const runs = result.standings.find((standing) => standing.contestant === contestant)?.runs ?? []
  const values = runs.map(value)
  const known = values.filter((one) => one !== null)
  return known.length < values.length ? undefined : median(known)
}

/** Messages per second of a contestant, from the start of its process to its end. */
export function rateOf(result: WorkloadResult, contestant: string): number | undefined {
  return medianOf(result, contestant, ({ expected, seconds }) => expected / seconds)
}

/** The same from its first connection on, where that is known: the limit has no other, for it is the wire's. */
export function wireRateOf(result: WorkloadResult, contestant: string): number | undefined {
  return medianOf(
    result,
    contestant,
    ({ expected, connectedSeconds, seconds }) => expected / (connectedSeconds ?? seconds),
  )
}

/**
 * mailhaul's messages per second by those of each other contestant that has any, as `workload mailhaul/other`; from the
 * first connection on, where it is known: a small run would mostly measure how fast Node starts.
 */
export function ratiosOf(workloads: readonly WorkloadResult[]): Record<string, number> {
  const ratios = workloads.flatMap((result) => {
    const own = wireRateOf(result, 'mailhaul')
    return result.standings.flatMap(({ contestant }) => {
      const other = contestant === 'mailhaul' ? undefined : wireRateOf(result, contestant)
      return own === undefined || other === undefined
        ? []
        : [[`${result.name} mailhaul/${contestant}`, own / other] as const]
    })
  })
  return Object.fromEntries(ratios)
}

/** The ratios that are less than half of what was recorded. */
export function fallen(recorded: Readonly<Record<string, number>>, now: Readonly<Record<string, number>>): string[] {
  return Object.keys(now).filter((name) => (now[name] ?? 0) < (recorded[name] ?? 0) / 2)
}

/** Contestants that must not fail: without them there is nothing to compare, and what they store must be right. */
const trusted = ['limit', 'mailhaul']

/** What went wrong where nothing may: one sentence each. */
export function faultsOf({ name, standings }: WorkloadResult): string[] {
  return standings
    .filter(({ contestant }) => trusted.includes(contestant))
    .flatMap(({ contestant, runs, failures }) => [
      ...failures.map((failure) => `${name}: ${contestant}: ${failure}`),
      ...runs
        .filter(({ expected, identical, extra }) => identical !== expected || extra > 0)
        .map(
          ({ expected, identical, extra }) =>
            `${name}: ${contestant}: ${identical} of ${expected} messages are identical, ${extra} are not expected`,
        ),
    ])
}

/** What was measured for a target; `isMet` is undefined where nothing was. */
export interface Judged {
  readonly value: number | undefined
  readonly isMet: boolean | undefined
}

/** Compares mailhaul's medians with a target. */
export function judge(target: Target, result: WorkloadResult, all: readonly WorkloadResult[]): Judged {
  const own = rateOf(result, 'mailhaul')
  const least = (value: number | undefined, bound: number) => ({ value, isMet: value && value >= bound })
  const below = (value: number | undefined, bound: number) => ({ value, isMet: value && value < bound })
  const middle = (value: (run: Run) => number | null) => medianOf(result, 'mailhaul', value)
  const ratio = (other: number | undefined, mine = own) => (mine === undefined || !other ? undefined : mine / other)
  const judged = (() => {
    switch (target.kind) {
      case 'ratio': {
        // The limit is the wire's, so both are taken from the first connection on; all others as people wait for them.
        const isLimit = target.to === 'limit'
        const value = isLimit
          ? ratio(wireRateOf(result, 'limit'), wireRateOf(result, 'mailhaul'))
          : ratio(rateOf(result, target.to))
        return least(value, target.least)
      }
      case 'rate':
        return least(own, target.least)
      case 'share': {
        const other = all.find(({ name }) => name === target.workload)
        return least(ratio(other && rateOf(other, 'mailhaul')), target.least)
      }
      case 'seconds':
        return below(
          middle(({ seconds }) => seconds),
          target.below,
        )
      case 'peak':
        return below(
          middle(({ peakBytes }) => peakBytes / 2 ** 20),
          target.belowMegabytes,
        )
      case 'cpu':
        return below(
          middle(({ cpuSeconds, expected }) => (1000 * cpuSeconds) / expected),
          target.below,
        )
      case 'overtaking':
        return least(
          middle(({ overtaking }) => overtaking),
          target.least,
        )
    }
  })()
  return { value: judged.value, isMet: judged.value === undefined ? undefined : Boolean(judged.isMet) }
}
