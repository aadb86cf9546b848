// Gathers the pieces of something small and hashes them in one go: a hash that is kept open takes more room than they do.
import { createHash, type Hash, hash } from 'node:crypto'

const room = 64 * 1024

/** SHA-256 of one thing after the other; what is too large to be gathered is hashed as it comes. */
export class HashedAtOnce {
  readonly #gathered = Buffer.allocUnsafeSlow(room)
  #length = 0
  #hash: Hash | undefined

  /** Something new comes: whatever came before is forgotten, whether it came to its end or not. */
  begin(): void {
    this.#hash = undefined
    this.#length = 0
  }

  /** The next bytes, valid only during the call. */
  readonly update = (bytes: Uint8Array): void => {
    if (this.#length + bytes.length > room) this.#pour()
    if (bytes.length > room) this.#hash?.update(bytes)
    else {
      this.#gathered.set(bytes, this.#length)
      this.#length += bytes.length
    }
  }

  /** The hash of what has come since `begin`, in hexadecimal; to be called once. */
  digest(): string {
    const rest = this.#gathered.subarray(0, this.#length)
    return this.#hash === undefined ? hash('sha256', rest, 'hex') : this.#hash.update(rest).digest('hex')
  }

  #pour(): void {
    this.#hash ??= createHash('sha256')
    this.#hash.update(this.#gathered.subarray(0, this.#length))
    this.#length = 0
  }
}
