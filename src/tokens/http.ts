// Asks a provider over HTTP: encrypted unless it is this machine itself, bounded in time and size, no redirects.
import { allowInsecureRequests, customFetch } from 'oauth4webapi'
import { overloaded, unreachable } from './errors.ts'

const deadline = 30_000
const largestAnswer = 1024 * 1024

/** What every request of oauth4webapi is given. */
export function requestOptions(signal?: AbortSignal) {
  // The rule is ours (see `isSafe`), because it knows this machine.
  return { [customFetch]: boundedFetch, [allowInsecureRequests]: true, ...(signal ? { signal } : {}) }
}

/** Whether tokens may be sent there: over TLS, or not leaving this machine. */
export function isSafe({ protocol, hostname }: URL): boolean {
  if (protocol === 'https:') return true
  return protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
}

/** What oauth4webapi asks for. */
interface Asked {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string | URLSearchParams | undefined
  readonly signal?: AbortSignal
}

async function boundedFetch(address: string, { method, headers, body, signal }: Asked): Promise<Response> {
  const url = new URL(address)
  if (!isSafe(url)) {
    const message = `The provider's address ${url.origin} is not encrypted, so nothing was sent there.`
    throw unreachable('tls', message, 'never', 'Use addresses that start with https://.')
  }
  const limit = AbortSignal.timeout(deadline)
  const all = signal ? AbortSignal.any([signal, limit]) : limit
  const response = await fetch(url, { method, headers, body: body ?? null, redirect: 'manual', signal: all })
  const answer = await bodyOf(response, url)
  refuseOverload(response, url)
  const { status } = response
  return new Response(status === 204 || status === 304 ? null : answer, { status, headers: response.headers })
}

async function bodyOf(response: Response, url: URL): Promise<ArrayBuffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > largestAnswer) throw unreachable('protocol', `The provider ${url.host} does not stop talking.`, 'later')
    chunks.push(chunk)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole.buffer
}

function refuseOverload({ status, headers }: Response, url: URL): void {
  if (status !== 429 && status < 500) return
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  throw overloaded(url.host, status, Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined)
}
