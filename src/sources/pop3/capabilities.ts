// What a server says it can do: CAPA (RFC 2449).
import type { Connection } from './connection.ts'

/** A capability list. Names ignore case; arguments are kept as sent. */
export class Capabilities {
  /** As listed, names in upper case. */
  readonly lines: readonly string[]
  readonly #arguments: ReadonlyMap<string, readonly string[]>

  constructor(lines: readonly string[]) {
    const parsed = lines.map((line) => {
      const [name = '', ...rest] = line.trim().split(/\s+/)
      return { name: name.toUpperCase(), rest }
    })
    this.lines = parsed.map(({ name, rest }) => [name, ...rest].join(' '))
    this.#arguments = new Map(parsed.map(({ name, rest }) => [name, rest]))
  }

  has(name: string): boolean {
    return this.#arguments.has(name)
  }

  /** The arguments of a capability; empty where it has none or is not offered. */
  argumentsOf(name: string): readonly string[] {
    return this.#arguments.get(name) ?? []
  }

  /** Whether a SASL mechanism is offered (RFC 5034). */
  offersMechanism(mechanism: string): boolean {
    return this.argumentsOf('SASL').some((offered) => offered.toUpperCase() === mechanism)
  }
}

/** Asks for the capabilities; undefined where the server knows no CAPA: then they are unknown, not absent. */
export async function askCapabilities(connection: Connection): Promise<Capabilities | undefined> {
  const lines: string[] = []
  const status = await connection.list('CAPA', 1000, (line) => lines.push(line.toString('latin1')))
  return status.kind === 'ok' ? new Capabilities(lines) : undefined
}
