// What a contestant of the benchmark is, and what it is given: the same maildrops and empty accounts for all of them.

/** How to log in to one end of a pair: on 127.0.0.1, in clear. */
export interface Account {
  readonly port: number
  readonly user: string
  readonly password: string
}

/** One maildrop and the account it goes to. */
export interface RoundPair {
  readonly name: string
  readonly source: Account
  readonly destination: Account
  /** A file with the bytes of all messages in the order of the maildrop, one right behind the other. */
  readonly file: string
  /** Where one message ends and the next begins: the length of each in bytes. */
  readonly sizes: readonly number[]
}

/** What one contestant does once; plain data, so that it can be handed to a process of its own. */
export interface Round {
  /** For what the contestant itself keeps. */
  readonly directory: string
  readonly pairs: readonly RoundPair[]
  readonly pairsAtOnce: number
  /** Connections that mailhaul uploads over. */
  readonly connections: number | 'auto'
  /** Connections per pair that the limit uploads over. */
  readonly limitConnections: number
  /** The destination takes many messages in one command (MULTIAPPEND, RFC 3502). */
  readonly hasMultiappend: boolean
}

/** What a finished process took. */
export interface Measured {
  /** From the start of the process to its end. */
  readonly seconds: number
  /** From its first connection to its end; null where that is not known. */
  readonly connectedSeconds: number | null
  readonly cpuSeconds: number
  readonly peakBytes: number
  /** Bytes sent and received over all its connections; null where nobody counted. */
  readonly bytesSent: number | null
  readonly bytesReceived: number | null
}

/** Paths that the command line gives. */
export interface Tools {
  readonly pop2imap: string | undefined
}

/** One way to move the mail. */
export interface Contestant {
  readonly name: string
  /** One line for the report. */
  readonly title: string
  /** It is so slow that it gets the first few messages only, where the workload says how many. */
  readonly isSampled: boolean
  /** Why it cannot run here; undefined when it can. */
  absence(tools: Tools): string | undefined
  /** Moves everything, and throws when it could not. */
  run(round: Round, tools: Tools): Promise<Measured>
}
