// The metrics: their values, hostile names in their labels, and the table of them in the documentation.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { outcomeKinds } from '../../src/core/outcome.ts'
import { registryOf } from '../../src/http/metrics.ts'
import { failingPair, hostile, totals, troubled, watchedPair, watchView } from './views.ts'

const facts = {
  version: '1.2.3',
  notifications: { sent: 3, failed: 1 },
  process: { cpu: 12.5, uptime: 100, resident: 5_000_000, heap: 1_000_000 },
}

test('values', async () => {
  const alice = watchedPair('alice', { totals: { ...totals(7, { rejected: 2 }), errors: { dns: 1, auth: 2 } } })
  const text = await registryOf(
    watchView([alice, failingPair('bob', { code: 'auth', times: 4 }, { phase: 'working' })], {
      queued: 5,
      spoolHeld: 42,
    }),
    facts,
  ).metrics()
  for (const line of [
    'mailhaul_info{version="1.2.3"} 1',
    'mailhaul_pairs 2',
    'mailhaul_pairs_working 1',
    'mailhaul_pairs_failing 1',
    'mailhaul_pairs_overdue 1',
    'mailhaul_queue_pairs 5',
    'mailhaul_spool_bytes 42',
    'mailhaul_stuck 0',
    'mailhaul_stopping 0',
    'mailhaul_notifications_total{result="sent"} 3',
    'mailhaul_notifications_total{result="failed"} 1',
    'mailhaul_pair_seconds_since_success{pair="alice"} 118.6',
    'mailhaul_pair_interval_seconds{pair="alice"} 300',
    'mailhaul_pair_failed_passes{pair="bob"} 4',
    'mailhaul_pair_failed_passes{pair="alice"} 0',
    'mailhaul_pair_overdue{pair="alice"} 0',
    'mailhaul_pair_overdue{pair="bob"} 1',
    'mailhaul_pair_failing{pair="bob",code="auth"} 1',
    'mailhaul_pair_passes_total{pair="alice"} 412',
    'mailhaul_pair_messages_total{pair="alice",outcome="copied"} 7',
    'mailhaul_pair_messages_total{pair="alice",outcome="rejected"} 2',
    'mailhaul_pair_messages_total{pair="alice",outcome="pending"} 0',
    'mailhaul_pair_appended_bytes_total{pair="alice"} 147259',
    'mailhaul_pair_errors_total{pair="alice",code="auth"} 2',
    'process_cpu_seconds_total 12.5',
  ]) {
    assert.ok(text.split('\n').includes(line), `${line}\n${text}`)
  }
  // It comes with the first failure and goes with the last: no rule misses the one, none outlives the other.
  assert.ok(!text.includes('mailhaul_pair_failing{pair="alice"'))
})

test('a pair that has left is gone, and nothing is counted twice', async () => {
  await registryOf(troubled, facts).metrics()
  const text = await registryOf(watchView([watchedPair('anna', { totals: totals(5) })]), facts).metrics()
  assert.match(text, /^mailhaul_pair_messages_total\{pair="anna",outcome="copied"\} 5$/m)
  assert.doesNotMatch(text, /ben/)
})

test('hostile names stay inside their quotes', async () => {
  const text = await registryOf(watchView([watchedPair('a"} 1\nevil{x="\\'), ...hostile.pairs]), facts).metrics()
  for (const line of text.split('\n').filter((line) => line !== '')) {
    assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="([^"\\\n]|\\.)*"(,\w+="([^"\\\n]|\\.)*")*\})? -?[\d.e+]+)$/)
  }
})

test('the documentation’s table is the registry’s', async () => {
  const metrics = await registryOf(troubled, facts).getMetricsAsJSON()
  const page = readFileSync(join(import.meta.dirname, '../../docs/health-and-notifications.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]*) \| [^|]+ \|$/gm)]
  const documented = rows.map(([, name, type, labels = '']) => `${name} ${type} ${labels.trim()}`)
  const labelsOf = (values: readonly { labels: object }[]) =>
    [...new Set(values.flatMap(({ labels }) => Object.keys(labels)))].map((label) => `\`${label}\``).join(', ')
  assert.deepEqual(
    documented,
    metrics.map(({ name, type, values }) => `${name} ${type} ${labelsOf(values)}`),
  )
  for (const kind of outcomeKinds) assert.ok(page.includes(`\`${kind}\``), kind)
})
