// A spool that keeps nothing: messages are hashed on their way past, for comparing without storing.
import { createFingerprinter } from '../core/fingerprint.ts'
import type { Message } from '../core/message.ts'
import type { Spool, SpoolWriter } from '../core/ports.ts'
import { FormHashes, type Forms } from '../core/rewriting.ts'

/** Takes every message at once; those it gives back have fingerprints and sizes, but no bytes. */
export class HashingSpool implements Spool {
  readonly held = 0
  readonly #forms = new WeakMap<Message, Forms>()

  tryReserve(): SpoolWriter {
    return this.#writer()
  }

  async reserve(): Promise<SpoolWriter> {
    return this.#writer()
  }

  /** The forms of a message that this spool has given back. */
  formsOf(message: Message): Forms | undefined {
    return this.#forms.get(message)
  }

  #writer(): SpoolWriter {
    const fingerprinter = createFingerprinter()
    const forms = new FormHashes()
    return {
      write: (chunk) => {
        fingerprinter.update(chunk)
        forms.update(chunk)
        return undefined
      },
      finish: async () => {
        const release = () => undefined
        const message = { ...fingerprinter.finish(), bytes: undefined, chunks: nothing, release }
        this.#forms.set(message, forms.finish())
        return message
      },
      discard: () => undefined,
    }
  }
}

async function* nothing(): AsyncIterable<Uint8Array> {}
