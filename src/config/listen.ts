// Reads the address that the status page is served at: a name or an address of this machine, and a port.
import { isLoopback, parseHost } from './host.ts'
import type { Parsed } from './parsed.ts'
import { quote } from './problem.ts'

/** Where to listen. */
export interface ListenAddress {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  /** Nobody but this machine can reach it. */
  readonly isLoopback: boolean
}

/** Where the status page is served when only that is said. */
export const usualListen: ListenAddress = { host: '127.0.0.1', port: 8025, isLoopback: true }

/** What to write for it. */
export const listenInstead = 'write an address and a port, such as 127.0.0.1:8025, or a port alone'

/** Parses `127.0.0.1:8025`, `localhost:8025`, `[::1]:8025`, or a port alone, which means this machine only. */
export function parseListen(text: string): Parsed<ListenAddress> {
  const refuse = (problem: string): Parsed<ListenAddress> => ({ ok: false, problem, instead: listenInstead })
  const [, bracketed, name, digits] = /^(?:(?:\[([^\]]*)\]|([^:]*)):)?(\d{1,5})$/.exec(text) ?? []
  if (digits === undefined) return refuse(`${quote(text)} is not an address with a port`)
  const port = Number(digits)
  if (port > 65535) return refuse(`there is no port ${digits}`)
  const written = bracketed ?? name ?? usualListen.host
  const host = parseHost(written === '*' ? '0.0.0.0' : written)
  if (!host.ok) return refuse(`${quote(text)} is not an address with a port`)
  return { ok: true, value: { host: host.value, port, isLoopback: isLoopback(host.value) } }
}
