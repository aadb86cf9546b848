// Logs in at both ends and tells what is there and what would not work; changes nothing.
import { asMailhaulError, type MailhaulError } from '../core/errors.ts'
import type { Pair } from '../core/pair.ts'
import type { DestinationFacts, EndFacts } from '../core/ports.ts'
import { destinationNotes, sourceNotes } from '../core/providers.ts'
import { noTop } from '../core/risks.ts'
import { needsHeaders } from '../core/route.ts'
import type { Ends } from './haul.ts'
import { partSeen } from './window.ts'

/** One end of a check. */
export interface EndCheck {
  /** What the end said of itself; undefined where it could not be reached. */
  readonly facts: EndFacts | undefined
  /** What lies there: the whole maildrop, or the pair's folder. */
  readonly holds: { readonly count: number; readonly bytes: number | undefined } | undefined
  readonly notes: readonly string[]
  readonly error: MailhaulError | undefined
}

/** The destination's end. */
export interface DestinationCheck extends EndCheck {
  readonly facts: DestinationFacts | undefined
}

/** The result of checking one pair. */
export interface PairCheck {
  readonly pair: string
  readonly source: EndCheck
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

async function checkSource(pair: Pair, { source }: Ends, signal: AbortSignal): Promise<EndCheck> {
  const notes: string[] = []
  let facts: EndFacts | undefined
  try {
    const session = await source.open(signal)
    try {
      facts = session.facts
      notes.push(...facts.notes, ...sourceNotes(pair))
      const listing = await session.list(signal)
      notes.push(...listing.notes)
      const part = partSeen(pair.sourceProvider, listing, undefined)
      if (part !== undefined) notes.push(part)
      await session.close(signal)
      const readsHeaders = needsHeaders(pair.policy) || pair.policy.backlog?.kind === 'since'
      if (readsHeaders && !facts.capabilities.includes('TOP')) {
        notes.push(noTop)
      }
      const bytes = listing.messages.reduce((sum, { size }) => sum + size, 0)
      return { facts, holds: { count: listing.messages.length, bytes }, notes, error: undefined }
    } finally {
      session.abandon()
    }
  } catch (thrown) {
    return { facts, holds: undefined, notes, error: asMailhaulError(thrown) }
  }
}

async function checkDestination(pair: Pair, { destination }: Ends, signal: AbortSignal): Promise<DestinationCheck> {
  const { policy } = pair
  const notes: string[] = []
  let facts: DestinationFacts | undefined
  try {
    facts = await destination.facts(signal)
    notes.push(...facts.notes, ...destinationNotes(pair))
    const names = new Set([policy.folder, ...policy.routes.map(({ folder }) => folder)])
    for (const name of names) {
      if (name.includes('{')) continue
      if ((await destination.find(name, signal)) === undefined)
        notes.push(`The folder ${name} does not exist yet: sync creates it.`)
    }
    const folder = await destination.find(policy.folder.includes('{') ? 'INBOX' : policy.folder, signal)
    const holds = folder && { count: folder.messages, bytes: undefined }
    return { facts, holds, notes, error: undefined }
  } catch (thrown) {
    return { facts, holds: undefined, notes, error: asMailhaulError(thrown) }
  } finally {
    await destination.close()
  }
}
