// One process at a time renews a sign-in: a lock that the system lets go of when its holder dies (quirk D16).
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { prepareDirectory } from './directory.ts'
import { lockTimedOut, storeError } from './errors.ts'

/** A renewal ends within half of this, or not at all. Milliseconds. */
const longestWait = 90_000
const step = 25

/** Does the work while nobody else has the lock. Errors: temporary, where it is never free; secret; the work's own. */
export async function exclusively<T>(path: string, who: string, work: () => Promise<T>): Promise<T> {
  await prepareDirectory(dirname(path))
  const database = await openLock(path)
  try {
    for (let waited = 0; !isTaken(database); waited += step) {
      if (waited >= longestWait) throw lockTimedOut(who)
      await delay(step)
    }
    return await work()
  } finally {
    // Closing gives the lock back; the file stays empty.
    database.close()
  }
}

async function openLock(path: string): Promise<DatabaseSync> {
  const { O_WRONLY, O_CREAT, O_NOFOLLOW } = constants
  try {
    // SQLite would follow a link; nobody else can put one here between these two steps.
    await (await open(path, O_WRONLY | O_CREAT | O_NOFOLLOW, 0o600)).close()
    return new DatabaseSync(path, { timeout: 0 })
  } catch (cause) {
    const isLink = cause instanceof Error && 'code' in cause && cause.code === 'ELOOP'
    const [reason, hint] = isLink
      ? ['is a link, which is not followed', 'Remove it.']
      : ['cannot be opened', 'Check who may write there.']
    throw storeError(`The lock ${path} ${reason}.`, hint, cause)
  }
}

const busy = 5

/** SQLite locks files in every system's own way, and a lock ends with its process. */
function isTaken(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (thrown) {
    if (thrown instanceof Error && 'errcode' in thrown && thrown.errcode === busy) return false
    throw storeError('The lock of the sign-in cannot be taken.', 'Check the file system it lies on.', thrown)
  }
}
