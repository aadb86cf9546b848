// The protocol trace, and the one place that knows which words must never be seen in it.
import { printable } from './errors.ts'
import type { Status } from './status.ts'

const indicators = { ok: '+OK', err: '-ERR', continue: '+' } as const

/** Writes down what is said on one connection; content never, secrets masked wherever they turn up. */
export class Trace {
  readonly #write: ((line: string) => void) | undefined
  readonly #secrets: string[] = []

  constructor(write: ((line: string) => void) | undefined) {
    this.#write = write
  }

  /** Never to appear from now on, whatever the server echoes. */
  conceal(...secrets: readonly string[]): void {
    this.#secrets.push(...secrets.filter((secret) => secret !== ''))
  }

  sent(command: string): void {
    this.#write?.(`C: ${this.#masked(command)}`)
  }

  /** Undefined where nobody listens, so that nothing is spent on it. */
  get received(): ((status: Status) => void) | undefined {
    const write = this.#write
    return write && ((status) => write(`S: ${indicators[status.kind]} ${printable(this.#masked(status.text))}`))
  }

  /** The octets of a message or a listing, which are all that is told of it. */
  get followed(): ((octets: number) => void) | undefined {
    const write = this.#write
    return write && ((octets) => write(`S: (${octets} octets)`))
  }

  /** What a status says, fit for people. */
  said(status: Status): string {
    return printable(this.#masked(status.text)) || '(no reason given)'
  }

  #masked(text: string): string {
    return this.#secrets.reduce((masked, secret) => masked.replaceAll(secret, '****'), text)
  }
}
