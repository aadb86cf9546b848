// What the destination's answers to a batch mean for its messages, in the words of the engine.
import { MailhaulError } from '../core/errors.ts'
import type { OutcomeKind } from '../core/outcome.ts'
import type { Appended } from '../core/ports.ts'
import type { Parcel } from './delivery.ts'

/** A parcel that did not just arrive. Without an error: stored, and nobody said where. */
export interface Troubled {
  readonly parcel: Parcel
  readonly error: MailhaulError | undefined
  readonly together: boolean
}

/** Tells apart what was refused, what was lost, and what never left; what was placed is not among them. */
export function sort(parcels: readonly Parcel[], answers: readonly Appended[]) {
  const refused: Troubled[] = []
  const lost: Troubled[] = []
  const unsent: Troubled[] = []
  const held: Parcel[] = []
  parcels.forEach((parcel, at) => {
    const answer = answers[at]
    if (answer === undefined) lost.push({ parcel, error: lostError(), together: false })
    else if (answer.kind === 'refused') refused.push({ parcel, error: answer.error, together: answer.together })
    else if (answer.kind === 'held-back') held.push(parcel)
    else if (answer.kind === 'unsent') unsent.push({ parcel, error: answer.error, together: false })
    else if (answer.kind === 'unknown') lost.push({ parcel, error: answer.error, together: false })
    else if (answer.kind === 'placed' && answer.uid === undefined)
      lost.push({ parcel, error: undefined, together: false })
  })
  return { refused, lost, unsent, held }
}

/** Whether a refusal is about more than this message. */
export function isBeyondMessage({ error }: Troubled): boolean {
  return error !== undefined && error.scope !== 'message'
}

/** Once the destination has been asked, what is left of a lost answer is why it was lost. */
export function causeOf(error: MailhaulError): MailhaulError {
  return error.code === 'append-unknown' && error.cause instanceof MailhaulError ? error.cause : error
}

/** The parcels without their trouble. */
export function parcelsOf(troubled: readonly Troubled[]): readonly Parcel[] {
  return troubled.map(({ parcel }) => parcel)
}

/** The outcome of a message that was refused by itself. */
export function refusalOf(error: MailhaulError | undefined): OutcomeKind {
  if (error?.code === 'too-big') return 'too-big'
  return error?.retry === 'never' && error.code !== 'append-unknown' ? 'rejected' : 'failed'
}

/** Looked for each time, and not stored: the next message may fare better (quirk B10). */
export function breaksConnections(error: MailhaulError): MailhaulError {
  const message = `The connection was lost each time this message was sent. ${causeOf(error).message}`
  return new MailhaulError({ code: 'append-refused', scope: 'message', retry: 'later', message, cause: error })
}

/** The same with one message after another: it is the destination's fault, and goes on for as long as there is mail. */
export function breaksAlways(error: MailhaulError): MailhaulError {
  const { code, message } = causeOf(error)
  return new MailhaulError({
    code,
    scope: 'pair',
    retry: 'later',
    message: `The connection was lost over one message after another, and none was stored. ${message}`,
    hint: 'The destination may be out of order: run mailhaul sync again later.',
    cause: error,
  })
}

/** Said to be stored, and not to be found: sending it again could go on for ever (quirk B17). */
export function rewritten(): MailhaulError {
  return new MailhaulError({
    code: 'append-unknown',
    scope: 'message',
    retry: 'never',
    message: 'The destination says that it stored the message, but nothing there has its bytes: it may rewrite mail.',
    hint: 'Look for it at the destination; mailhaul sync --retry-failed sends it once more.',
  })
}

/** The error of an answer that never came. */
export function lostError(): MailhaulError {
  return new MailhaulError({
    code: 'append-unknown',
    scope: 'pair',
    retry: 'now',
    message: 'The destination did not say whether it stored a message.',
  })
}
