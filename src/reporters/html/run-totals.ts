// What a run comes to over all of its pairs, and how each of them stands.
import { sum } from 'd3-array'
import { incompleteKinds, type OutcomeKind, outcomeKinds } from '../../core/outcome.ts'
import type { PairRunDocument, RunDocument } from '../../documents/run-document.ts'
import type { TallyValue } from '../../documents/values.ts'
import type { MarkName } from '../../page/marks.ts'
import { outcomeWords } from '../words.ts'
import { isWhole, type SumPart } from './sum.ts'

/** How a pair stands after the run, the worst first. */
export type PairStand = 'wrong' | 'stopped' | 'unmade' | 'unfinished' | 'warned' | 'nothing' | 'done'

/** A pair's stand in a mark and in words. */
export const standWords: Readonly<Record<PairStand, { readonly mark: MarkName; readonly words: string }>> = {
  wrong: { mark: 'failing', words: 'Does not add up' },
  stopped: { mark: 'failing', words: 'Stopped' },
  unmade: { mark: 'look', words: 'Not all made it' },
  unfinished: { mark: 'late', words: 'To be continued' },
  warned: { mark: 'look', words: 'Done, with a warning' },
  nothing: { mark: 'well', words: 'Nothing new' },
  done: { mark: 'well', words: 'Complete' },
}

/** Errors after which nothing is wrong and the next run goes on: a budget, another run, somebody's Ctrl-C. */
const passing: ReadonlySet<string> = new Set(['throttled', 'quota', 'locked', 'interrupted', 'in-use', 'login-delayed'])

/** The marks of outcomes. */
export const outcomeMark: Readonly<Record<OutcomeKind, MarkName>> = {
  copied: 'working',
  'already-there': 'well',
  adopted: 'well',
  duplicate: 'left',
  filtered: 'left',
  empty: 'left',
  'too-big': 'failing',
  rejected: 'failing',
  vanished: 'failing',
  failed: 'failing',
  pending: 'late',
}

/** A tally as the parts of a sum. */
export function tallyParts(tally: TallyValue): readonly SumPart[] {
  return outcomeKinds.map((kind) => ({ words: outcomeWords(kind), count: tally[kind].count, tone: outcomeMark[kind] }))
}

/** Messages that did not make it, without those that were not reached. */
export function unmadeCount(tally: TallyValue): number {
  return sum(outcomeKinds, (kind) => (incompleteKinds.has(kind) && kind !== 'pending' ? tally[kind].count : 0))
}

/** Whether the outcomes are the listing. It is counted here once more, whatever the document says of itself. */
export function pairAddsUp({ listed, outcomes, addsUp }: PairRunDocument): boolean {
  return addsUp && isWhole(listed.count, tallyParts(outcomes))
}

/** The same for the run: each pair, all of them together, and the sum of the pairs. */
export function runAddsUp({ total, pairs }: RunDocument): boolean {
  const listed = sum(pairs, (pair) => pair.listed.count)
  const isSumOfPairs = outcomeKinds.every(
    (kind) => sum(pairs, ({ outcomes }) => outcomes[kind].count) === total.outcomes[kind].count,
  )
  return (
    listed === total.listed.count &&
    isSumOfPairs &&
    isWhole(total.listed.count, tallyParts(total.outcomes)) &&
    pairs.every(pairAddsUp)
  )
}

/** How a pair stands. */
export function standOf(pair: PairRunDocument): PairStand {
  const { error, outcomes, warnings, window, verdicts, keptThoughDue, exitCode } = pair
  if (!pairAddsUp(pair)) return 'wrong'
  if (error !== null && !passing.has(error.code)) return 'stopped'
  if (unmadeCount(outcomes) > 0) return 'unmade'
  if (error !== null || outcomes.pending.count > 0) return 'unfinished'
  const differs = verdicts !== null && verdicts.different > 0
  if (warnings.length > 0 || window !== null || differs || keptThoughDue.length > 0 || exitCode !== 0) return 'warned'
  return outcomes.copied.count + outcomes.adopted.count === 0 ? 'nothing' : 'done'
}
