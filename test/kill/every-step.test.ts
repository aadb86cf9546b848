// A real SIGKILL before and after every effect of a run, and then of the run that resumes: nothing lost, nothing twice.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compileCache, type KillPlace, type Setting, sideBySide, withKillPlace } from './place.ts'

/** A run whose steps are killed, one process for each. */
interface Killed {
  readonly name: string
  /** The step at which an earlier run stopped. */
  readonly after?: string
  /** Steps that it must have, whatever else it has. */
  readonly has: readonly string[]
  /** Kills only at every so manieth step, where another setting has shown every single one. */
  readonly stride: number
}

const beforeAndAfter = (...names: string[]) => names.flatMap((name) => [`before ${name}`, `after ${name}`])

const moving = [
  ...beforeAndAfter('locking', 'login', 'listing', 'fetching', 'spooling the end', 'ensuring a folder', 'APPEND'),
  ...['first octets spooled', 'message fetched'],
  // Both outcomes of the ledger: nothing of the transaction is there, or all of it.
  ...beforeAndAfter('ledger begin', 'ledger settle'),
]
const removing = beforeAndAfter('DELE', 'ledger dele-sent', 'QUIT', 'ledger quit-sent')
const settling = beforeAndAfter('finding a folder', 'ledger settle')

const firstRun = { name: 'a first run', has: moving, stride: 1 }
const afterAppend = { name: 'the run after appends without an answer', after: 'after APPEND', has: settling, stride: 1 }
const afterRemoval = {
  name: 'the run after the removal',
  after: 'after QUIT',
  has: beforeAndAfter('ledger absent-confirmed'),
  stride: 1,
}

const settings: readonly (Setting & { readonly killed: readonly Killed[] })[] = [
  { appending: 'batch', leave: 'keep', killed: [firstRun, afterAppend] },
  { appending: 'single', leave: 'keep', killed: [{ ...firstRun, stride: 4 }] },
  { appending: 'batch', leave: 'delete', killed: [{ ...firstRun, stride: 3 }] },
  {
    appending: 'single',
    leave: 'delete',
    killed: [{ ...firstRun, has: [...moving, ...removing] }, { ...afterAppend, stride: 2 }, afterRemoval],
  },
]

const cache = compileCache()

/** One process, killed at this step; returns the step's name, or nothing where the run was over before. */
async function killAt(at: number, killed: Killed, place: KillPlace): Promise<string | undefined> {
  if (killed.after !== undefined) await place.stopHere(killed.after)
  const { wasKilled, step } = await place.run(at, cache).end
  const when = `killed at step ${at}, ${wasKilled ? step : 'none'}`
  place.assertNothingLost(when)
  await place.assertResumes(when)
  return wasKilled ? step : undefined
}

/** Kills at step after step until a process comes to its end; returns the steps' names. */
async function killAtEveryStep(killed: Killed, setting: Setting): Promise<ReadonlySet<string>> {
  const names = new Set<string>()
  let isOver = false
  function* numbers() {
    for (let at = 1; !isOver; at += killed.stride) yield at
  }
  await sideBySide(numbers(), async (at) => {
    const name = await withKillPlace(setting, (place) => killAt(at, killed, place))
    if (name === undefined) isOver = true
    else names.add(name)
  })
  return names
}

for (const { killed: runs, ...setting } of settings) {
  describe(`killed at every step: ${setting.appending} appends, leave: ${setting.leave}`, () => {
    for (const killed of runs) {
      test(killed.name, async () => {
        const names = await killAtEveryStep(killed, setting)
        const missed = killed.has.filter((name) => !names.has(name))
        if (killed.stride === 1) assert.deepEqual(missed, [], 'steps that were never reached')
        else assert.ok(names.size > 3)
      })
    }
  })
}
