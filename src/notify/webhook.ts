// Tells a web server: a document by POST over TLS, bounded in time, redirects not followed, the address never shown.
import type { MailhaulError } from '../core/errors.ts'
import type { NoticeKind } from '../core/notice.ts'
import { type Target, untold } from './target.ts'
import { documentOf } from './telling.ts'

/** Where to post. */
export interface WebhookOptions {
  readonly on: readonly NoticeKind[]
  /** The address, asked for with each notification: checked, and known to whoever masks secrets. Error: secret, config. */
  readonly url: () => Promise<string>
  readonly version: string
  /** Milliseconds for one try: 10,000. */
  readonly deadline?: number
}

/** A webhook that is told. */
export function webhookTarget({ on, url, version, deadline = 10_000 }: WebhookOptions): Target {
  return {
    called: 'the webhook',
    on,
    tell: async (telling, signal) => {
      const address = new URL(await url())
      // Who knows the whole address can use it: only its host is ever told.
      const called = `the webhook at ${address.host}`
      const status = await post(address, documentOf(telling, version), called, deadline, signal, version)
      if (status < 200 || status > 299) throw refused(called, status)
    },
  }
}

async function post(
  address: URL,
  body: string,
  called: string,
  deadline: number,
  signal: AbortSignal,
  version: string,
): Promise<number> {
  const overdue = AbortSignal.timeout(deadline)
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'User-Agent': `mailhaul/${version}` },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([overdue, signal]),
    })
    // What it has to say beyond its status is of no interest, however long it is.
    await response.body?.cancel()
    return response.status
  } catch (thrown) {
    throw unreachable(called, thrown, overdue.aborted, deadline)
  }
}

function unreachable(called: string, thrown: unknown, isOverdue: boolean, deadline: number): MailhaulError {
  if (isOverdue)
    return untold(called, `did not answer within ${deadline / 1000} seconds`, { code: 'timeout', retry: 'now' })
  const cause = thrown instanceof Error ? thrown.cause : undefined
  const why = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  const hint = 'Look whether this machine can reach it, and whether its certificate is one that Node trusts.'
  return untold(called, `cannot be reached${why}`, { code: 'connect', retry: 'now', hint })
}

function refused(called: string, status: number): MailhaulError {
  if (status >= 300 && status < 400) {
    const hint = 'Redirects are not followed: write the address that it points to.'
    return untold(called, `answers with a redirect (${status})`, { code: 'config', retry: 'never', hint })
  }
  const isPassing = status === 429 || status >= 500
  const hint = 'Look whether the address is still right.'
  return untold(called, `answered with status ${status}`, {
    code: isPassing ? 'temporary' : 'config',
    retry: isPassing ? 'now' : 'never',
    hint,
  })
}
