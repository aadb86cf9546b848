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
  const forms = new Set<string>()
  for (const entry of secrets) {
    const { secret, user } = typeof entry === 'string' ? { secret: entry, user: undefined } : entry
    if (secret.length >= shortestSecret) for (const form of formsOf(secret)) forms.add(form)
    if (secret !== '' && user !== undefined) for (const form of saslPlainForms(user, secret)) forms.add(form)
  }
  // The longest first, so that a form is not cut by another one that is a part of it.
  const ordered = [...forms].toSorted((one, other) => other.length - one.length)
  return (text) => {
    let kept = [text]
    for (const form of ordered) kept = kept.flatMap((part) => part.split(form))
    return withoutBeginnings(kept.join(mark), ordered)
  }
}

/** Long text is cut off with an ellipsis, and that may be in the middle of a secret. */
function withoutBeginnings(text: string, forms: readonly string[]): string {
  if (!text.includes(ellipsis)) return text
  const pieces = text.split(ellipsis)
  return pieces.map((piece, at) => (at === pieces.length - 1 ? piece : withoutBeginning(piece, forms))).join(ellipsis)
}

function withoutBeginning(text: string, forms: readonly string[]): string {
  let longest = 0
  for (const form of forms) {
    let length = Math.min(form.length - 1, text.length)
    while (length > longest && !text.endsWith(form.slice(0, length))) length -= 1
    if (length > longest) longest = length
  }
  return longest < shortestBeginning ? text : `${text.slice(0, -longest)}${mark}`
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
  return [secret, ...escaped, ...inUrls, ...inLowerCase, ...base64Forms(Buffer.from(secret)), ...fragments(secret)]
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
