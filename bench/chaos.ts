// npm run chaos -- --seed N --iterations M [--parallel P]: kills and cuts at random moments; Ctrl-C ends it early.
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Outcome, runIteration } from '../test/chaos/chaos.ts'
import { startGround } from '../test/chaos/ground.ts'
import { dovecotProgram, liveServers } from '../test/live/binaries.ts'

/** What to run: iteration i has the seed `seed` + i, so that a single one is repeated with its own seed. */
interface Settings {
  readonly seed: number
  readonly iterations: number
  readonly parallel: number
}

const say = (text: string) => process.stdout.write(`${text}\n`)

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      iterations: { type: 'string', default: '20' },
      parallel: { type: 'string', default: '2' },
    },
  })
  const whole = (name: keyof Settings, least: number) => {
    const value = Number(values[name])
    if (!Number.isSafeInteger(value) || value < least) throw new Error(`write --${name} with a number from ${least}`)
    return value
  }
  return { seed: whole('seed', 0), iterations: whole('iterations', 1), parallel: whole('parallel', 1) }
}

/** Runs all iterations, `parallel` at a time, and tells of each failure at once. */
async function runAll({ seed, iterations, parallel }: Settings): Promise<Outcome[]> {
  const ground = await startGround(iterations)
  const outcomes: Outcome[] = []
  const seeds = Array.from({ length: iterations }, (_, index) => seed + index).values()
  let isStopped = false
  process.once('SIGINT', () => {
    isStopped = true
    say('Stopping: the iterations under way are finished, and what has been done is reported.')
  })
  const work = async () => {
    // All workers take from the same iterator.
    for (const next of seeds) {
      const outcome = await runIteration(ground, next).catch((thrown: unknown) => {
        throw new Error(`FAILED: ${repeatOf(next)}: the iteration itself broke off`, { cause: thrown })
      })
      outcomes.push(outcome)
      if (!outcome.isClean) say(failureText(outcome))
      else if (outcomes.length % 10 === 0) say(`${outcomes.length} of ${iterations} done`)
      if (isStopped) return
    }
  }
  try {
    await Promise.all(Array.from({ length: parallel }, work))
  } finally {
    await ground.stop()
  }
  return outcomes
}

function failureText({ seed, steps, ...counts }: Outcome): string {
  return [`FAILED: ${repeatOf(seed)}: ${JSON.stringify(counts)}`, ...steps.map((step) => `  ${step}`)].join('\n')
}

function repeatOf(seed: number): string {
  return `npm run chaos -- --seed ${seed} --iterations 1`
}

function totalsOf(outcomes: readonly Outcome[]): [name: string, count: number][] {
  const sum = (count: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + count(outcome), 0)
  return [
    ['iterations', outcomes.length],
    ['messages', sum(({ messages }) => messages)],
    ['kills (SIGKILL)', sum(({ kills }) => kills)],
    ['cut connections', sum(({ cuts }) => cuts)],
    ['messages that had arrived without an answer', sum(({ adopted }) => adopted)],
    ['messages lost', sum(({ lost }) => lost)],
    ['messages doubled', sum(({ doubled }) => doubled)],
    ['messages appended by one more run', sum(({ appendedAgain }) => appendedAgain)],
    ['messages left at the source against leave: delete', sum(({ undeleted }) => undeleted)],
    ['messages missing at the source against leave: keep', sum(({ deleted }) => deleted)],
    ['runs that never ended', sum(({ hung }) => hung)],
    ['iterations that failed', sum(({ isClean }) => (isClean ? 0 : 1))],
  ]
}

function report({ seed, iterations, parallel }: Settings, outcomes: readonly Outcome[]): string {
  const dovecot = execFileSync(dovecotProgram, ['--version'], { encoding: 'utf8' }).trim()
  const failed = outcomes.filter(({ isClean }) => !isClean).map((outcome) => outcome.seed)
  return `# Chaos

The last result of \`npm run chaos\`, which writes this file. An iteration moves a mailbox from one Dovecot to another,
each behind a proxy. The process is killed (\`SIGKILL\`) up to three times, at a byte of the traffic or after a time, and
connections are cut (FIN or RST) at a byte of either direction. In some iterations a direction carries one byte at a
time. Then the command runs to its end and once more, and the SHA-256 of all messages at both ends are compared, line
ends folded. The seed chooses all of this, TLS, the number of connections, the folder, single or batch appends, and \`leave\`.

| | |
|---|---|
| date | ${new Date().toISOString().slice(0, 10)} |
| Node | ${process.version} |
| Dovecot | ${dovecot} |
| seeds | ${seed} to ${seed + iterations - 1} |
${totalsOf(outcomes)
  .map(([name, count]) => `| ${name} | ${count} |\n`)
  .join('')}
To repeat it: \`npm run chaos -- --seed ${seed} --iterations ${iterations} --parallel ${parallel}\`. A single
iteration is repeated by its own seed: \`npm run chaos -- --seed N --iterations 1\`. Where a kill falls depends on the
machine's timing as well, so a failure may take a few repetitions.
${failed.length === 0 ? '' : `\nSeeds that failed: ${failed.join(', ')}.\n`}`
}

const settings = readSettings()
if (!liveServers().dovecot) throw new Error(liveServers().why)
const begun = performance.now()
const outcomes = await runAll(settings)
const done = { ...settings, iterations: outcomes.length }
const seconds = (performance.now() - begun) / 1000
for (const [name, count] of totalsOf(outcomes)) say(`${name}: ${count}`)
say(`seconds per iteration: ${(seconds / done.iterations).toFixed(1)}, ${settings.parallel} at a time`)
await writeFile(join(import.meta.dirname, 'chaos.md'), report(done, outcomes))
process.exitCode = outcomes.every(({ isClean }) => isClean) ? 0 : 1
