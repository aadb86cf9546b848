// What of a plan needs a look before the run: pairs without a plan, no room, messages that are too big, risks.
import { formatBytes } from '../../core/format.ts'
import type { PlanDocument, PlanPairDocument, Risk } from '../../documents/plan-document.ts'
import type { Matter } from './attention.ts'
import { pairAddsUp } from './plan-totals.ts'

/** All matters of a plan, pair by pair. */
export function planMatters({ pairs }: PlanDocument): readonly Matter[] {
  return pairs.flatMap((pair, at) => [...pairMatters(pair)].map((matter) => ({ ...plain, ...matter, pair: at })))
}

type MatterWords = Pick<Matter, 'tone' | 'title' | 'text'> & Partial<Matter>

const plain = { code: undefined, advice: undefined, messages: 0 }

const severities: Readonly<Record<Risk['severity'], Matter['tone']>> = {
  problem: 'failing',
  warning: 'look',
  note: 'left',
}

function* pairMatters(pair: PlanPairDocument): Generator<MatterWords> {
  const { error, total, appendLimit, risks, notes } = pair
  if (error !== null) {
    const { code, message, hint } = error
    yield { tone: 'failing', title: 'No plan', code, text: message, advice: hint ?? undefined }
  } else if (!pairAddsUp(pair)) {
    const text = 'The parts of the plan are not all that is listed. This is a fault in mailhaul.'
    const advice = 'Please report it, with the JSON of this plan.'
    yield { tone: 'failing', title: 'The sum does not add up', text, advice }
  }
  const told = new Set(risks.map(({ text }) => text))
  if (pair.fits === false && !risks.some(({ code }) => code === 'quota-too-small')) yield noRoom(pair)
  if (total.tooBig.count > 0) {
    const most = appendLimit === null ? '' : `The destination takes ${formatBytes(appendLimit)} at most.`
    const advice = 'All others move. Have the limit of the destination raised, or save these from the source by hand.'
    yield { tone: 'look', title: 'larger than the destination takes', text: most, advice, messages: total.tooBig.count }
  }
  for (const { severity, code, text, advice } of risks) {
    yield { tone: severities[severity], title: '', code, text, advice: advice ?? undefined }
  }
  for (const note of notes) if (!told.has(note)) yield { tone: 'left', title: '', text: note }
}

function noRoom({ quota, total }: PlanPairDocument): MatterWords {
  const needed = formatBytes(total.copy.bytes + total.compare.bytes)
  const free = quota === null ? '' : `${formatBytes(Math.max(0, quota.limit - quota.used))} are free, and `
  const advice = 'Have the quota raised, or make room: what does not fit is moved by a later run.'
  return {
    tone: 'failing',
    title: 'Not enough room',
    code: 'quota-too-small',
    text: `${free}${needed} are to move.`,
    advice,
  }
}
