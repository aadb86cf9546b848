// Re-reads messages at the destination and hashes them, without one of them ever lying in memory whole.
import type { FetchMessageObject, ImapFlow, MailboxObject } from 'imapflow'
import { MailhaulError } from '../../core/errors.ts'
import { createFingerprinter, type Fingerprinter } from '../../core/fingerprint.ts'
import type { Digest, Folder } from '../../core/ports.ts'
import type { Control } from './control.ts'
import { examine } from './index.ts'

/** Messages read by one FETCH. */
const groupSize = 100
/** Octets of a message read at once: a small message is one part, a large one as many as it takes. */
const partSize = 256 * 1024

/**
 * Hashes the messages with these UIDs, in ascending order; absent ones are left out. RFC822.SIZE is not relied on:
 * whether there is more shows in a part being full. Errors: uidvalidity-changed, no-folder.
 */
export async function* digestsIn(
  control: Control,
  folder: Folder,
  uids: readonly number[],
  signal: AbortSignal,
): AsyncIterable<Digest> {
  const ordered = [...new Set(uids)].sort((a, b) => a - b)
  let mailbox: MailboxObject | undefined
  for (let at = 0; at < ordered.length; at += groupSize) {
    const group = ordered.slice(at, at + groupSize)
    const read = async (client: ImapFlow) => {
      mailbox = await examine(client, folder, mailbox)
      return readGroup(client, group)
    }
    yield* await control.run(signal, read, 'reading')
  }
}

async function readGroup(client: ImapFlow, uids: readonly number[]): Promise<readonly Digest[]> {
  const begun = new Map<number, { fingerprinter: Fingerprinter; isWhole: boolean }>()
  const first = { uid: true, source: { start: 0, maxLength: partSize } }
  for await (const message of client.fetch(setOf(uids), first, { uid: true })) {
    // Rows that nobody asked for have no source; NIL comes as false.
    const { uid, source } = message
    if (!source || begun.has(uid) || !uids.includes(uid)) continue
    const fingerprinter = createFingerprinter()
    fingerprinter.update(source)
    // More than was asked for comes from servers that know no parts: that is the whole message.
    begun.set(uid, { fingerprinter, isWhole: source.length !== partSize })
  }
  const digests: Digest[] = []
  for (const [uid, { fingerprinter, isWhole }] of [...begun].sort(([a], [b]) => a - b)) {
    if (!isWhole && !(await readOn(client, uid, fingerprinter))) continue
    const { size, fingerprints } = fingerprinter.finish()
    digests.push({ uid, size, fingerprints })
  }
  return digests
}

/** Reads the rest of a large message; false when it was removed meanwhile. */
async function readOn(client: ImapFlow, uid: number, fingerprinter: Fingerprinter): Promise<boolean> {
  for (let start = partSize; ; start += partSize) {
    const query = { uid: true, source: { start, maxLength: partSize } }
    const message: FetchMessageObject | false = await client.fetchOne(String(uid), query, { uid: true })
    if (!message) return false
    // Behind the end of a message some servers answer NIL, which comes as false.
    const source = message.source || Buffer.alloc(0)
    if (source.length > partSize) throw wrongPart()
    fingerprinter.update(source)
    if (source.length < partSize) return true
  }
}

/** A sequence set, neighbours joined to ranges (RFC 3501 §9). */
export function setOf(ascending: readonly number[]): string {
  const ranges: { first: number; last: number }[] = []
  for (const uid of ascending) {
    const range = ranges.at(-1)
    if (range && uid === range.last + 1) range.last = uid
    else ranges.push({ first: uid, last: uid })
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}:${last}`)).join(',')
}

function wrongPart(): MailhaulError {
  return new MailhaulError({
    code: 'protocol',
    scope: 'pair',
    retry: 'later',
    message: 'The IMAP server sent more of a message than it was asked for.',
    hint: 'It does not support partial fetches, so large messages cannot be compared there.',
  })
}
