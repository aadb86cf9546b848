// The table of workloads as data: what is moved, by whom, and what mailhaul must reach.

/** What mailhaul must reach in a workload. */
export type Target =
  /** So many times the messages per second of another contestant. */
  | { readonly kind: 'ratio'; readonly to: string; readonly least: number }
  /** Messages per second, where the limit itself allows it. */
  | { readonly kind: 'rate'; readonly least: number }
  /** So much of its own messages per second in another workload. */
  | { readonly kind: 'share'; readonly workload: string; readonly least: number }
  | { readonly kind: 'seconds'; readonly below: number }
  | { readonly kind: 'peak'; readonly belowMegabytes: number }
  /** CPU milliseconds per message. */
  | { readonly kind: 'cpu'; readonly below: number }
  /** Small messages that were stored before the large one they stood behind. */
  | { readonly kind: 'overtaking'; readonly least: number }

/** One row of the table. */
export interface Workload {
  readonly name: string
  readonly title: string
  readonly pairs: number
  readonly messagesPerPair: number
  /** Bytes per message. */
  readonly averageSize: number
  /** Milliseconds there and back. */
  readonly roundTrip: number
  /** Contestants by name. */
  readonly contestants: readonly string[]
  readonly targets: readonly Target[]
  /** The slow contestants get so many messages only. Default: all. */
  readonly sample?: number
  /** Default: 1. */
  readonly pairsAtOnce?: number
  /** Connections per pair that the limit uploads over. Default: 4. */
  readonly limitConnections?: number
  /** Connections that mailhaul uploads over. Default: auto. */
  readonly connections?: number
  /** What the destination says it can. Default: what Dovecot says by itself. */
  readonly capability?: string
  /** One more message of so many megabytes, with `largeAfter` small ones in front of it. */
  readonly largeMegabytes?: number
  /** What is measured is a run that finds everything settled. */
  readonly isSettled?: boolean
  /** How `--quick` runs it; without this it does not. */
  readonly quick?: { readonly messagesPerPair: number; readonly pairs?: number; readonly sample?: number }
}

/** So many messages of the maildrop stand in front of the large one. */
export const largeAfter = 10

// Gmail's list as far as Dovecot knows it: no MULTIAPPEND, and LITERAL- in place of LITERAL+.
const gmailCapability =
  'IMAP4rev1 SASL-IR UNSELECT IDLE NAMESPACE ID CHILDREN UIDPLUS ENABLE MOVE CONDSTORE ESEARCH LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE'

const everybody = ['limit', 'mailhaul', 'glue', 'pop2imap', 'fetchmail+mbsync', 'getmail+mbsync', 'mpop+mbsync']
const kilobyte = 1024

/** The table. */
export const workloads: readonly Workload[] = [
  {
    name: 'bulk',
    title: '2,000 messages of 21 KB average, RTT 0',
    ...{ pairs: 1, messagesPerPair: 2000, averageSize: 21 * kilobyte, roundTrip: 0, contestants: everybody },
    targets: [
      { kind: 'ratio', to: 'limit', least: 0.6 },
      { kind: 'ratio', to: 'glue', least: 4 },
    ],
    quick: { messagesPerPair: 600, sample: 150 },
  },
  {
    name: 'bulk-40ms',
    title: '2,000 messages of 21 KB average, RTT 40 ms',
    ...{ pairs: 1, messagesPerPair: 2000, averageSize: 21 * kilobyte, roundTrip: 40, contestants: everybody },
    sample: 200,
    targets: [
      { kind: 'ratio', to: 'limit', least: 0.6 },
      { kind: 'ratio', to: 'glue', least: 60 },
    ],
    quick: { messagesPerPair: 600, sample: 25 },
  },
  {
    name: 'four-pairs',
    title: '20,000 messages of 8 KB in 4 pairs, RTT 0',
    ...{ pairs: 4, messagesPerPair: 5000, averageSize: 8 * kilobyte, roundTrip: 0 },
    contestants: ['limit', 'mailhaul'],
    ...{ pairsAtOnce: 4, limitConnections: 1 },
    targets: [
      { kind: 'rate', least: 3000 },
      { kind: 'ratio', to: 'limit', least: 0.6 },
      { kind: 'cpu', below: 0.35 },
    ],
    quick: { messagesPerPair: 500 },
  },
  {
    name: 'plain-40ms',
    title: '2,000 messages of 21 KB average, no MULTIAPPEND or LITERAL+ (as Gmail), RTT 40 ms, 4 connections',
    ...{ pairs: 1, messagesPerPair: 2000, averageSize: 21 * kilobyte, roundTrip: 40 },
    contestants: ['limit', 'mailhaul', 'imapflow-4'],
    ...{ capability: gmailCapability, connections: 4, sample: 600 },
    targets: [{ kind: 'ratio', to: 'imapflow-4', least: 1.5 }],
    quick: { messagesPerPair: 200, sample: 100 },
  },
  {
    name: 'nothing-new',
    title: 'a run over 100,000 settled messages of 2 KB',
    ...{ pairs: 1, messagesPerPair: 100_000, averageSize: 2 * kilobyte, roundTrip: 0, isSettled: true },
    contestants: ['mailhaul'],
    targets: [
      { kind: 'seconds', below: 1.5 },
      { kind: 'peak', belowMegabytes: 200 },
    ],
  },
  {
    name: 'small',
    title: '2,000 messages of 2 KB: what the next row is compared with',
    ...{ pairs: 1, messagesPerPair: 2000, averageSize: 2 * kilobyte, roundTrip: 0 },
    contestants: ['limit', 'mailhaul'],
    targets: [],
  },
  {
    name: 'first-run',
    title: 'the first run over 100,000 messages of 2 KB',
    ...{ pairs: 1, messagesPerPair: 100_000, averageSize: 2 * kilobyte, roundTrip: 0 },
    contestants: ['limit', 'mailhaul'],
    targets: [
      { kind: 'share', workload: 'small', least: 0.9 },
      { kind: 'peak', belowMegabytes: 250 },
    ],
  },
  {
    name: 'large',
    title: 'one message of 200 MB among 100 of 21 KB, 4 connections',
    ...{
      pairs: 1,
      messagesPerPair: 100,
      averageSize: 21 * kilobyte,
      roundTrip: 0,
      largeMegabytes: 200,
      connections: 4,
    },
    contestants: ['limit', 'mailhaul'],
    targets: [
      { kind: 'peak', belowMegabytes: 200 },
      { kind: 'overtaking', least: 45 },
    ],
  },
  {
    name: 'hundred-pairs',
    title: '100 pairs of 200 messages of 8 KB, `limits.pairs: 8`',
    ...{ pairs: 100, messagesPerPair: 200, averageSize: 8 * kilobyte, roundTrip: 0 },
    contestants: ['limit', 'mailhaul'],
    ...{ pairsAtOnce: 8, limitConnections: 1 },
    targets: [{ kind: 'ratio', to: 'limit', least: 0.6 }],
    quick: { messagesPerPair: 100, pairs: 16 },
  },
]

/** The small form of a workload for `--quick`; undefined when it has none. */
export function quickOf(workload: Workload): Workload | undefined {
  const { quick, ...rest } = workload
  return quick && { ...rest, ...quick }
}
