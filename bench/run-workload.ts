// Runs one workload: its contestants take turns, so that whatever else the machine does falls on all of them alike.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Contestant, Round, Tools } from './contestants/contestant.ts'
import { Ground } from './ground.ts'
import type { Run, Standing, WorkloadResult } from './results.ts'
import type { Workload } from './workloads.ts'

/** What a run of the benchmark needs to know. */
export interface RunSettings {
  readonly runs: number
  readonly tools: Tools
  readonly say: (text: string) => void
}

interface OpenStanding extends Standing {
  readonly runs: Run[]
  readonly failures: string[]
}

/** Runs every contestant `runs` times. One that fails is told of and left out from then on. */
export async function runWorkload(
  workload: Workload,
  all: readonly Contestant[],
  settings: RunSettings,
): Promise<WorkloadResult> {
  const { runs, tools, say } = settings
  const invited = all.filter(({ name }) => workload.contestants.includes(name))
  const ground = await Ground.lay(workload, invited.length * runs)
  const standings = invited.map((contestant): [Contestant, OpenStanding] => {
    const absence = contestant.absence(tools)
    return [contestant, { contestant: contestant.name, runs: [], failures: absence === undefined ? [] : [absence] }]
  })
  // What is left in the temporary directory otherwise may be a gigabyte.
  const quit = () => void ground.stop().finally(() => process.exit(130))
  process.once('SIGINT', quit).once('SIGTERM', quit)
  try {
    const run = workload.isSettled ? runSettled : runFresh
    for (const [contestant, standing] of standings)
      if (standing.failures.length > 0) say(`  ${contestant.name}: ${standing.failures}`)
    await run(ground, standings, settings)
    const date = new Date().toISOString().slice(0, 10)
    return {
      ...{ name: workload.name, title: workload.title, date, ...ground.amount },
      standings: standings.map(([, standing]) => standing),
    }
  } finally {
    process.off('SIGINT', quit).off('SIGTERM', quit)
    await ground.stop()
  }
}

/** Every run fills an empty account. */
async function runFresh(
  ground: Ground,
  standings: readonly [Contestant, OpenStanding][],
  settings: RunSettings,
): Promise<void> {
  for (let turn = 0; turn < settings.runs; turn++) {
    for (const [contestant, standing] of standings) {
      if (standing.failures.length > 0) continue
      const round = await ground.newRound(contestant.isSampled)
      await runOnce(ground, contestant, standing, round, settings)
      await ground.clear(round)
    }
  }
}

/** The first run of each contestant settles everything and does not count. */
async function runSettled(
  ground: Ground,
  standings: readonly [Contestant, OpenStanding][],
  settings: RunSettings,
): Promise<void> {
  for (const [contestant, standing] of standings) {
    if (standing.failures.length > 0) continue
    const round = await ground.newRound(contestant.isSampled)
    await contestant.run(round, settings.tools).catch((error: unknown) => standing.failures.push(String(error)))
    for (let turn = 0; turn < settings.runs && standing.failures.length === 0; turn++)
      await runOnce(ground, contestant, standing, round, settings)
  }
}

async function runOnce(
  ground: Ground,
  contestant: Contestant,
  standing: OpenStanding,
  round: Round,
  { tools, say }: RunSettings,
): Promise<void> {
  try {
    // What the one before has left to be written is not charged to this one.
    await promisify(execFile)('sync')
    const measured = await contestant.run(round, tools)
    const found = await ground.look(round)
    standing.runs.push({ ...measured, ...found })
    const rate = Math.round(found.expected / measured.seconds)
    const megabytes = Math.round(measured.peakBytes / 2 ** 20)
    say(
      `  ${contestant.name}: ${measured.seconds.toFixed(2)} s, ${rate} msg/s, CPU ${measured.cpuSeconds.toFixed(2)} s, ` +
        `peak ${megabytes} MB, ${found.identical} of ${found.expected} identical`,
    )
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    standing.failures.push(reason)
    say(`  ${contestant.name}: ${reason}`)
  }
}
