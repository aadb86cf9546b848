// mailhaul check: log in at both ends and look.

import { compose } from '../compose.ts'
import type { PairConfig } from '../config/schema.ts'
import { asMailhaulError, exitCodeOf, MailhaulError, mostSerious } from '../core/errors.ts'
import { check as checkPair, type EndCheck, type PairCheck } from '../engine/check.ts'
import { sideBySide } from '../engine/side-by-side.ts'
import { type CheckEnd, type CheckPair, renderCheck } from '../reporters/check-view.ts'
import { type Choice, choiceWords, choosePairs } from './choose-pairs.ts'
import { type CommandContext, commandLine, composeOptions, load, present } from './context.ts'
import { readerHabits } from './habits.ts'

/** Shows what both ends of each pair offer and what would not work; changes nothing. Returns the exit code. */
export async function check(names: readonly string[], choice: Choice, context: CommandContext): Promise<number> {
  const { config } = await load(context)
  const composition = compose(config, names, composeOptions(context))
  const { clock, openEnds, openLedgerReadOnly } = composition
  const { pairs } = await choosePairs(composition, config, choice)
  const ledger = openLedgerReadOnly()
  try {
    const ends = new Map(config.pairs.map((pair) => [pair.name, pair]))
    const checks = await sideBySide(pairs, config.limits, async (pair) => {
      const opened = await openEnds(pair, readerHabits(ledger, pair)).catch(asMailhaulError)
      const found =
        opened instanceof MailhaulError ? unopened(pair.name, opened) : await checkPair(pair, opened, context.stop)
      return viewOf(found, ends.get(pair.name))
    })
    const errors = checks.flatMap(({ source, destination }) => [source.error, destination.error])
    const exitCode = mostSerious(errors.map((error) => (error ? exitCodeOf[error.code] : 0)))
    const view = {
      pairs: checks,
      checkedAt: clock.now(),
      next: commandLine('plan', [...names, ...choiceWords(choice)], context),
      exitCode,
    }
    return present('check', view, renderCheck, context)
  } finally {
    ledger.close()
  }
}

/** One of many whose certificate authority cannot be read is told like one that refuses the login. */
function unopened(pair: string, error: MailhaulError): PairCheck {
  const end = { facts: undefined, holds: undefined, notes: [], error }
  return { pair, source: end, destination: end }
}

function viewOf({ pair, source, destination }: PairCheck, config: PairConfig | undefined): CheckPair {
  const { facts } = destination
  return {
    pair,
    source: endOf(source, config?.source),
    destination: {
      ...endOf(destination, config?.destination),
      folder: config?.destination.folder ?? 'INBOX',
      upload: facts?.upload,
      appendLimit: facts?.appendLimit,
      quota: facts?.quota,
    },
  }
}

function endOf(
  { facts, holds, notes, error }: EndCheck,
  configured: { host: string; port: number } | undefined,
): CheckEnd {
  const { host = '', port = 0 } = configured ?? {}
  return { host, port, tls: facts?.tls, error, capabilities: facts?.capabilities ?? [], holds, notes }
}
