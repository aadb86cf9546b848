// What an end of a pair says of itself and of its connection: plain values for checks and reports.

/** What an end said about its connection, for `check` and reports. Server text is hostile: escape before printing. */
export interface EndFacts {
  readonly host: string
  readonly port: number
  /** Undefined on a plain connection. */
  readonly tls: TlsFacts | undefined
  /** Capabilities after login, upper case as far as the protocol ignores case. */
  readonly capabilities: readonly string[]
  /** Plain sentences on what will not work, or works otherwise than people expect. */
  readonly notes: readonly string[]
}

/** The TLS session of an end. */
export interface TlsFacts {
  readonly protocol: string
  readonly cipher: string
  readonly subject: string
  /** Milliseconds since the epoch. */
  readonly validTo: number
}
