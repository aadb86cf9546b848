// Translates what the file system throws into the one error that crosses the port.
import { MailhaulError } from '../core/errors.ts'

/** The error of a spool directory or of a file in it. A full disk ends the run, as every other message would meet it. */
export function spoolError(thrown: unknown, path: string): MailhaulError {
  if (thrown instanceof MailhaulError) return thrown
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new MailhaulError({
      code: 'disk-full',
      scope: 'run',
      retry: 'later',
      message: `There is no space left for messages on their way in ${path}.`,
      hint: 'Free space there, then run again: nothing is lost and nothing will be appended twice.',
      cause: thrown,
    })
  }
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return refusal(`The spool directory ${path} cannot be used: ${text}.`, 'Check that directory and its disk.', thrown)
}

/** The error of a spool that cannot be used without a change by somebody. */
export function refusal(message: string, hint: string, cause?: unknown): MailhaulError {
  return new MailhaulError({ code: 'spool', scope: 'run', retry: 'never', message, hint, cause })
}
