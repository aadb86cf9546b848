// mailhaul verify: source, ledger and destination held against each other.
import { exitCodeOf, mostSerious } from '../core/errors.ts'
import { sideBySide } from '../engine/side-by-side.ts'
import { verify as verifyPair } from '../engine/verify.ts'
import { isVerified, renderVerify } from '../reporters/verify-view.ts'
import type { Choice } from './choose-pairs.ts'
import { type CommandContext, openConfiguration, present } from './context.ts'
import { readerHabits } from './habits.ts'

/** Options of this verb. */
export interface VerifyOptions {
  readonly deep: boolean
  readonly choice?: Choice
}

/** Compares source listing, ledger and destination; `deep` compares the bytes too. Returns the exit code. */
export async function verify(
  names: readonly string[],
  { deep, choice }: VerifyOptions,
  context: CommandContext,
): Promise<number> {
  const { pairs, openEnds, openLedgerReadOnly, limits } = await openConfiguration(names, context, choice)
  const ledger = openLedgerReadOnly()
  const { stop } = context
  try {
    const results = await sideBySide(pairs, limits, async (pair) => {
      const ends = await openEnds(pair, readerHabits(ledger, pair))
      return verifyPair(pair, { ...ends, ledger, stop }, deep)
    })
    const codes = results.map((result) => (result.error ? exitCodeOf[result.error.code] : isVerified(result) ? 0 : 3))
    const exitCode = mostSerious(codes)
    const view = { pairs: results, exitCode }
    return present('verify', view, renderVerify, context)
  } finally {
    ledger.close()
  }
}
