// Something to tell, for tests.
import { MailhaulError } from '../../src/core/errors.ts'
import type { Notice } from '../../src/core/notice.ts'
import { type Telling, tellingOf } from '../../src/notify/telling.ts'

const at = Date.UTC(2026, 4, 14, 9, 26, 30)

/** A refused login at the source, in the words of a server, or others. */
export function refusal(message = 'The server refused the login: [AUTH] Authentication failed.'): MailhaulError {
  const hint = 'Type the password again: mailhaul secret set alice source.'
  return new MailhaulError({ code: 'auth', scope: 'pair', retry: 'never', end: 'source', message, hint })
}

/** A notice of that refusal, or another one. */
export function notice(more: Partial<Notice> = {}): Notice {
  const usual = {
    kind: 'auth',
    pair: 'alice',
    at,
    since: at - 90_000,
    times: 2,
    end: 'source',
    was: undefined,
  } as const
  return { ...usual, error: refusal(), ...more }
}

/** What is told of it. */
export function telling(more: Partial<Notice> = {}): Telling {
  return tellingOf(notice(more), { sourceHost: 'pop.old.example', destinationHost: 'imap.new.example' }, (text) => text)
}

/** The notice that it is over. */
export const over: Partial<Notice> = { kind: 'recovered', was: 'auth', error: undefined }
