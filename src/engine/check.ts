// Logs in at both ends and tells what is there and what would not work; changes nothing.
import { asMailhaulError, type MailhaulError } from '../core/errors.ts'
import type { Amount } from '../core/outcome.ts'
import type { Pair } from '../core/pair.ts'
import type { DestinationFacts, EndFacts } from '../core/ports.ts'
import { needsHeaders } from '../core/route.ts'
import type { Ends } from './haul.ts'

/** The source's side of a check. */
export interface SourceCheck {
  readonly facts: EndFacts | undefined
  readonly listed: Amount | undefined
  readonly notes: readonly string[]
  readonly error: MailhaulError | undefined
}

/** The destination's side of a check. */
export interface DestinationCheck {
  readonly facts: DestinationFacts | undefined
  /** The pair's folders, and what is in them; undefined where one does not exist yet. */
  readonly folders: readonly { readonly name: string; readonly messages: number | undefined }[]
  readonly error: MailhaulError | undefined
}

/** The result of checking one pair. */
export interface PairCheck {
  readonly pair: string
  readonly source: SourceCheck
  readonly destination: DestinationCheck
}

/** Checks both ends of a pair side by side. Never throws. */
export async function check(pair: Pair, ends: Ends, signal: AbortSignal): Promise<PairCheck> {
  const [source, destination] = await Promise.all([
    checkSource(pair, ends, signal),
    checkDestination(pair, ends, signal),
  ])
  return { pair: pair.name, source, destination }
}

async function checkSource(pair: Pair, { source }: Ends, signal: AbortSignal): Promise<SourceCheck> {
  const notes: string[] = []
  let facts: EndFacts | undefined
  try {
    const session = await source.open(signal)
    try {
      facts = session.facts
      notes.push(...facts.notes)
      const listing = await session.list(signal)
      notes.push(...listing.notes)
      if (needsHeaders(pair.policy) && !facts.capabilities.includes('TOP')) {
        notes.push('The server does not offer TOP: messages are fetched before routes and dates can be looked at.')
      }
      const bytes = listing.messages.reduce((sum, { size }) => sum + size, 0)
      return { facts, listed: { count: listing.messages.length, bytes }, notes, error: undefined }
    } finally {
      await session.close(signal)
    }
  } catch (thrown) {
    return { facts, listed: undefined, notes, error: asMailhaulError(thrown) }
  }
}

async function checkDestination(pair: Pair, { destination }: Ends, signal: AbortSignal): Promise<DestinationCheck> {
  const { policy } = pair
  const names = [...new Set([policy.folder, ...policy.routes.map(({ folder }) => folder)])]
  const folders: { name: string; messages: number | undefined }[] = []
  let facts: DestinationFacts | undefined
  try {
    facts = await destination.facts(signal)
    for (const name of names.filter((name) => !name.includes('{'))) {
      folders.push({ name, messages: (await destination.find(name, signal))?.messages })
    }
    return { facts, folders, error: undefined }
  } catch (thrown) {
    return { facts, folders, error: asMailhaulError(thrown) }
  } finally {
    await destination.close()
  }
}
