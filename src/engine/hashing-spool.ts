// A spool that keeps nothing: messages are hashed on their way past, for comparing without storing.
import { createFingerprinter } from '../core/fingerprint.ts'
import type { Message } from '../core/message.ts'
import type { Spool, SpoolWriter } from '../core/ports.ts'

/** Takes every message at once; those it gives back have fingerprints and sizes, but no bytes. */
export const hashingSpool: Spool = {
  held: 0,
  tryReserve: () => hashingWriter(),
  reserve: async () => hashingWriter(),
}

function hashingWriter(): SpoolWriter {
  const fingerprinter = createFingerprinter()
  return {
    write: (chunk) => {
      fingerprinter.update(chunk)
      return undefined
    },
    finish: async (): Promise<Message> => ({
      ...fingerprinter.finish(),
      bytes: undefined,
      chunks: nothing,
      release: () => undefined,
    }),
    discard: () => undefined,
  }
}

async function* nothing(): AsyncIterable<Uint8Array> {}
