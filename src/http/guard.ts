// Decides who may ask: the right token where there is one, else only a browser that means this machine itself.
import { createHash, timingSafeEqual } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** What of a request decides whether it is answered. */
export interface Asked {
  readonly method: string
  readonly host: string | undefined
  readonly authorization: string | undefined
  /** Whether a body comes with it. */
  readonly hasBody: boolean
}

/** Why a request is not answered: an HTTP status and one plain sentence. */
export interface Refusal {
  readonly status: number
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
}

/** Tells requests that are answered from those that are not, and why. */
export type Guard = (asked: Asked) => Refusal | undefined

/**
 * Makes the guard. With a token it has to come with every request, as `Bearer TOKEN`, or as the password of Basic, which
 * browsers ask for. Without one the Host must be a name of this machine: a foreign page whose name was pointed at it
 * (DNS rebinding) sends its own.
 */
export function createGuard(token: string | undefined): Guard {
  const isRight = token === undefined ? undefined : matcher(token)
  return ({ method, host, authorization, hasBody }) => {
    if (isRight === undefined && !meansThisMachine(host)) return misdirected
    if (isRight !== undefined && !isRight(tokenOf(authorization))) return unauthorized
    if (method !== 'GET' && method !== 'HEAD') return notAllowed
    return hasBody ? unexpectedBody : undefined
  }
}

const misdirected: Refusal = {
  status: 421,
  text: 'This page answers to names of this machine only, such as localhost: ask for it by one of them.',
  headers: {},
}
const unauthorized: Refusal = {
  status: 401,
  text: 'The token of mailhaul is missing or wrong: send Authorization: Bearer TOKEN, or the token as the password.',
  headers: { 'WWW-Authenticate': 'Basic realm="mailhaul", charset="UTF-8"' },
}
const notAllowed: Refusal = {
  status: 405,
  text: 'Only GET and HEAD are answered here.',
  headers: { Allow: 'GET, HEAD' },
}
const unexpectedBody: Refusal = { status: 413, text: 'A request must have no body here.', headers: {} }

// Hashes have one length, so that comparing them takes the same time for every token that is sent.
function matcher(token: string): (sent: string) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const right = digest(token)
  return (sent) => timingSafeEqual(digest(sent), right)
}

function tokenOf(authorization = ''): string {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+) *$/.exec(authorization) ?? []
  if (scheme.toLowerCase() === 'bearer') return value
  if (scheme.toLowerCase() !== 'basic') return ''
  const pair = Buffer.from(value, 'base64').toString()
  return pair.slice(pair.indexOf(':') + 1)
}

function meansThisMachine(host = ''): boolean {
  const [, name = ''] = /^(\[[^\]]*\]|[^:]*)(?::\d{1,5})?$/.exec(host) ?? []
  const lower = name.toLowerCase()
  return lower === 'localhost' || lower === '[::1]' || (isIPv4(lower) && lower.startsWith('127.'))
}
