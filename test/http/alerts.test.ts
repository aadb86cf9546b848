// The alerts of the documentation, played by Prometheus' own promtool over figures as the watch gives them.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { accessSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import type { WatchedPair } from '../../src/core/watch.ts'
import { registryOf } from '../../src/http/metrics.ts'
import { failingPair, now, totals, watchedPair, watchView } from './views.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/health-and-notifications.md'), 'utf8')
const [, rules = ''] = /^```yaml\n(groups:\n[\s\S]*?)^```$/m.exec(page) ?? []
const expressions = new Map(
  (parse(rules) as { groups: { rules: { alert: string; expr: string }[] }[] }).groups.flatMap((group) =>
    group.rules.map(({ alert, expr }) => [alert, expr] as const),
  ),
)

const minute = 60_000
const facts = {
  ...{ version: '1.2.3', notifications: { sent: 0, failed: 0 } },
  process: { cpu: 1, uptime: 100, resident: 1, heap: 1 },
}

/** How a pair stood minute by minute, and which alerts are up in the end. */
interface Course {
  readonly what: string
  readonly minutes: readonly WatchedPair[]
  readonly alerts: readonly string[]
}

const well = watchedPair('alice')
const refused = failingPair('alice', { code: 'auth', times: 1 }, { lastSuccess: now - 2 * minute })
const lineDown = failingPair('alice', { code: 'connect', times: 6 })
const atRest = watchedPair('alice', { lastSuccess: now - 300 * minute, next: now + 600 * minute })
const hurt = watchedPair('alice', { totals: totals(5, { rejected: 1 }) })
const repeated = (times: number, pair: WatchedPair) => Array.from({ length: times }, () => pair)

const courses: readonly Course[] = [
  { what: 'all is well', minutes: repeated(30, well), alerts: [] },
  { what: 'the first refused login', minutes: [...repeated(20, well), refused], alerts: ['LoginRefused'] },
  { what: 'one that is refused at the first look', minutes: [refused], alerts: ['LoginRefused'] },
  { what: 'one that is refused for hours', minutes: repeated(180, refused), alerts: ['LoginRefused'] },
  { what: 'one that was mended', minutes: [...repeated(20, refused), well], alerts: [] },
  { what: 'a line that is down for long', minutes: repeated(30, lineDown), alerts: ['NoSuccess'] },
  { what: 'a rest until tomorrow', minutes: repeated(30, atRest), alerts: [] },
  { what: 'a refused message', minutes: [...repeated(20, well), hurt, hurt], alerts: ['MessagesRefused'] },
  { what: 'one before the first look', minutes: repeated(5, hurt), alerts: ['MessagesRefused'] },
  { what: 'one of yesterday', minutes: repeated(1500, hurt), alerts: [] },
]

test('every metric in the alerts is one that the watch gives', async () => {
  const known = new Set((await registryOf(watchView([lineDown]), facts).getMetricsAsJSON()).map(({ name }) => name))
  for (const expression of expressions.values())
    for (const [name] of expression.matchAll(/\bmailhaul_\w+/g)) assert.ok(known.has(name), name)
  assert.equal(expressions.size, 5)
})

const promtool = (process.env.PATH ?? '')
  .split(delimiter)
  .map((directory) => join(directory, 'promtool'))
  .find((file) => {
    try {
      accessSync(file)
      return true
    } catch {
      return false
    }
  })

test('each alert comes when it should', { skip: promtool === undefined && 'no promtool here' }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'mailhaul-alerts-'))
  try {
    await writeFile(join(directory, 'rules.yml'), rules)
    const tests = await Promise.all(courses.map(played))
    await writeFile(join(directory, 'tests.yml'), JSON.stringify({ rule_files: ['rules.yml'], tests }))
    await promisify(execFile)(promtool ?? '', ['test', 'rules', 'tests.yml'], { cwd: directory })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

/** A course as promtool wants it: every series with its value, or that it is gone, for each minute. */
async function played({ what, minutes, alerts }: Course) {
  const looks = new Map<WatchedPair, Map<string, string>>()
  for (const pair of new Set(minutes)) looks.set(pair, await scraped(pair))
  const names = new Set([...looks.values()].flatMap((series) => [...series.keys()]))
  const valuesOf = (name: string) => minutes.map((pair) => looks.get(pair)?.get(name) ?? 'stale').join(' ')
  const series = [...names].map((name) => ({ series: name, values: valuesOf(name) }))
  return {
    ...{ name: what, interval: '1m', input_series: series },
    alert_rule_test: [...expressions.keys()].map((alert) => ({
      ...{ eval_time: `${minutes.length - 1}m`, alertname: alert },
      exp_alerts: alerts.includes(alert.replace('Mailhaul', '')) ? [{ ...expectedOf(alert) }] : [],
    })),
  }
}

async function scraped(pair: WatchedPair): Promise<Map<string, string>> {
  const text = await registryOf(watchView([pair]), facts).metrics()
  const lines = text.split('\n').filter((line) => line.startsWith('mailhaul_'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]))
}

function expectedOf(alert: string) {
  const summaries: Record<string, string> = {
    MailhaulNoSuccess: 'No mail gets through for pair alice',
    MailhaulLoginRefused: 'The login of pair alice is refused: somebody has to do something',
    MailhaulMessagesRefused: 'Messages of pair alice were refused: mailhaul status alice',
  }
  const labels = alert === 'MailhaulLoginRefused' ? { pair: 'alice', code: 'auth' } : { pair: 'alice' }
  return { exp_labels: labels, exp_annotations: { summary: summaries[alert] } }
}
