// A message in memory, as the spool would hand it out.
import { createFingerprinter } from '../../src/core/fingerprint.ts'
import type { Message } from '../../src/core/message.ts'

/** A message with these bytes; `released` tells whether it has been let go. */
export function heldMessage(bytes: Uint8Array): Message & { readonly released: boolean } {
  const fingerprinter = createFingerprinter()
  fingerprinter.update(bytes)
  let released = false
  return {
    ...fingerprinter.finish(),
    bytes,
    chunks: async function* () {
      yield bytes
    },
    release: () => {
      released = true
    },
    get released() {
      return released
    },
  }
}
