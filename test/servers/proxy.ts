// A TCP proxy for the middle of a test: latency, cuts, silence and other segments, per direction, changeable while it runs.

import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Ending } from './line-socket.ts'
import { type LinkSettings, ProxyLink } from './proxy-link.ts'
import { reset } from './reset.ts'

/** Where to listen for and what to do with connections. */
export type ProxyOptions = {
  readonly target: { readonly port: number; readonly host?: string }
  /** From the client to the server. */
  readonly up?: LinkSettings
  /** From the server to the client. */
  readonly down?: LinkSettings
}

/** A running proxy on 127.0.0.1. */
export type TcpProxy = {
  readonly port: number
  /** Read at every piece that passes; replace it or change its entries at any time. */
  up: LinkSettings
  down: LinkSettings
  readonly connections: { readonly open: number; readonly max: number; readonly total: number }
  /** Bytes handed on in each direction since the start. */
  readonly bytes: { readonly up: number; readonly down: number }
  /** Cuts every open connection, now. */
  cutAll(how?: Ending): void
  stop(): Promise<void>
}

/** Starts a proxy on a port of the system's choice; `stop()` it at the end of the test. */
export async function startProxy(options: ProxyOptions): Promise<TcpProxy> {
  const server = createServer({ allowHalfOpen: true, noDelay: true })
  const proxy = new RunningProxy(server, options)
  server.on('connection', (client) => proxy.join(client))
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject).listen(0, '127.0.0.1', resolve)
  })
  return proxy
}

class RunningProxy implements TcpProxy {
  up: LinkSettings
  down: LinkSettings
  readonly connections = { open: 0, max: 0, total: 0 }
  readonly bytes = { up: 0, down: 0 }
  readonly #server: Server
  readonly #target: ProxyOptions['target']
  readonly #pairs = new Set<Pair>()

  constructor(server: Server, options: ProxyOptions) {
    this.#server = server
    this.#target = options.target
    this.up = options.up ?? {}
    this.down = options.down ?? {}
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen')
    return address.port
  }

  join(client: Socket): void {
    const { host = '127.0.0.1', port } = this.#target
    const server = connect({ host, port, allowHalfOpen: true, noDelay: true })
    const cut = (how: Ending) => end(pair, how)
    const countUp = (bytes: number) => {
      this.bytes.up += bytes
    }
    const countDown = (bytes: number) => {
      this.bytes.down += bytes
    }
    const links = [
      new ProxyLink(client, server, () => this.up, cut, countUp),
      new ProxyLink(server, client, () => this.down, cut, countDown),
    ]
    const pair = { client, server, links }
    this.#pairs.add(pair)
    this.connections.total++
    this.connections.open++
    this.connections.max = Math.max(this.connections.max, this.connections.open)
    client.once('close', () => {
      this.connections.open--
    })
    for (const socket of [client, server]) {
      socket.once('close', () => {
        if (client.destroyed && server.destroyed) this.#pairs.delete(pair)
      })
    }
  }

  cutAll(how: Ending = 'rst'): void {
    for (const pair of this.#pairs) end(pair, how)
  }

  async stop(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const { client, server, links } of this.#pairs) {
      for (const link of links) link.mute()
      client.destroy()
      server.destroy()
    }
    await stopped
  }
}

type Pair = { readonly client: Socket; readonly server: Socket; readonly links: readonly ProxyLink[] }

function end({ client, server, links }: Pair, how: Ending): void {
  for (const link of links) link.mute()
  for (const socket of [client, server]) {
    if (how === 'rst') reset(socket)
    else socket.end()
  }
}
