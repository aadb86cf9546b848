// Divides a batch into APPEND commands for a server's style, and its answers back into one answer per message.
import { MailhaulError } from '../../core/errors.ts'
import type { Appended, BatchLimits, Outgoing } from '../../core/ports.ts'
import { BatchSize } from './batch-size.ts'
import type { UploadStyle } from './capabilities.ts'
import { isStorable } from './literals.ts'
import { type Refusal, refusalOf } from './refusals.ts'

/** One APPEND: more than one message only where the server has MULTIAPPEND. */
export interface AppendCommand {
  /** The places of its messages in the batch. */
  readonly places: readonly number[]
  readonly messages: readonly Outgoing[]
  /** Octets of all its messages. */
  readonly bytes: number
}

/** A batch made ready. */
export interface AppendPlan {
  readonly commands: readonly AppendCommand[]
  /** Messages that are not worth sending, by place. */
  readonly refused: ReadonlyMap<number, MailhaulError>
}

/**
 * What became of one command. `unsent`: its last octet never left; `unknown`: it did, and no answer came; `held-back`: one
 * before it was not stored.
 */
export type CommandAnswer =
  | { readonly kind: 'stored'; readonly uidValidity: number | undefined; readonly uids: readonly number[] | undefined }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'unknown' | 'unsent'; readonly error: MailhaulError }
  | { readonly kind: 'held-back' }

/** What was learned of a server while uploading to it; shared by all its connections. */
export interface UploadHabits {
  /** Octets of the largest message it has stored. */
  largestTaken: number
  /** It advertises MULTIAPPEND but calls it an error. */
  refusesMultiappend: boolean
  /** How many messages make a good batch. */
  readonly batch: BatchSize
}

/** Nothing is known of a server yet. */
export function newHabits(): UploadHabits {
  return { largestTaken: 0, refusesMultiappend: false, batch: new BatchSize() }
}

/** Octets of a batch, and of the largest MULTIAPPEND: larger messages travel alone. */
const batchBytes = 4 * 1024 * 1024

/** What makes a good batch now. */
export function batchLimitsOf({ batch }: UploadHabits): BatchLimits {
  return { count: batch.count, bytes: batchBytes }
}

/** Divides a batch. `limit` is the folder's largest message in octets, where known. */
export function planOf(
  batch: readonly Outgoing[],
  style: UploadStyle,
  habits: UploadHabits,
  limit: number | undefined,
): AppendPlan {
  const largest = Math.min(style.appendLimit ?? Number.POSITIVE_INFINITY, limit ?? Number.POSITIVE_INFINITY)
  const most = style.hasMultiappend && !habits.refusesMultiappend ? Math.min(habits.batch.count, style.messageLimit) : 1
  const refused = new Map<number, MailhaulError>()
  const commands: { places: number[]; messages: Outgoing[]; bytes: number }[] = []
  for (const [place, outgoing] of batch.entries()) {
    const reason = unsuitable(outgoing, largest)
    if (reason) {
      refused.set(place, reason)
      continue
    }
    const { size } = outgoing.message
    let command = commands.at(-1)
    if (!command || command.messages.length >= most || command.bytes + size > batchBytes) {
      command = { places: [], messages: [], bytes: 0 }
      commands.push(command)
    }
    command.places.push(place)
    command.messages.push(outgoing)
    command.bytes += size
  }
  return { commands, refused }
}

/** One answer per message of the batch, in its order; `answers` belong to the plan's commands. */
export function appendedOf({ commands, refused }: AppendPlan, answers: readonly CommandAnswer[]): readonly Appended[] {
  const appended: Appended[] = []
  for (const [place, error] of refused) appended[place] = { kind: 'refused', error, together: false }
  for (const [at, { places }] of commands.entries()) {
    const answer = answers[at]
    for (const [part, place] of places.entries()) {
      if (answer) appended[place] = appendedPart(answer, part, places.length > 1)
    }
  }
  return appended
}

function appendedPart(answer: CommandAnswer, part: number, together: boolean): Appended {
  switch (answer.kind) {
    case 'stored': {
      const uid = answer.uids?.[part]
      return { kind: 'placed', uid, uidValidity: uid === undefined ? undefined : answer.uidValidity }
    }
    case 'refused':
      return { kind: 'refused', error: refusalOf(answer.refusal), together }
    default:
      return answer
  }
}

function unsuitable({ message, flags }: Outgoing, largest: number): MailhaulError | undefined {
  const refusal = (code: 'too-big' | 'append-refused', text: string) =>
    new MailhaulError({ code, scope: 'message', retry: 'never', message: text })
  if (message.size === 0) return refusal('append-refused', 'A message without any octets cannot be stored.')
  if (message.size > largest) {
    return refusal('too-big', `The message has ${message.size} octets, the server takes no more than ${largest}.`)
  }
  const flag = flags.find((one) => !isStorable(one))
  return flag === undefined
    ? undefined
    : refusal('append-refused', `"${flag}" is no flag a message can be stored with.`)
}
