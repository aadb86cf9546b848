// Declares suites that need real mail servers or a browser: skipped with the reason, or failing where the servers are required.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type LiveServers, liveServers } from './binaries.ts'

/** What a live suite starts. */
export type LiveServerName = Exclude<keyof LiveServers, 'why'>

/** What becomes of a suite: it runs, is skipped or fails; `why` says what is missing. */
export type Verdict = { readonly kind: 'run' } | { readonly kind: 'skip' | 'fail'; readonly why: string }

/**
 * Like `describe`, for a suite that starts the servers it names. Where one is not installed the suite is skipped with
 * the reason, or fails with MAILHAUL_LIVE=required in the environment; with MAILHAUL_LIVE=off it is always skipped.
 */
export function describeLive(name: string, needs: readonly LiveServerName[], body: () => void): void {
  const verdict = judge(needs, liveServers(), process.env.MAILHAUL_LIVE)
  if (verdict.kind === 'run') describe(name, body)
  else if (verdict.kind === 'skip') describe(name, { skip: verdict.why }, body)
  else describe(name, () => it('has its servers', () => assert.fail(verdict.why)))
}

/** Decides for a suite, given what is installed and the value of MAILHAUL_LIVE. */
export function judge(needs: readonly LiveServerName[], found: LiveServers, mode: string | undefined): Verdict {
  if (mode === 'off') return { kind: 'skip', why: 'MAILHAUL_LIVE=off' }
  if (needs.every((server) => found[server])) return { kind: 'run' }
  return { kind: mode === 'required' ? 'fail' : 'skip', why: found.why }
}
