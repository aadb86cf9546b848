// Tells the owner of a mailbox where the mail is read: a message in the INBOX of the destination.
import { asMailhaulError } from '../core/errors.ts'
import { fingerprintsOf } from '../core/fingerprint.ts'
import type { Message } from '../core/message.ts'
import type { NoticeKind } from '../core/notice.ts'
import type { Destination } from '../core/ports.ts'
import { inboxMessage } from './inbox-message.ts'
import { type Target, untold } from './target.ts'

/** How destinations are reached. */
export interface InboxOptions {
  readonly on: readonly NoticeKind[]
  /** Opens the destination of a pair; it connects when it is first used, and is closed here. */
  readonly open: (pair: string) => Promise<Destination>
  /** Milliseconds for all of it: 60,000. */
  readonly deadline?: number
}

const called = 'the message for the INBOX'

/**
 * An inbox that is told. Only of what the source has brought about: where the destination itself is the trouble, or might
 * be, a message there would not arrive, and trying could lock the account.
 */
export function inboxTarget({ on, open, deadline = 60_000 }: InboxOptions): Target {
  return {
    called,
    on,
    suits: ({ end }) => end === 'source',
    placeOf: ({ destinationHost }) => destinationHost,
    tell: async (telling, signal) => {
      const limit = AbortSignal.any([AbortSignal.timeout(deadline), signal])
      try {
        await append(await open(telling.pair), messageOf(inboxMessage(telling)), telling.at, limit)
      } catch (thrown) {
        const { code, retry, message, hint } = asMailhaulError(thrown)
        // What may have arrived is not sent again.
        const again = code === 'append-unknown' || code === 'interrupted' ? 'never' : retry
        throw untold(called, `could not be stored (${message.replace(/\.$/, '')})`, {
          code,
          retry: again,
          ...(hint ? { hint } : {}),
        })
      }
    },
  }
}

async function append(destination: Destination, message: Message, at: number, signal: AbortSignal): Promise<void> {
  try {
    const folder = await destination.ensure('INBOX', signal)
    const [answer] = await destination.append(folder, [{ message, flags: [], internalDate: at }], signal)
    if (answer !== undefined && 'error' in answer) throw answer.error
  } finally {
    await destination.close()
  }
}

function messageOf(bytes: Uint8Array): Message {
  const end = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf('\r\n\r\n') + 4
  return {
    size: bytes.length,
    foldedSize: bytes.length,
    fingerprints: fingerprintsOf(bytes),
    headers: bytes.subarray(0, end),
    bytes,
    chunks: async function* () {
      yield bytes
    },
    release: () => undefined,
  }
}
