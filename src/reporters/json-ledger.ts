// The JSON document of a look at the ledger.
import type { DocumentBody } from '../documents/schemas.ts'
import { cutText, jsonTime } from './json-values.ts'
import type { LedgerPair, LedgerView } from './ledger-view.ts'
import { isoTime } from './words.ts'

/** The document of a look at the ledger. */
export function ledgerDocument(view: LedgerView): DocumentBody<'ledger'> {
  return {
    exitCode: view.exitCode,
    path: view.path,
    exists: view.exists,
    bytes: view.bytes,
    schema: view.schema ?? null,
    latestSchema: view.latest,
    generation: view.generation ?? null,
    sound: view.problems.length === 0,
    problems: view.problems.map(cutText),
    next: [...view.next],
    pairs: view.pairs.map(pairOf),
  }
}

function pairOf({ pair, settled, begun, leftOut, failed, runs, lastRun, lock }: LedgerPair) {
  return {
    pair,
    settled,
    pending: begun,
    leftOut,
    failed,
    runs,
    lastRun: jsonTime(lastRun),
    lock: lock ? { pid: lock.pid, host: lock.host, since: isoTime(lock.since), life: lock.life } : null,
  }
}
