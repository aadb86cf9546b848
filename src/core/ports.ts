// The four ports between the engine and the world: source, destination, ledger, spool; and the clock.
export type { Clock } from './clock.ts'
export type {
  Appended,
  BatchLimits,
  Destination,
  DestinationFacts,
  Digest,
  Folder,
  Outgoing,
} from './destination-port.ts'
export type { EndFacts, TlsFacts } from './facts.ts'
export type { Habits } from './habits.ts'
export type {
  Intent,
  Known,
  Ledger,
  LedgerReader,
  PairLedger,
  Rename,
  Settlement,
} from './ledger-port.ts'
export type { Fetched, Listing, Source, SourceSession } from './source-port.ts'
export type { Spool, SpoolWriter } from './spool-port.ts'
