// The errors of folders: not there, not to be created, not to be read, not to be written to.
import { type ErrorCode, MailhaulError } from '../../core/errors.ts'
import { refusalOf } from './refusals.ts'
import { escaped } from './server-text.ts'

/** The answer to CREATE, for a folder that is not there afterwards. */
export function creationError(path: string, thrown: unknown): MailhaulError {
  const { refusal, text } = refusalIn(thrown)
  const said = `The server did not create the folder "${escaped(path)}": ${escaped(text)}`
  const known: readonly ErrorCode[] = ['permission-denied', 'quota', 'throttled', 'temporary']
  if (!known.includes(refusal.code)) return noFolder(said, thrown)
  const { code, retry } = refusal
  const hint = code === 'permission-denied' ? 'Create it by hand, or choose a folder that is there.' : refusal.hint
  return new MailhaulError({ code, scope: 'pair', retry, message: said, ...(hint ? { hint } : {}), cause: thrown })
}

/** A folder that is not there and cannot be. */
export function noFolder(message: string, cause?: unknown): MailhaulError {
  const hint = 'Choose another folder name, or create the folder by hand.'
  return new MailhaulError({ code: 'no-folder', scope: 'pair', retry: 'never', message, hint, cause })
}

/** A special use that no folder has: which one to create is not for us to say. */
export function specialUseError(name: string): MailhaulError {
  return new MailhaulError({
    code: 'no-folder',
    scope: 'pair',
    retry: 'never',
    message: `The account has no folder marked ${escaped(name)}, nor one with a usual name for it.`,
    hint: 'Write the folder itself instead, such as folder: Sent: a path is created where it is missing.',
  })
}

/** A folder such as Gmail's All Mail. */
export function viewError(path: string): MailhaulError {
  return new MailhaulError({
    code: 'permission-denied',
    scope: 'pair',
    retry: 'never',
    message: `The folder "${escaped(path)}" only shows messages of other folders.`,
    hint: 'Choose the folder that the messages are to lie in, such as INBOX.',
  })
}

/** The account may look and not store, as MYRIGHTS tells it (quirk B35). */
export function noRightToStore(path: string, rights: string): MailhaulError {
  return new MailhaulError({
    code: 'permission-denied',
    scope: 'pair',
    retry: 'never',
    message: `The account may not store mail in the folder "${escaped(path)}": its rights are "${escaped(rights)}".`,
    hint: 'Give it the right to insert (i, RFC 4314), or choose another folder.',
  })
}

/** A folder that is there and may not be opened; undefined where the refusal is about something else. */
export function unreadable(path: string, thrown: unknown): MailhaulError | undefined {
  const { refusal, text } = refusalIn(thrown)
  if (refusal.code !== 'permission-denied') return undefined
  return new MailhaulError({
    code: 'permission-denied',
    scope: 'pair',
    retry: 'never',
    message: `The account may not read the folder "${escaped(path)}": ${escaped(text)}`,
    hint: 'Give it the right to read (r, RFC 4314): what is stored has to be looked at. Or choose another folder.',
    cause: thrown,
  })
}

/** What imapflow keeps of a server's NO. */
function refusalIn(thrown: unknown) {
  const of = (name: string) => String((typeof thrown === 'object' && thrown ? Reflect.get(thrown, name) : '') ?? '')
  const text = of('responseText')
  const refusal = refusalOf({ status: 'NO', code: of('serverResponseCode') || undefined, text })
  return { refusal, text: text || of('message') }
}
