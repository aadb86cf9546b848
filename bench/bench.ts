// npm run bench [-- --quick] [--only WORKLOAD]... [--runs N] [--out DIRECTORY] [--pop2imap PATH]: measures, and writes results.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../test/commands/run-cli.ts'
import { dovecotProgram, liveServers } from '../test/live/binaries.ts'
import { contestants } from './contestants/index.ts'
import { pictureOf } from './picture.ts'
import { readmeWith, reportOf, targetTable } from './report.ts'
import { fallen, faultsOf, parseResults, type Results, ratiosOf, type WorkloadResult } from './results.ts'
import { type RunSettings, runWorkload } from './run-workload.ts'
import { quickOf, type Workload, workloads } from './workloads.ts'

interface Settings extends RunSettings {
  readonly isQuick: boolean
  readonly chosen: readonly Workload[]
  /** Where results.json, results.md and results.svg are, and notes.md where somebody has written one. */
  readonly out: string
}

const readme = join(import.meta.dirname, '../README.md')
const say = (text: string) => process.stdout.write(`${text}\n`)

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string' },
      out: { type: 'string', default: import.meta.dirname },
      pop2imap: { type: 'string' },
    },
  })
  const runs = Number(values.runs ?? (values.quick ? 2 : 3))
  if (!Number.isSafeInteger(runs) || runs < 1) throw new Error('write --runs with a number from 1')
  const names = workloads.map(({ name }) => name)
  const unknown = values.only.find((name) => !names.includes(name))
  if (unknown !== undefined) throw new Error(`there is no workload ${unknown}: write one of ${names.join(', ')}`)
  const chosen = workloads.filter(({ name }) => values.only.length === 0 || values.only.includes(name))
  const tools = { pop2imap: values.pop2imap && resolve(values.pop2imap) }
  return { isQuick: values.quick, chosen, runs, out: resolve(values.out), tools, say }
}

async function runAll(chosen: readonly Workload[], settings: Settings): Promise<WorkloadResult[]> {
  const results: WorkloadResult[] = []
  for (const workload of chosen) {
    const begun = performance.now()
    say(`${workload.name}: ${workload.title}`)
    results.push(await runWorkload(workload, contestants, settings))
    say(`  ${Math.round((performance.now() - begun) / 1000)} s in all`)
  }
  return results
}

function smallForms(chosen: readonly Workload[]): Workload[] {
  return chosen.map(quickOf).filter((workload) => workload !== undefined)
}

/** What results.json holds; nothing where there is none yet. */
function readRecorded(out: string): Results {
  const file = join(out, 'results.json')
  return existsSync(file) ? parseResults(readFileSync(file, 'utf8')) : { machine: {}, workloads: [], quick: {} }
}

/** Compares the small form with what was recorded; true when nothing fell by more than half. */
async function compareQuick(settings: Settings): Promise<boolean> {
  const results = await runAll(smallForms(settings.chosen), settings)
  const recorded = readRecorded(settings.out).quick
  const now = ratiosOf(results)
  const low = fallen(recorded, now)
  say('')
  for (const [name, ratio] of Object.entries(now)) {
    const before = recorded[name]
    const than = before === undefined ? 'nothing recorded' : `recorded: ${before.toFixed(2)}`
    say(`${name}: ${ratio.toFixed(2)} (${than})${low.includes(name) ? ': FELL BY MORE THAN HALF' : ''}`)
  }
  return sayFaults(results) && low.length === 0
}

/** Measures what was chosen and writes it among what was recorded before. */
async function measureAll(settings: Settings): Promise<boolean> {
  const results = await runAll(settings.chosen, settings)
  say('the small form, for later comparison by --quick')
  const small = await runAll(smallForms(settings.chosen), { ...settings, runs: 2 })
  const recorded = readRecorded(settings.out)
  const known = [...results, ...recorded.workloads]
  const merged: Results = {
    machine: machineFacts(),
    workloads: workloads.flatMap(({ name }) => known.find((result) => result.name === name) ?? []),
    quick: { ...recorded.quick, ...ratiosOf(small) },
  }
  await writeResults(merged, settings.out)
  return sayFaults([...results, ...small])
}

async function writeResults(results: Results, out: string): Promise<void> {
  const titles = Object.fromEntries(contestants.map(({ name, title }) => [name, title]))
  const notes = join(out, 'notes.md')
  const written = existsSync(notes) ? readFileSync(notes, 'utf8') : ''
  await mkdir(out, { recursive: true })
  await writeFile(join(out, 'results.json'), `${JSON.stringify(results, undefined, 1)}\n`)
  await writeFile(join(out, 'results.md'), reportOf(results, titles, written))
  await writeFile(join(out, 'results.svg'), pictureOf(results.workloads))
  say(`written to ${out}: results.json, results.md, results.svg`)
  if (out !== import.meta.dirname) return
  await writeFile(readme, readmeWith(readFileSync(readme, 'utf8'), targetTable(results.workloads)))
  say('and the table into README.md')
}

function sayFaults(results: readonly WorkloadResult[]): boolean {
  const faults = results.flatMap(faultsOf)
  for (const fault of faults) say(`WRONG: ${fault}`)
  return faults.length === 0
}

function machineFacts(): Record<string, string> {
  const processors = cpus()
  const version = (path: string) => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', path, 'package.json'), 'utf8'))
    return String(version)
  }
  return {
    processor: `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    Node: process.version,
    Dovecot: execFileSync(dovecotProgram, ['--version'], { encoding: 'utf8' }).trim(),
    mailhaul: version('.'),
    imapflow: version('node_modules/imapflow'),
    'node-pop3': version('node_modules/node-pop3'),
  }
}

const settings = readSettings()
if (!liveServers().dovecot) throw new Error(liveServers().why)
await build()
const isGood = await (settings.isQuick ? compareQuick(settings) : measureAll(settings))
process.exitCode = isGood ? 0 : 1
