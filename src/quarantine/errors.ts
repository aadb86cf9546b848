// Translates what the file system throws into the one error that crosses the port.
import { MailhaulError } from '../core/errors.ts'

/** The error of a quarantine, or of a file in it: the message stays at the source and is dealt with by a later run. */
export function quarantineError(thrown: unknown, path: string): MailhaulError {
  if (thrown instanceof MailhaulError) return thrown
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new MailhaulError({
      code: 'disk-full',
      scope: 'run',
      retry: 'later',
      message: `There is no space left to keep a refused message as ${path}.`,
      hint: 'Free space there, then run again: nothing is lost, the message is still at the source.',
      cause: thrown,
    })
  }
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  const hint = 'Check that directory, or leave quarantine out: nothing is lost, the message is still at the source.'
  return refusal(`A refused message cannot be kept as ${path}: ${text}.`, hint, thrown)
}

/** The error of a quarantine that cannot be used without a change by somebody. */
export function refusal(message: string, hint: string, cause?: unknown): MailhaulError {
  return new MailhaulError({ code: 'quarantine', scope: 'run', retry: 'never', message, hint, cause })
}
