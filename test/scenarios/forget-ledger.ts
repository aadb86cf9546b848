// A ledger that is gone: what happens to people who lose their state directory.
import { rm } from 'node:fs/promises'

/** Deletes a ledger and whatever SQLite keeps beside it. */
export async function forgetLedger(path: string): Promise<void> {
  for (const ending of ['', '-wal', '-shm']) await rm(`${path}${ending}`, { force: true })
}
