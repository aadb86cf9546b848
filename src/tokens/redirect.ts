// Waits on this machine for the browser to come back from signing in (RFC 8252 §7.3): one address, one answer.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An address on this machine that a browser can be sent back to. */
export interface Redirect {
  readonly port: number
  /** The address the browser came back to, once it has the right state. Rejects when the signal is aborted. */
  arrival(state: string, signal: AbortSignal): Promise<URL>
  close(): Promise<void>
}

interface Expected {
  readonly state: string
  readonly came: (url: URL) => void
}

/** Listens on a free port of 127.0.0.1, which nobody beyond this machine can reach. */
export async function listen(): Promise<Redirect> {
  let expected: Expected | undefined
  const server = createServer({ maxHeaderSize: 16 * 1024 }, (request, response) => respond(request, response, expected))
  server.headersTimeout = 10_000
  server.requestTimeout = 10_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    arrival: (state, signal) =>
      new Promise((resolve, reject) => {
        const abort = () => reject(signal.reason)
        if (signal.aborted) return abort()
        signal.addEventListener('abort', abort, { once: true })
        const came = (url: URL) => {
          signal.removeEventListener('abort', abort)
          resolve(url)
        }
        expected = { state, came }
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  connection: 'close',
}

function respond(request: IncomingMessage, response: ServerResponse, expected: Expected | undefined): void {
  const { status, text, url } = judge(request, expected?.state)
  // The page is there before the listener goes away.
  if (url) response.once('close', () => expected?.came(url))
  end(response, status, text)
}

/** Anybody on this machine can call here: who does not know the state is turned away, and the wait goes on. */
function judge({ method, url: target = '' }: IncomingMessage, state: string | undefined) {
  const here = 'http://127.0.0.1'
  const url = URL.canParse(target, here) ? new URL(target, here) : undefined
  const isAnswer = url?.pathname === '/' && (url.searchParams.has('code') || url.searchParams.has('error'))
  if (method !== 'GET' || !isAnswer) return { status: 404, text: 'There is nothing here.' }
  if (state === undefined || url.searchParams.get('state') !== state) {
    return { status: 400, text: 'This did not come from the sign-in that mailhaul waits for.' }
  }
  const failed = 'The sign-in did not work: mailhaul says why.'
  const done = 'Back to mailhaul: it says how it went. You can close this window.'
  return { status: 200, text: url.searchParams.has('error') ? failed : done, url }
}

/** Nothing of the request is repeated: whoever made it might want to be read. */
function end(response: ServerResponse, status: number, text: string): void {
  const page = `<!doctype html><meta charset="utf-8"><title>mailhaul</title><p style="font: 1.2em sans-serif; margin: 3em">${text}</p>`
  response.writeHead(status, headers).end(page)
}
