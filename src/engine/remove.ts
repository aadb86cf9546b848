// Removes settled messages at the source where the owner wants that: only what has just been seen at the destination.
import type { Key, Listed } from '../core/message.ts'
import type { Known, SourceSession } from '../core/ports.ts'
import type { Haul } from './haul.ts'

const day = 24 * 60 * 60 * 1000

/** Removes what is due, in the session that `close` will end; the next listing confirms that it is gone. */
export async function removeSettled(session: SourceSession, messages: readonly Listed[], haul: Haul): Promise<void> {
  const { pair, book, clock, record, guard, stop } = haul
  const { leave } = pair.policy
  if (leave.kind === 'keep' || stop.aborted) return
  const known = book.known()
  confirmAbsent(known, messages, haul)
  const due = messages.flatMap((listed) => {
    const row = listed.key === undefined ? undefined : known.get(listed.key)
    const old = row && clock.now() - row.changedAt >= leave.afterDays * day
    return row?.state === 'settled' && row.listedSize === listed.size && old ? [{ listed, row }] : []
  })
  if (due.length === 0) return
  record.stage('removing')
  if (due.some(({ row }) => guard.suspects(row.placed?.folder ?? ''))) {
    record.warn('Nothing was removed: source and destination could be one mailbox, and removing would empty both.')
    return
  }
  const proven = await seenAtDestination(
    due.map(({ row }) => row),
    haul,
  )
  const candidates = due.filter(({ row }) => proven.has(row.key)).map(({ listed }) => listed)
  if (candidates.length < due.length) {
    record.warn(
      `${due.length - candidates.length} settled messages are no longer at the destination: kept at the source.`,
    )
  }
  const keys = (list: readonly Listed[]): Key[] => list.flatMap(({ key }) => (key === undefined ? [] : [key]))
  const removed = await session.remove(candidates, stop)
  book.markRemoval(keys(removed), 'dele-sent')
  const confirmed = await session.close(haul.kill)
  if (confirmed) book.markRemoval(keys(removed), 'quit-sent')
  else record.warn('The source did not confirm the removal; the next run will see what is left.')
  record.removed(confirmed ? removed.length : 0)
}

/** Rows whose removal was sent and that are not listed any more are gone for certain (quirk A49). */
function confirmAbsent(known: ReadonlyMap<Key, Known>, messages: readonly Listed[], { book, record }: Haul): void {
  const listed = new Set(messages.map(({ key }) => key))
  const sent = [...known.values()].filter(({ removal }) => removal === 'dele-sent' || removal === 'quit-sent')
  const absent = sent.filter(({ key }) => !listed.has(key)).map(({ key }) => key)
  const back = sent.filter(({ key, removal }) => removal === 'quit-sent' && listed.has(key))
  if (absent.length > 0) book.markRemoval(absent, 'absent-confirmed')
  if (back.length > 0)
    record.warn(`${back.length} messages removed in an earlier run are listed again: the source may ignore removals.`)
}

/** Keys of rows whose UID is at the destination now. */
async function seenAtDestination(rows: readonly Known[], { destination, kill }: Haul): Promise<ReadonlySet<Key>> {
  const seen = new Set<Key>()
  const byFolder = Map.groupBy(rows, ({ placed }) => placed?.folder)
  for (const [path, inFolder] of byFolder) {
    const folder = path === undefined ? undefined : await destination.find(path, kill)
    if (folder === undefined) continue
    const rowOf = new Map<number, Known>()
    for (const row of inFolder) if (row.placed?.uidValidity === folder.uidValidity) rowOf.set(row.placed.uid, row)
    if (rowOf.size === 0) continue
    for await (const { uid } of destination.sizes(folder, Math.min(...rowOf.keys()), kill)) {
      const row = rowOf.get(uid)
      if (row) seen.add(row.key)
    }
  }
  return seen
}
