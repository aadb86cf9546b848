// The public library: what a program needs to move mail without the command line.
export { type ComposeOptions, type Composition, compose, type OpenRun } from './compose.ts'
export { jsonSchema } from './config/json-schema.ts'
export { type LoadedConfig, type LoadOptions, loadConfig } from './config/load.ts'
export { nextCron } from './config/schedule.ts'
export type { Config, PairConfig } from './config/schema.ts'
export type { KeptReport, KeptRun, RunArchive, UnfinishedRun } from './core/archive.ts'
export type { Backlog } from './core/backlog.ts'
export { type ErrorCode, exitCodeOf, MailhaulError, mostSerious, type Retry, type Scope } from './core/errors.ts'
export type { Event, PairSummary, Report, Stage } from './core/events.ts'
export type { RunFigures, Timeline } from './core/figures.ts'
export type { Fingerprint, Fingerprints, Key, Listed, Message, Placed } from './core/message.ts'
export { type Amount, type Outcome, type OutcomeKind, outcomeMeaning, type Tally } from './core/outcome.ts'
export type { Pair, Policy } from './core/pair.ts'
export { buildPlan, type Plan, type PlanEntry, type PlanInput } from './core/plan.ts'
export type { Clock, Destination, Ledger, PairLedger, Source, SourceSession, Spool } from './core/ports.ts'
export { type Provider, type ProviderName, providerOf, providers, sourceProvider } from './core/providers.ts'
export type { Rates } from './core/rates.ts'
export type { Schedule } from './core/schedule.ts'
export type { WatchedPair, WatchFailure, WatchTotals, WatchView } from './core/watch.ts'
export { createImapDestination } from './destinations/imap/destination.ts'
export type { ImapDestinationOptions } from './destinations/imap/options.ts'
export { check, type PairCheck } from './engine/check.ts'
export { systemClock } from './engine/clock.ts'
export { type Ends, type HaulOptions, haul, type OpenEnds, type Surroundings } from './engine/haul.ts'
export { type Preview, preview } from './engine/preview.ts'
export { type Limits, runPairs } from './engine/run.ts'
export { type Verification, verify } from './engine/verify.ts'
export {
  type Assignment,
  type PassOptions,
  type Watch,
  type WatchListeners,
  type WatchOptions,
  watchPairs,
} from './engine/watch.ts'
export { assignmentOf, type Ground, type PassParts } from './engine/watch-pass.ts'
export { type LedgerWithArchive, openLedger } from './ledger/index.ts'
export type { LedgerTools } from './ledger/tools.ts'
export { createPop3Source, type Pop3Options } from './sources/pop3/source.ts'
export { createSpool, type SpoolOptions } from './spool/spool.ts'
