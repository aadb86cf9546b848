// Serves a watch's status page, health and metrics to this machine, or with a token to others: reads only, bounded.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { MailhaulError } from '../core/errors.ts'
import type { WatchView } from '../core/watch.ts'
import { createGuard, type Guard } from './guard.ts'
import { type Health, healthOf, livenessOf } from './health.ts'
import { type MetricsFacts, type ProcessFacts, registryOf } from './metrics.ts'
import { board, contentSecurityPolicy, page } from './page.ts'
import type { Query } from './pair-table.ts'

/** Where and to whom to answer. */
export interface StatusServerOptions {
  /** A name or an address of this machine, and a port; 0 takes a free one. */
  readonly host: string
  readonly port: number
  /** Whether only this machine can reach it. Anywhere else nobody is answered without a token. */
  readonly isLoopback: boolean
  readonly token?: string | undefined
  readonly version: string
  /** How everything stands now. */
  readonly view: () => WatchView
  readonly notifications?: () => MetricsFacts['notifications']
  /** Milliseconds that a request may take to arrive, and a connection may wait for its next one: 5,000. */
  readonly patience?: number
}

/** A server at work. */
export interface StatusServer {
  /** Where it listens: `http://127.0.0.1:8025/`. */
  readonly url: string
  /** Stops answering and drops all connections. */
  close(): Promise<void>
}

/** Shortest token that may keep others out, in characters. */
const shortestToken = 16

// Enough for some browsers, a monitor and a health check.
const mostConnections = 32
const largestHeader = 8192
const longestAnswer = 30_000

const commonHeaders = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Frame-Options': 'DENY',
}

/**
 * Listens. Errors: usage, where a token is missing or too short; config, where the port may not be used; connect, where it
 * is taken, or the address is not there.
 */
export async function startStatusServer(options: StatusServerOptions): Promise<StatusServer> {
  refuseOpenDoors(options)
  const guard = createGuard(options.token)
  const { patience = 5000 } = options
  const limits = {
    maxHeaderSize: largestHeader,
    headersTimeout: patience,
    requestTimeout: patience,
    keepAliveTimeout: patience,
    connectionsCheckingInterval: patience / 5,
  }
  const server = createServer(limits, (request, response) => {
    answer(request, response, guard, options).catch(() => response.destroy())
  })
  server.maxConnections = mostConnections
  server.timeout = longestAnswer
  await listen(server, options)
  return { url: urlOf(server), close: () => close(server) }
}

function refuseOpenDoors({ host, port, isLoopback, token }: StatusServerOptions): void {
  const refuse = (message: string, hint: string) => {
    throw new MailhaulError({ code: 'usage', scope: 'run', retry: 'never', message, hint })
  }
  if (token === undefined && !isLoopback) {
    const message = `Others could read the status page at ${place({ host, port })}, so it is not served there without a token.`
    refuse(message, 'Give it one in the configuration, http: { token: { file: PATH } }, or listen on 127.0.0.1.')
  }
  if (token !== undefined && token.length < shortestToken) {
    refuse(
      `The token of the status page is shorter than ${shortestToken} characters.`,
      'Make one: openssl rand -hex 32',
    )
  }
}

function place({ host, port }: Pick<StatusServerOptions, 'host' | 'port'>): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

async function listen(server: Server, { host, port }: StatusServerOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject).listen({ host, port, exclusive: true }, resolve)
  await promise.catch((cause: NodeJS.ErrnoException) => {
    throw unservable(place({ host, port }), cause)
  })
  // From here on it is a connection's error, which ends that connection and nothing else.
  server.off('error', reject).on('error', () => undefined)
}

/** A port that somebody has, and an address that is not there yet, may be free and there in a minute. */
function unservable(where: string, cause: NodeJS.ErrnoException): MailhaulError {
  const mayPass = cause.code !== 'EACCES'
  const message = `The status page cannot be served at ${where}: ${reasonOf(cause)}.`
  const instead = 'another address or port, with http.listen in the configuration or with --http.'
  const hint = `${cause.code === 'EADDRINUSE' ? 'Stop the other program, or choose' : 'Choose'} ${instead}`
  if (mayPass) return new MailhaulError({ code: 'connect', scope: 'run', retry: 'later', message, hint, cause })
  return new MailhaulError({ code: 'config', scope: 'run', retry: 'never', message, hint, cause })
}

function reasonOf({ code }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return 'another program listens there, perhaps another mailhaul watch'
  if (code === 'EACCES') return 'this user may not use that port'
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return 'this machine has no such address'
  return code ?? 'the system refused it'
}

function urlOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') return ''
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}/`
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  server.closeAllConnections()
  await promise
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
  readonly headers?: Readonly<Record<string, string>>
}

const plain = 'text/plain; charset=utf-8'
const asHtml = 'text/html; charset=utf-8'

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  guard: Guard,
  options: StatusServerOptions,
): Promise<void> {
  const { method = '', headers } = request
  const { host, authorization } = headers
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0
  const refusal = guard({ method, host, authorization, hasBody })
  const {
    status,
    type,
    text,
    headers: more,
  } = refusal ? { ...refusal, type: plain, text: `${refusal.text}\n` } : await route(request.url ?? '/', options)
  const bytes = Buffer.from(text)
  // What comes behind an unwanted body is not worth waiting for.
  const ending = refusal ? { Connection: 'close' } : {}
  response.writeHead(status, {
    ...commonHeaders,
    'Content-Type': type,
    'Content-Length': bytes.length,
    ...more,
    ...ending,
  })
  response.end(method === 'HEAD' ? undefined : bytes)
}

async function route(target: string, options: StatusServerOptions): Promise<Answer> {
  const url = URL.parse(target, 'http://localhost')
  const view = options.view()
  switch (url?.pathname) {
    case '/':
      return { status: 200, type: asHtml, text: page(view, queryOf(url), options.version) }
    case '/board':
      return { status: 200, type: asHtml, text: board(view, queryOf(url)) }
    case '/healthz':
      return json(healthOf(view))
    case '/livez':
      return json(livenessOf(view))
    case '/metrics':
      return metrics(view, options)
    default:
      return { status: 404, type: plain, text: 'There are /, /healthz, /livez and /metrics.\n' }
  }
}

function queryOf({ searchParams }: URL): Query {
  const page = /^[1-9]\d{0,3}$/.exec(searchParams.get('page') ?? '')?.[0] ?? '1'
  return { find: (searchParams.get('find') ?? '').trim().slice(0, 100), page: Number(page) }
}

function json({ status, body }: Health): Answer {
  return { status, type: 'application/json', text: `${JSON.stringify(body, undefined, 2)}\n` }
}

async function metrics(view: WatchView, options: StatusServerOptions): Promise<Answer> {
  const notifications = options.notifications?.() ?? { sent: 0, failed: 0 }
  const registry = registryOf(view, { version: options.version, notifications, process: processFacts() })
  return { status: 200, type: registry.contentType, text: await registry.metrics() }
}

function processFacts(): ProcessFacts {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  return { cpu: (user + system) / 1e6, uptime: process.uptime(), resident: rss, heap: heapUsed }
}
