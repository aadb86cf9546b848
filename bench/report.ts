// results.md, written from results.json: what was asked for, what came out, and everything that was measured.
import { judge, medianOf, type Results, type Run, rateOf, type WorkloadResult, wireRateOf } from './results.ts'
import { type Target, type Workload, workloads } from './workloads.ts'

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** The whole document; `titles` says in a line what each contestant is, `notes` is what somebody has written by hand. */
export function reportOf(results: Results, titles: Readonly<Record<string, string>>, notes: string): string {
  return `# Benchmark

Written by \`npm run bench\` from results.json. Contestants take turns in the same run; every figure is the median of
${runsOf(results)}. What each one left at the destination is compared with the source by SHA-256, line ends folded
(Dovecot's own doing). Both ends are private Dovecots on the same machine, with Maildir and Dovecot's own default for
fsync (\`mail_fsync = optimized\`), in clear: they share its cores and disk with the client. RTT comes from a proxy that
delays every byte by half of it in each direction, without a limit to the bandwidth. The ledger of mailhaul is synced as
always, and the disk is let come to rest before each run. Seconds are those of the whole process, from its start to its
end, but for the limit's, which count from its first connection; and so do mailhaul's where it is compared with the limit.

${machineTable(results.machine)}

## What must be reached

${targetTable(results.workloads)}
${notes === '' ? '' : `\n${notes.trim()}\n`}
## What was measured

${Object.entries(titles)
  .map(([name, title]) => `- **${name}**: ${title}`)
  .join('\n')}

${results.workloads.map(workloadSection).join('\n')}`
}

const readmeMarks = ['<!-- written by npm run bench -->', '<!-- until here -->'] as const

/** The README with the table and the picture between its two marks; throws where they are missing. */
export function readmeWith(readme: string, table: string): string {
  const [begin, end] = readmeMarks
  const from = readme.indexOf(begin)
  const to = readme.indexOf(end)
  if (from < 0 || to < from) throw new Error(`the README has no place for the results, between ${begin} and ${end}`)
  const picture = '![messages per second by workload and contestant](bench/results.svg)'
  const details = 'Each contestant, with CPU, memory and bytes on the wire: [bench/results.md](bench/results.md).'
  return `${readme.slice(0, from + begin.length)}\n${table}\n\n${picture}\n\n${details}\n${readme.slice(to)}`
}

/** The table of targets alone, for the README. */
export function targetTable(results: readonly WorkloadResult[]): string {
  const rows = workloads.flatMap((workload) => {
    const result = results.find(({ name }) => name === workload.name)
    return result
      ? workload.targets.map((target, index) => targetRow(workload, target, index === 0, result, results))
      : []
  })
  return `| workload | must reach | measured | met |\n|---|---|---|---|\n${rows.join('\n')}`
}

function targetRow(
  { title }: Workload,
  target: Target,
  isFirst: boolean,
  result: WorkloadResult,
  all: readonly WorkloadResult[],
): string {
  const { value, isMet } = judge(target, result, all)
  const limit = target.kind === 'rate' ? rateOf(result, 'limit') : undefined
  const besides = limit === undefined ? '' : ` (the limit: ${whole.format(limit)})`
  const measured = value === undefined ? '' : `${figure(value)}${besides}`
  return `| ${isFirst ? title : ''} | ${wordsOf(target)} | ${measured} | ${isMet === undefined ? 'not run' : isMet ? 'yes' : 'no'} |`
}

/** A target in words. */
export function wordsOf(target: Target): string {
  switch (target.kind) {
    case 'ratio':
      return `at least ${target.least} times ${target.to}`
    case 'rate':
      return `at least ${whole.format(target.least)} msg/s`
    case 'share':
      return `at least ${target.least} of the msg/s of \`${target.workload}\``
    case 'seconds':
      return `under ${target.below} s`
    case 'peak':
      return `peak RSS under ${target.belowMegabytes} MB`
    case 'cpu':
      return `under ${target.below} ms of CPU per message`
    case 'overtaking':
      return `at least ${target.least} of the small ones behind it stored before it`
  }
}

function workloadSection(result: WorkloadResult): string {
  const limit = rateOf(result, 'limit')
  const rows = result.standings.map(({ contestant, runs, failures }) =>
    runs.length === 0
      ? `| ${contestant} | ${cell(failures.join('; '))} | | | | | | | |`
      : standingRow(result, contestant, runs, limit),
  )
  const size = `${whole.format(result.messages)} messages, ${whole.format(result.bytes / 2 ** 20)} MB, ${result.date}`
  return `### \`${result.name}\`: ${result.title}

${size}

| | msg/s | of the limit | s | s from the first connection | CPU ms per message | peak RSS MB | bytes sent / received | identical |
|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}
`
}

function standingRow(
  result: WorkloadResult,
  contestant: string,
  runs: readonly Run[],
  limit: number | undefined,
): string {
  const middle = (value: (run: Run) => number | null) => medianOf(result, contestant, value)
  const rate = rateOf(result, contestant)
  const wireRate = wireRateOf(result, contestant)
  const sent = middle(({ bytesSent }) => bytesSent)
  const received = middle(({ bytesReceived }) => bytesReceived)
  const expected = runs[0]?.expected ?? 0
  const identical = Math.min(...runs.map((run) => run.identical))
  const cells = [
    contestant,
    rate === undefined ? '' : whole.format(rate),
    wireRate === undefined || limit === undefined ? '' : figure(wireRate / limit),
    figure(middle(({ seconds }) => seconds)),
    figure(middle(({ connectedSeconds }) => connectedSeconds)),
    figure(middle((run) => (1000 * run.cpuSeconds) / run.expected)),
    figure(middle(({ peakBytes }) => peakBytes / 2 ** 20)),
    sent === undefined || received === undefined ? 'not counted' : `${whole.format(sent)} / ${whole.format(received)}`,
    `${whole.format(identical)} of ${whole.format(expected)}`,
  ]
  return `| ${cells.join(' | ')} |`
}

/** Three digits are enough. */
function figure(value: number | undefined): string {
  if (value === undefined) return ''
  return value >= 100 ? whole.format(value) : String(Number(value.toPrecision(3)))
}

/** What a program said must not end the table. */
function cell(text: string): string {
  const line = text.replace(/[\s|]+/g, ' ')
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}

/** How many runs each of those who ran has: merged results may have been made with different numbers. */
function runsOf({ workloads: all }: Results): string {
  const counts = all.flatMap(({ standings }) => standings.map(({ runs }) => runs.length)).filter((count) => count > 0)
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return least === most ? `${most} ${most === 1 ? 'run' : 'runs'}` : `${least} to ${most} runs`
}

function machineTable(machine: Readonly<Record<string, string>>): string {
  const rows = Object.entries(machine).map(([name, value]) => `| ${name} | ${value} |`)
  return `| | |\n|---|---|\n${rows.join('\n')}`
}
