// How the last run of each pair ended: read at once, for there may be ten thousand pairs.
import { type LastRun, lastRunHabit, parseLastRun } from '../core/last-run.ts'
import { integer, optional, text } from './rows.ts'
import { openConnection } from './sqlite.ts'

const query = `
  SELECT pair.name, run.id, run.finished_at, habit.value
  FROM (SELECT max(id) AS id FROM run GROUP BY pair) AS last JOIN run ON run.id = last.id
    JOIN pair ON pair.id = run.pair LEFT JOIN habit ON habit.pair = pair.id AND habit.name = ?`

/** By the pair's name; one that never had a run is not there. Errors: those of `openLedger`. */
export function readLastRuns(path: string): ReadonlyMap<string, LastRun> {
  const connection = openConnection({ path, readOnly: true, rehearsal: undefined })
  try {
    return connection.read(() => {
      const ends = new Map<string, LastRun>()
      for (const [name, run, finishedAt, value] of connection.prepare(query).rows(lastRunHabit)) {
        ends.set(text(name), parseLastRun(optional(value ?? null, text), integer(run), finishedAt !== null))
      }
      return ends
    })
  } finally {
    connection.close()
  }
}
