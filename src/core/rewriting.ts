// Names what a server changed in a message: the same hashes after one rule of the canonical form more at a time.
import { createHash } from 'node:crypto'
import { CanonicalForm } from './canonical-form.ts'

/** What servers rewrite, in the order in which the rules are applied; with the last one the form is canonical. */
export const rewritingRules = ['line ends', 'NUL octets', '8-bit headers', 'volatile headers'] as const

/** A rule that makes two copies of a message equal, together with those before it. */
export type RewritingRule = (typeof rewritingRules)[number]

/** Short hashes of one message, one per rule: enough to compare two copies that are known to be canonical-equal. */
export type Forms = readonly string[]

/** Takes the bytes of one message as they come, cut anywhere. */
export class FormHashes {
  readonly #forms = rewritingRules.map((_, level) => {
    const hash = createHash('sha256')
    return { hash, form: new CanonicalForm((bytes) => hash.update(bytes), level) }
  })

  update(chunk: Uint8Array): void {
    for (const { form } of this.#forms) form.update(chunk)
  }

  /** The message is whole. To be called once. */
  finish(): Forms {
    return this.#forms.map(({ hash, form }) => {
      form.finish()
      return hash.digest('hex').slice(0, 16)
    })
  }
}

/** The first rule after which both are the same; undefined where there is none, or one of them is not known. */
export function ruleBetween(a: Forms | undefined, b: Forms | undefined): RewritingRule | undefined {
  return a && b && rewritingRules.find((_, level) => a[level] === b[level])
}
