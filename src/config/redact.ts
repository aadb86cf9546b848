// Keeps secrets out of logs and messages: replaces them in every form that a mail protocol or a program gives them.
import { escapeText } from '../core/printable.ts'

/** A secret, and the user it belongs to where there is one: then its SASL PLAIN form (RFC 4616) is known too. */
export interface Redactable {
  readonly secret: string
  readonly user?: string
}

const mark = '[redacted]'
// Anything shorter occurs in ordinary words, and taking it out would say more than leaving it in.
const shortestSecret = 3
const shortestFragment = 6
const shortestBeginning = 4
const ellipsis = '…'

/** Makes a function that replaces every form of every secret: plain, escaped, URL-encoded, base64 alone or in more. */
export function createRedactor(secrets: Iterable<string | Redactable>): (text: string) => string {
  const redactor = new Redactor()
  for (const entry of secrets) redactor.add(entry)
  return (text) => redactor.redact(text)
}

/** How much of a form is looked up at once: no form is shorter. */
const startLength = shortestSecret
/** Pairs of characters are looked up in so many bits. */
const pairBits = 0xffff

/**
 * Replaces every form of every secret it knows, of which there may be tens of thousands: what a text costs depends on
 * its length alone.
 */
export class Redactor {
  readonly #secrets = new Set<string>()
  /** Every form, and how many secrets have it. */
  readonly #forms = new Map<string, number>()
  readonly #byStart = new Map<string, string[]>()
  /** Which pairs of characters forms begin with: most text begins none, and is passed over quickly. */
  readonly #pairs = new Uint8Array(pairBits + 1)
  #longest = 0

  add(entry: string | Redactable): void {
    if (this.#secrets.has(nameOf(entry))) return
    this.#secrets.add(nameOf(entry))
    for (const form of allFormsOf(entry)) {
      const count = this.#forms.get(form) ?? 0
      this.#forms.set(form, count + 1)
      if (count > 0) continue
      const start = form.slice(0, startLength)
      const others = this.#byStart.get(start)
      if (others) others.push(form)
      else this.#byStart.set(start, [form])
      this.#pairs[pairAt(form, 0)] = 1
      this.#longest = Math.max(this.#longest, form.length)
    }
  }

  /** Forgets a secret that is worth nothing any more; what another one has in common with it stays. */
  delete(entry: string | Redactable): void {
    if (!this.#secrets.delete(nameOf(entry))) return
    for (const form of allFormsOf(entry)) {
      const count = this.#forms.get(form) ?? 0
      if (count > 1) {
        this.#forms.set(form, count - 1)
        continue
      }
      this.#forms.delete(form)
      const start = form.slice(0, startLength)
      const others = (this.#byStart.get(start) ?? []).filter((other) => other !== form)
      if (others.length > 0) this.#byStart.set(start, others)
      else this.#byStart.delete(start)
    }
  }

  /** The text without any of them. Where forms overlap, all that any of them covers goes. */
  redact(text: string): string {
    if (this.#forms.size === 0) return text
    const kept: string[] = []
    let keptTo = 0
    let [start, end] = [0, 0]
    for (let at = 0; at + startLength <= text.length; at += 1) {
      if (this.#pairs[pairAt(text, at)] === 0) continue
      const formEnd = this.#endOfForm(text, at)
      if (formEnd === at) continue
      if (at >= end) {
        if (end > 0) kept.push(text.slice(keptTo, start), mark)
        keptTo = end
        start = at
      }
      end = Math.max(end, formEnd)
    }
    if (end > 0) kept.push(text.slice(keptTo, start), mark)
    return this.#withoutBeginnings(kept.join('') + text.slice(end))
  }

  /** Where the longest form that begins here ends; here, where none does. */
  #endOfForm(text: string, at: number): number {
    let end = at
    for (const form of this.#byStart.get(text.slice(at, at + startLength)) ?? []) {
      if (at + form.length > end && text.startsWith(form, at)) end = at + form.length
    }
    return end
  }

  /** Long text is cut off with an ellipsis, and that may be in the middle of a secret. */
  #withoutBeginnings(text: string): string {
    if (!text.includes(ellipsis)) return text
    const pieces = text.split(ellipsis)
    return pieces.map((piece, at) => (at === pieces.length - 1 ? piece : this.#withoutBeginning(piece))).join(ellipsis)
  }

  #withoutBeginning(text: string): string {
    for (let at = Math.max(0, text.length - this.#longest + 1); at + shortestBeginning <= text.length; at += 1) {
      const rest = text.slice(at)
      const forms = this.#byStart.get(rest.slice(0, startLength)) ?? []
      if (forms.some((form) => form.length > rest.length && form.startsWith(rest))) return `${text.slice(0, at)}${mark}`
    }
    return text
  }
}

function nameOf(entry: string | Redactable): string {
  return typeof entry === 'string' ? JSON.stringify([entry]) : JSON.stringify([entry.secret, entry.user])
}

function pairAt(text: string, at: number): number {
  return (text.charCodeAt(at) * 251 + text.charCodeAt(at + 1)) & pairBits
}

function allFormsOf(entry: string | Redactable): ReadonlySet<string> {
  const { secret, user } = typeof entry === 'string' ? { secret: entry, user: undefined } : entry
  const forms = new Set<string>()
  if (secret.length >= shortestSecret) for (const form of formsOf(secret)) forms.add(form)
  if (secret !== '' && user !== undefined) for (const form of saslPlainForms(user, secret)) forms.add(form)
  return forms
}

function formsOf(secret: string): string[] {
  const encoded = encodeURIComponent(secret.toWellFormed())
  const strictly = encoded.replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  const inUrls = [encoded, strictly].flatMap((form) => [form, form.replaceAll('%20', '+')])
  const inLowerCase = inUrls.map((form) => form.replaceAll(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase()))
  const escaped = [
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll(/["\\]/g, '\\$&'),
    escapeText(secret, secret.length),
  ]
  // A server may say back what it has quoted, and every table and document of ours quotes that once more.
  const escapedTwice = escaped.map((form) => JSON.stringify(form).slice(1, -1))
  const inTables = [secret, ...escaped].map((form) => form.replaceAll('"', '""'))
  return [
    secret,
    ...escaped,
    ...escapedTwice,
    ...inTables,
    ...inUrls,
    ...inLowerCase,
    ...base64Forms(Buffer.from(secret)),
    ...fragments(secret),
  ]
}

function saslPlainForms(user: string, secret: string): string[] {
  return [`\0${user}\0${secret}`, `${user}\0${user}\0${secret}`].flatMap((message) => base64Forms(Buffer.from(message)))
}

function base64Forms(bytes: Buffer): string[] {
  const padded = bytes.toString('base64')
  return [padded, padded.replaceAll('=', ''), bytes.toString('base64url')]
}

// Inside a longer base64 text a secret starts at any of three offsets; the characters it shares with its neighbours are
// left out, the rest is always the same.
function fragments(secret: string): string[] {
  const octets = Buffer.byteLength(secret)
  return [0, 1, 2].flatMap((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)])
    const start = Math.ceil((offset * 8) / 6)
    const end = Math.floor(((offset + octets) * 8) / 6)
    const kept = [whole.toString('base64').slice(start, end), whole.toString('base64url').slice(start, end)]
    return kept.filter((fragment) => fragment.length >= shortestFragment)
  })
}
