// Makes the document of a dry run: the JSON, and what its page and its table are drawn from.
import type { PlanEntry } from '../core/plan.ts'
import type { RemovalPlan } from '../core/removal.ts'
import type { PlanDocument, PlanPairDocument } from '../documents/plan-document.ts'
import { amountSum } from './amount-sum.ts'
import { cutText, jsonAmount, jsonError, jsonKey, jsonText } from './json-values.ts'
import { type PlanPair, type PlanView, planTotals } from './plan-view.ts'
import { isoTime } from './words.ts'

/** The document; `version` is mailhaul's own. */
export function planDocumentOf(view: PlanView, version: string): PlanDocument {
  return { mailhaul: version, format: 1, kind: 'plan', ...planBody(view) }
}

/** All of it but what every document begins with. */
export function planBody(view: PlanView): Omit<PlanDocument, 'mailhaul' | 'format' | 'kind'> {
  return {
    exitCode: view.exitCode,
    madeAt: isoTime(view.madeAt),
    next: view.next,
    commands: view.commands.map(({ command, purpose }) => ({ command, purpose })),
    pairs: view.pairs.map(planPair),
  }
}

function planPair(pair: PlanPair): PlanPairDocument {
  const { copy, compare, left, tooBig } = planTotals(pair)
  const sum = amountSum([copy, compare, left, tooBig])
  return {
    pair: pair.pair,
    listed: jsonAmount(pair.listed),
    total: { copy: jsonAmount(copy), compare: jsonAmount(compare), left: jsonAmount(left), tooBig: jsonAmount(tooBig) },
    addsUp: sum.count === pair.listed.count,
    folders: pair.folders.map(({ folder, exists, ...amounts }) => ({
      folder,
      exists,
      copy: jsonAmount(amounts.copy),
      compare: jsonAmount(amounts.compare),
    })),
    left: pair.left.map(({ outcome, reason, amount }) => ({
      outcome,
      reason: jsonText(reason),
      ...jsonAmount(amount),
    })),
    appendLimit: pair.appendLimit ?? null,
    quota: pair.quota ? { used: pair.quota.used, limit: pair.quota.limit } : null,
    fits: pair.fits ?? null,
    removal: removalDocument(pair.removal),
    ...pictures(pair),
    estimate: pair.estimate ? { ...pair.estimate, basis: [...pair.estimate.basis] } : null,
    risks: pair.risks.map(({ code, severity, text, advice }) => {
      return { code, severity, text: cutText(text), advice: advice ?? null }
    }),
    notes: pair.notes.map(cutText),
    error: jsonError(pair.error),
    messages: pair.entries?.map(planEntry) ?? null,
  }
}

function pictures({ sizes, years, datesRead }: PlanPair): Pick<PlanPairDocument, 'sizes' | 'years' | 'datesRead'> {
  return {
    sizes: sizes.map(({ upTo = null, count, bytes }) => ({ upTo, count, bytes })),
    years: years?.map(({ year = null, count, bytes }) => ({ year, count, bytes })) ?? null,
    datesRead,
  }
}

function removalDocument(removal: RemovalPlan | undefined): PlanPairDocument['removal'] {
  if (removal === undefined) return null
  const { count, bytes, leave, asks, limit } = removal
  return { count, bytes, afterDays: leave.afterDays, proof: leave.proof, asks, limit: limit ?? null }
}

function planEntry(entry: PlanEntry): NonNullable<PlanPairDocument['messages']>[number] {
  const message = { ...jsonKey(entry.listed.key), bytes: entry.listed.size }
  if (entry.action === 'fetch') {
    return { action: 'fetch', ...message, why: entry.why, folder: entry.folder, outcome: null, reason: null }
  }
  const { kind, reason, folder } = entry.outcome
  return { action: 'none', ...message, why: null, folder: folder ?? null, outcome: kind, reason: jsonText(reason) }
}
