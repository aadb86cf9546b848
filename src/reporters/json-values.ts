// The small values of the JSON documents: times, keys, amounts, errors, each in one form everywhere.

import type { MailhaulError } from '../core/errors.ts'
import { bytesFromKey, type Key, printableKey } from '../core/message.ts'
import { type Amount, type Outcome, outcomeKinds, type Tally } from '../core/outcome.ts'
import { remedyOf } from '../core/remedy.ts'
import type { RunException } from '../documents/run-document.ts'
import type { AmountValue, FailureValue, KeyValue, TallyValue } from '../documents/values.ts'
import { causesOf } from './error-text.ts'
import { isoTime } from './words.ts'

/** A text from a server is never longer than this in a document. */
const longestText = 2000

/** Text from anywhere; null where there is none. */
export function jsonText(text: string | undefined): string | null {
  return text === undefined ? null : cutText(text)
}

/** Text from anywhere, as it may stand in a document. */
export function cutText(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText).toWellFormed()}…` : text
}

/** An instant in ISO 8601, UTC; null where there is none. */
export function jsonTime(instant: number | undefined): string | null {
  return instant === undefined ? null : isoTime(instant)
}

/** A key twice over: as people may read it, and, where that is not exactly its bytes, in base64. */
export function jsonKey(key: Key | undefined): KeyValue {
  if (key === undefined) return { key: null, keyBase64: null }
  const printable = printableKey(key)
  return { key: printable, keyBase64: printable === key ? null : Buffer.from(bytesFromKey(key)).toString('base64') }
}

/** Messages and octets. */
export function jsonAmount({ count, bytes }: Amount): AmountValue {
  return { count, bytes }
}

/** The amounts of every outcome there is, zero or not. */
export function jsonTally(tally: Tally): TallyValue {
  const amounts = outcomeKinds.map((kind) => [kind, jsonAmount(tally[kind])])
  // Every kind is among them.
  return Object.fromEntries(amounts) as TallyValue
}

/** An error for scripts: act on code, scope and retry, show message and hint. */
export function jsonError(error: MailhaulError | undefined): FailureValue | null {
  if (!error) return null
  const { code, message, hint, scope, retry } = error
  return { code, message: cutText(message), hint: jsonText(hint), scope, retry, causes: causesOf(error).map(cutText) }
}

/** What became of one message. */
export function jsonOutcome(outcome: Outcome): RunException {
  const { kind, size, reason, code, folder, placed, dateRule, kept } = outcome
  return {
    outcome: kind,
    ...jsonKey(outcome.key),
    bytes: size,
    reason: jsonText(reason),
    code: code ?? null,
    remedy: remedyOf(outcome) ?? null,
    folder: folder ?? null,
    placed: placed ? { folder: placed.folder, uidValidity: placed.uidValidity, uid: placed.uid } : null,
    dateRule: dateRule ?? null,
    kept: kept ?? null,
    carried: outcome.isCarried ?? false,
  }
}
