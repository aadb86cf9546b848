// The JSON documents of check, verify and status.
import type { DocumentBody } from '../documents/schemas.ts'
import { type CheckDestination, type CheckEnd, type CheckView, daysLeft } from './check-view.ts'
import { cutText, jsonAmount, jsonError, jsonKey, jsonText, jsonTime } from './json-values.ts'
import type { OutcomeShare } from './outcome-share.ts'
import type { StatusView } from './status-view.ts'
import { isVerified, type VerifyView } from './verify-view.ts'
import { isoTime } from './words.ts'

/** The document of a check. */
export function checkDocument(view: CheckView): DocumentBody<'check'> {
  const pairs = view.pairs.map((pair) => ({
    pair: pair.pair,
    ok: pair.source.error === undefined && pair.destination.error === undefined,
    source: checkEnd(pair.source, view.checkedAt),
    destination: { ...checkEnd(pair.destination, view.checkedAt), ...destinationFields(pair.destination) },
  }))
  return { exitCode: view.exitCode, checkedAt: isoTime(view.checkedAt), next: view.next, pairs }
}

/** The document of a verification. */
export function verifyDocument(view: VerifyView): DocumentBody<'verify'> {
  const pairs = view.pairs.map((pair) => ({
    pair: pair.pair,
    verified: isVerified(pair),
    settled: pair.settled,
    found: pair.found,
    moved: pair.moved,
    missing: pair.missing,
    sizeDiffers: pair.sizeDiffers,
    notSettled: pair.notSettled,
    repaired: { ...pair.repaired },
    nameless: pair.nameless,
    deep: pair.deep
      ? {
          identical: pair.deep.identical,
          canonicalEqual: pair.deep.canonicalEqual,
          rules: pair.deep.rules,
          different: pair.deep.different,
          missing: pair.deep.missing,
        }
      : null,
    atSource: pair.atSource ? { ...pair.atSource } : null,
    error: jsonError(pair.error),
    problems: pair.problems.map((note) => ({
      ...jsonKey(note.key),
      bytes: note.size ?? null,
      reason: cutText(note.text),
    })),
  }))
  return { exitCode: view.exitCode, pairs }
}

/** The document of the ledger's state. */
export function statusDocument(view: StatusView): DocumentBody<'status'> {
  const pairs = view.pairs.map((pair) => ({
    pair: pair.pair,
    lastRun: jsonTime(pair.lastRun),
    lastRunEnd: pair.end ?? null,
    settled: jsonAmount(pair.settled),
    pending: jsonAmount(pair.pending),
    failed: pair.failed.map(jsonShare),
    leftOut: pair.leftOut.map(jsonShare),
    messages: pair.messages.map((message) => ({
      outcome: message.outcome,
      ...jsonKey(message.key),
      bytes: message.size,
      reason: jsonText(message.reason),
      attempts: message.attempts,
      changedAt: isoTime(message.changedAt),
    })),
  }))
  return { exitCode: view.exitCode, pairs }
}

function checkEnd(end: CheckEnd, checkedAt: number) {
  const { tls } = end
  return {
    host: end.host,
    port: end.port,
    tls: tls
      ? {
          protocol: tls.protocol,
          cipher: tls.cipher,
          subject: jsonText(tls.subject),
          validTo: jsonTime(tls.validTo),
          daysLeft: daysLeft(tls, checkedAt),
        }
      : null,
    error: jsonError(end.error),
    capabilities: end.capabilities.map(cutText),
    holds: end.holds ? { count: end.holds.count, bytes: end.holds.bytes ?? null } : null,
    notes: end.notes.map(cutText),
  }
}

function destinationFields(end: CheckDestination) {
  return {
    folder: end.folder,
    upload: jsonText(end.upload),
    appendLimit: end.appendLimit ?? null,
    quota: jsonQuota(end.quota),
  }
}

function jsonShare({ outcome, reason, amount }: OutcomeShare) {
  return { outcome, reason: jsonText(reason), ...jsonAmount(amount) }
}

function jsonQuota(quota: { readonly used: number; readonly limit: number } | undefined) {
  return quota ? { used: quota.used, limit: quota.limit } : null
}
