// What of a run needs a look: sums that are wrong, errors, messages that did not make it, warnings.
import { incompleteKinds, outcomeMeaning } from '../../core/outcome.ts'
import type { PairRunDocument, RunDocument, RunException } from '../../documents/run-document.ts'
import type { Matter } from './attention.ts'
import { pairAddsUp, standOf } from './run-totals.ts'

/** All matters of a run, pair by pair. */
export function runMatters({ pairs }: RunDocument): readonly Matter[] {
  return pairs.flatMap((pair, at) => [...pairMatters(pair)].map((matter) => ({ ...plain, ...matter, pair: at })))
}

/** Exceptions that did not make it: they come first in every list. */
export function unmadeOf({ exceptions }: PairRunDocument): readonly RunException[] {
  return exceptions.filter(({ outcome }) => incompleteKinds.has(outcome))
}

type MatterWords = Pick<Matter, 'tone' | 'title' | 'text'> & Partial<Matter>

const plain = { code: undefined, advice: undefined, messages: 0 }

function* pairMatters(pair: PairRunDocument): Generator<MatterWords> {
  if (!pairAddsUp(pair)) {
    const text = 'Not every listed message has exactly one outcome. This is a fault in mailhaul.'
    yield {
      tone: 'failing',
      title: 'The sum does not add up',
      text,
      advice: 'Please report it, with the JSON of this run.',
    }
  }
  const { error } = pair
  if (error !== null) {
    const isFailure = standOf(pair) === 'stopped'
    const title = isFailure ? 'Stopped before the end' : 'Not finished yet'
    const advice = error.hint ?? undefined
    yield { tone: isFailure ? 'failing' : 'late', title, code: error.code, text: error.message, advice }
  }
  yield* messageMatters(pair)
  yield* endMatters(pair)
}

function* messageMatters(pair: PairRunDocument): Generator<MatterWords> {
  for (const exception of unmadeOf(pair)) if (exception.outcome !== 'pending') yield causeOf(exception, 1)
  for (const share of pair.unlisted) {
    if (incompleteKinds.has(share.outcome) && share.outcome !== 'pending') yield causeOf(share, share.count)
  }
  const messages = pair.outcomes.pending.count
  if (messages > 0) {
    const advice = 'Run the same command again: it takes up where this run ended.'
    yield { tone: 'late', title: outcomeMeaning.pending, text: '', advice, messages }
  }
}

type Unmade = Pick<RunException, 'outcome' | 'reason' | 'code' | 'remedy'>

function causeOf({ outcome, reason, code, remedy }: Unmade, messages: number): MatterWords {
  const title = outcomeMeaning[outcome]
  return { tone: 'look', title, code: code ?? outcome, text: reason ?? '', advice: remedy ?? undefined, messages }
}

function* endMatters({
  verdicts,
  keptThoughDue,
  removalsToConfirm,
  window,
  warnings,
}: PairRunDocument): Generator<MatterWords> {
  if (verdicts !== null && verdicts.different > 0) {
    const advice = 'mailhaul verify --deep names them and says what is different.'
    yield { tone: 'look', title: 'copies read back that differ', text: '', advice, messages: verdicts.different }
  }
  for (const { reason, count } of keptThoughDue) {
    yield { tone: 'look', title: 'stay at the source though they were due', text: reason, messages: count }
  }
  if (window !== null) yield { tone: 'look', title: 'Perhaps not the whole mailbox', text: window }
  for (const warning of warnings) yield { tone: 'look', title: '', text: warning }
  if (removalsToConfirm > 0) {
    const text = 'The next listing shows whether they are gone.'
    yield { tone: 'left', title: 'removed, to be confirmed', text, messages: removalsToConfirm }
  }
}
