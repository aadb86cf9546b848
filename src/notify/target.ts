// Who can be told: a program, a webhook, an inbox.
import { type ErrorParts, MailhaulError } from '../core/errors.ts'
import type { NoticeKind } from '../core/notice.ts'
import type { Telling } from './telling.ts'

/** One who is told. */
export interface Target {
  /** What it is called when telling it has failed: `the command notify-send`. */
  readonly called: string
  readonly on: readonly NoticeKind[]
  /** Whether it makes sense to tell this here at all. */
  readonly suits?: (telling: Telling) => boolean
  /** Where exactly this is told, for a target of many places: one that is silent holds up no other. */
  readonly placeOf?: (telling: Telling) => string
  /** Tells it, within a deadline of its own. Error: retry is `now` where trying again can help. */
  tell(telling: Telling, signal: AbortSignal): Promise<void>
}

/** The error of a notification that did not get there. `reason` goes on with "Notification failed: the command x …". */
export function untold(
  called: string,
  reason: string,
  more: Pick<ErrorParts, 'code' | 'retry' | 'hint'>,
): MailhaulError {
  return new MailhaulError({ ...more, scope: 'run', message: `Notification failed: ${called} ${reason}.` })
}
