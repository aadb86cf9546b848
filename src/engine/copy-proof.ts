// Looks at the copies of messages at the destination, so that nothing leaves the source whose copy is not there now.
import { leastOf } from '../core/extremes.ts'
import { verdictOf } from '../core/fingerprint.ts'
import type { Key } from '../core/message.ts'
import type { Destination, Folder, Known } from '../core/ports.ts'
import { asSent } from '../core/repair.ts'
import type { Figures } from './figures.ts'

/** What the look at a copy has shown. */
export type CopyVerdict = 'proven' | 'missing' | 'rebuilt' | 'different'

interface ProofPorts {
  readonly destination: Destination
  readonly signal: AbortSignal
  readonly figures: Pick<Figures, 'readBack'>
}

/** The rows of one folder, by UID. */
type Places = ReadonlyMap<number, Known>

/**
 * Judges the copies of settled messages. A copy with the size that was sent is proven by that, unless `hash` wants it
 * read back; one with another size is read back in any case, for servers rewrite messages and fold line ends (quirk B14).
 */
export async function judgeCopies(
  rows: readonly Known[],
  proof: 'size' | 'hash',
  ports: ProofPorts,
): Promise<ReadonlyMap<Key, CopyVerdict>> {
  const verdicts = new Map<Key, CopyVerdict>(rows.map(({ key }) => [key, 'missing']))
  for (const [path, inFolder] of Map.groupBy(rows, ({ placed }) => placed?.folder ?? '')) {
    const folder = path === '' ? undefined : await ports.destination.find(path, ports.signal)
    if (folder === undefined) continue
    const places = new Map<number, Known>()
    for (const row of inFolder) {
      if (row.placed?.uidValidity === folder.uidValidity) places.set(row.placed.uid, row)
      else verdicts.set(row.key, 'rebuilt')
    }
    await judgeFolder(folder, places, proof, ports, verdicts)
  }
  return verdicts
}

async function judgeFolder(
  folder: Folder,
  places: Places,
  proof: 'size' | 'hash',
  { destination, signal, figures }: ProofPorts,
  verdicts: Map<Key, CopyVerdict>,
): Promise<void> {
  if (places.size === 0) return
  const doubtful: number[] = []
  let left = places.size
  for await (const { uid, size } of destination.sizes(folder, leastOf(places.keys()) ?? 1, signal)) {
    const row = places.get(uid)
    if (row === undefined) continue
    if (proof === 'size' && asSent(row).size === size) verdicts.set(row.key, 'proven')
    else doubtful.push(uid)
    left -= 1
    if (left === 0) break
  }
  if (doubtful.length === 0) return
  for await (const { uid, fingerprints } of destination.digests(folder, doubtful, signal)) {
    const row = places.get(uid)
    if (row === undefined) continue
    const sent = asSent(row).fingerprints
    const verdict = sent === undefined ? 'different' : verdictOf(sent, fingerprints)
    figures.readBack(verdict)
    verdicts.set(row.key, verdict === 'different' ? 'different' : 'proven')
  }
}
