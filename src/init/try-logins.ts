// Logs in at both ends of a pair that is not written down yet, as check does, and says how that went.
import { type ComposeOptions, compose } from '../compose.ts'
import { configOfText } from '../config/load.ts'
import { type NewPair, newConfig } from '../config/new-config.ts'
import type { MailhaulError } from '../core/errors.ts'
import { formatBytes } from '../core/format.ts'
import type { EndCheck } from '../engine/check.ts'
import { check } from '../engine/check.ts'

/** What each end said: a sentence, or why it cannot be used. */
export interface Tried {
  readonly source: TriedEnd
  readonly destination: TriedEnd
}

/** One end: what there is to say in either case, and the error where it cannot be used. */
export interface TriedEnd {
  readonly text: string
  readonly error: MailhaulError | undefined
}

const habits = { get: () => undefined, set: () => undefined }

/** Tries both logins; changes nothing at either end. Error: config, where the answers make no configuration. */
export async function tryLogins(
  pair: NewPair,
  file: string,
  options: ComposeOptions,
  signal: AbortSignal,
): Promise<Tried> {
  const { pairs, openEnds } = compose(configOfText(newConfig(pair), file), [], options)
  const [composed] = pairs
  if (composed === undefined) throw new Error('a configuration of one pair has none')
  const { source, destination } = await check(composed, await openEnds(composed, habits), signal)
  return { source: saidOf(source, pair, 'source'), destination: saidOf(destination, pair, 'destination') }
}

/** Messages that the ledger knows of a pair of this name already: another account's, perhaps. */
export function messagesKnown(pair: NewPair, file: string): number {
  const ledger = compose(configOfText(newConfig(pair), file), []).openLedgerReadOnly()
  try {
    return ledger.read(pair.name).known().size
  } finally {
    ledger.close()
  }
}

function saidOf({ error, holds, notes }: EndCheck, pair: NewPair, side: 'source' | 'destination'): TriedEnd {
  const { host, login } = pair[side]
  if ('auth' in login) {
    return { text: `Nobody has signed in at ${host} yet: mailhaul auth login does that.`, error: undefined }
  }
  if (error) return { text: [error.message, error.hint].filter(Boolean).join('\n'), error }
  const { count = 0, bytes } = holds ?? {}
  const amount = `${count} ${count === 1 ? 'message' : 'messages'}${bytes === undefined ? '' : `, ${formatBytes(bytes)}`}`
  return { text: [`Logged in at ${host}: ${amount} there.`, ...notes].join('\n'), error: undefined }
}
