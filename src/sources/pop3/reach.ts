// Reaches a POP3 server without logging in: connection, greeting, TLS, and a goodbye.
import type { TlsFacts } from '../../core/facts.ts'
import { greeted, type LoginOptions, startTls } from './login.ts'

/** Returns the TLS session; undefined on a plain connection. Errors: connect, dns, tls, timeout, protocol, and what a greeting refuses. */
export async function reachPop3(
  options: Pick<LoginOptions, 'host' | 'port' | 'tls' | 'tlsOptions' | 'clock' | 'deadlines' | 'trace'>,
  signal: AbortSignal,
): Promise<TlsFacts | undefined> {
  const connection = await greeted(options, signal)
  try {
    await connection.during(signal, async () => {
      if (options.tls === 'starttls') await startTls(connection, undefined, options, signal)
      await connection.ask('QUIT').catch(() => undefined)
    })
    return connection.tls
  } finally {
    connection.close()
  }
}
