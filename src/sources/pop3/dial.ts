// Makes the TCP connection to a POP3 server, with TLS from the first byte where that is wanted.
import { connect, type Socket } from 'node:net'
import { abortedBy, connectFailed } from './errors.ts'
import { secure, type TlsOptions } from './tls.ts'

/** Where to connect, and how. */
export interface Endpoint {
  readonly host: string
  readonly port: number
  /** TLS from the first byte, after STLS (required, never opportunistic), or not at all. */
  readonly tls: 'implicit' | 'starttls' | 'none'
  readonly tlsOptions: TlsOptions
}

/** Connects. Errors: connect, dns, timeout, tls. The caller sets the deadline through the signal. */
export async function dial(endpoint: Endpoint, signal: AbortSignal): Promise<Socket> {
  const socket = await connectTcp(endpoint, signal)
  if (endpoint.tls !== 'implicit') return socket
  return secure(socket, endpoint.host, endpoint.tlsOptions, signal)
}

function connectTcp({ host, port }: Endpoint, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = connect({
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    // Happy eyeballs; the default of 250 ms gives up on slow lines before they have answered.
    autoSelectFamilyAttemptTimeout: 3000,
  })
  const onError = (error: Error) => reject(connectFailed(host, port, error))
  const onAbort = () => {
    reject(abortedBy(signal))
    socket.destroy()
  }
  socket.once('error', onError)
  socket.once('connect', () => {
    signal.removeEventListener('abort', onAbort)
    socket.off('error', onError)
    resolve(socket)
  })
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return promise
}
