// Which live suites run, are skipped or fail, depending on what is installed and what is asked for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge, type LiveServerName, type Verdict } from './live.ts'

const onlyDovecot = {
  dovecot: true,
  chromium: false,
  notify: false,
  secretService: false,
  pop3Programs: false,
  shells: false,
  manual: false,
  cyrus: false,
  why: 'not installed: Chromium; Cyrus',
}
const why = onlyDovecot.why

const cases: { needs: LiveServerName[]; mode?: string; verdict: Verdict }[] = [
  { needs: ['dovecot'], verdict: { kind: 'run' } },
  { needs: ['dovecot'], mode: 'required', verdict: { kind: 'run' } },
  { needs: ['chromium'], verdict: { kind: 'skip', why } },
  { needs: ['chromium'], mode: 'required', verdict: { kind: 'fail', why } },
  { needs: ['cyrus'], verdict: { kind: 'skip', why } },
  { needs: ['dovecot', 'cyrus'], verdict: { kind: 'skip', why } },
  { needs: ['dovecot', 'cyrus'], mode: 'required', verdict: { kind: 'fail', why } },
  { needs: ['dovecot'], mode: 'off', verdict: { kind: 'skip', why: 'MAILHAUL_LIVE=off' } },
]

for (const { needs, mode, verdict } of cases) {
  test(`with Dovecot alone, a suite of ${needs.join(' and ')} (${mode ?? 'default'}): ${verdict.kind}`, () => {
    assert.deepEqual(judge(needs, onlyDovecot, mode), verdict)
  })
}
