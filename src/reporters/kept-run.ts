// A run that was kept, made into what it was when it ended, so that it reads the same again.

import type { ErrorCode } from '../core/errors.ts'
import { asMailhaulError, exitCodeOf, MailhaulError } from '../core/errors.ts'
import type { PairSummary } from '../core/events.ts'
import { type Key, keyFromBytes } from '../core/message.ts'
import type { Outcome } from '../core/outcome.ts'
import { rewritingRules } from '../core/rewriting.ts'
import type { PairRunDocument, RunException } from '../documents/run-document.ts'
import type { FailureValue, KeyValue } from '../documents/values.ts'

/** What one pair had come to. What was counted and not listed stays in the document alone. */
export function summaryOfKept(document: PairRunDocument): PairSummary {
  const { removed, removalsToConfirm, keptThoughDue, outcomes, exceptions } = document
  return {
    pair: document.pair,
    run: document.run ?? undefined,
    listed: document.listed,
    tally: outcomes,
    fresh: outcomes,
    exceptions: exceptions.map(outcomeOfKept),
    dateRules: document.dateRules,
    bytesFetched: document.bytesFetched,
    bytesAppended: document.bytesAppended,
    removal: { removed, toConfirm: removalsToConfirm, kept: keptThoughDue },
    warnings: document.warnings,
    window: document.window ?? undefined,
    startedAt: Date.parse(document.startedAt),
    milliseconds: document.milliseconds,
    error: document.error ? errorOfKept(document.error) : undefined,
    figures: figuresOfKept(document),
    exitCode: document.exitCode,
  }
}

function figuresOfKept(document: PairRunDocument): PairSummary['figures'] {
  return {
    timeline: document.timeline,
    retries: document.retries.map(({ code, ...rest }) => ({ code: codeOfKept(code), ...rest })),
    reconnects: document.reconnects,
    settled: document.settled,
    verdicts: document.verdicts ?? undefined,
    rewrites: document.rewrites.flatMap(({ rule, count }) => {
      const known = rewritingRules.find((one) => one === rule)
      return known ? [{ rule: known, count }] : []
    }),
    sizes: document.sizes.map(({ upTo, ...amount }) => ({ upTo: upTo ?? undefined, ...amount })),
    years: document.years.map(({ year, ...amount }) => ({ year: year ?? undefined, ...amount })),
  }
}

function outcomeOfKept(exception: RunException): Outcome {
  const { outcome: kind, bytes: size, reason, code, folder, placed, dateRule, kept, carried } = exception
  return {
    kind,
    key: keyOfKept(exception),
    size,
    reason: reason ?? undefined,
    code: code === null ? undefined : codeOfKept(code),
    folder: folder ?? undefined,
    placed: placed ?? undefined,
    dateRule: dateRule ?? undefined,
    kept: kept ?? undefined,
    ...(carried ? { isCarried: true as const } : {}),
  }
}

function keyOfKept({ key, keyBase64 }: KeyValue): Key | undefined {
  if (key === null) return undefined
  return keyFromBytes(keyBase64 === null ? Buffer.from(key, 'latin1') : Buffer.from(keyBase64, 'base64'))
}

function errorOfKept({ code, message, hint, scope, retry, causes }: FailureValue): MailhaulError {
  let cause: Error | undefined
  for (const text of causes.toReversed()) cause = new Error(text, { cause })
  return new MailhaulError({ code: codeOfKept(code), message, scope, retry, ...(hint === null ? {} : { hint }), cause })
}

/** A code that a later mailhaul has written, and this one does not know, is an error all the same. */
function codeOfKept(code: string): ErrorCode {
  return isCode(code) ? code : asMailhaulError(code).code
}

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(exitCodeOf, code)
}
