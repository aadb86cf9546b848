// Re-reads messages at the destination and hashes them, without one of them ever lying in memory whole.
import type { FetchMessageObject, ImapFlow, MailboxObject } from 'imapflow'
import { MailhaulError } from '../../core/errors.ts'
import { createFingerprinter } from '../../core/fingerprint.ts'
import type { Digest, Folder } from '../../core/ports.ts'
import { FormHashes } from '../../core/rewriting.ts'
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
  withForms = false,
): AsyncIterable<Digest> {
  const ordered = [...new Set(uids)].sort((a, b) => a - b)
  let mailbox: MailboxObject | undefined
  for (let at = 0; at < ordered.length; at += groupSize) {
    const group = ordered.slice(at, at + groupSize)
    const read = async (client: ImapFlow) => {
      mailbox = await examine(client, folder, mailbox)
      return readGroup(client, group, withForms)
    }
    yield* await control.run(signal, read, 'reading')
  }
}

/** One message being read. */
class Reading {
  readonly #fingerprinter = createFingerprinter()
  readonly #forms: FormHashes | undefined

  constructor(withForms: boolean) {
    this.#forms = withForms ? new FormHashes() : undefined
  }

  update(bytes: Uint8Array): void {
    this.#fingerprinter.update(bytes)
    this.#forms?.update(bytes)
  }

  digest(uid: number): Digest {
    const { size, fingerprints } = this.#fingerprinter.finish()
    return { uid, size, fingerprints, ...(this.#forms ? { forms: this.#forms.finish() } : {}) }
  }
}

async function readGroup(client: ImapFlow, uids: readonly number[], withForms: boolean): Promise<readonly Digest[]> {
  const begun = new Map<number, { reading: Reading; isWhole: boolean }>()
  const first = { uid: true, source: { start: 0, maxLength: partSize } }
  for await (const message of client.fetch(setOf(uids), first, { uid: true })) {
    // Rows that nobody asked for have no source; NIL comes as false.
    const { uid, source } = message
    if (!source || begun.has(uid) || !uids.includes(uid)) continue
    const reading = new Reading(withForms)
    reading.update(source)
    // More than was asked for comes from servers that know no parts: that is the whole message.
    begun.set(uid, { reading, isWhole: source.length !== partSize })
  }
  const digests: Digest[] = []
  for (const [uid, { reading, isWhole }] of [...begun].sort(([a], [b]) => a - b)) {
    if (!isWhole && !(await readOn(client, uid, reading))) continue
    digests.push(reading.digest(uid))
  }
  return digests
}

/** Reads the rest of a large message; false when it was removed meanwhile. */
async function readOn(client: ImapFlow, uid: number, reading: Reading): Promise<boolean> {
  for (let start = partSize; ; start += partSize) {
    const query = { uid: true, source: { start, maxLength: partSize } }
    const message: FetchMessageObject | false = await client.fetchOne(String(uid), query, { uid: true })
    if (!message) return false
    // Behind the end of a message some servers answer NIL, which comes as false.
    const source = message.source || Buffer.alloc(0)
    if (source.length > partSize) throw wrongPart()
    reading.update(source)
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
