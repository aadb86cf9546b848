// Making the ledger's log durable: many share one wait, and nobody is told before what he wrote is on the disk.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { LogSync } from '../../src/ledger/log-sync.ts'

interface Disk {
  readonly log: LogSync
  /** How each flush of the file ends, in the order they were begun. */
  readonly flushes: PromiseWithResolvers<void>[]
}

function openDisk(t: TestContext): Disk {
  const directory = mkdtempSync(join(tmpdir(), 'mailhaul-log-'))
  const path = join(directory, 'ledger.db-wal')
  writeFileSync(path, '')
  const flushes: PromiseWithResolvers<void>[] = []
  const log = new LogSync(path, () => {
    const flush = Promise.withResolvers<void>()
    flushes.push(flush)
    return flush.promise
  })
  t.after(() => {
    log.close()
    rmSync(directory, { recursive: true })
  })
  return { log, flushes }
}

async function begun({ flushes }: Disk, count: number): Promise<PromiseWithResolvers<void>> {
  while (flushes.length < count) await turn()
  const last = flushes[count - 1]
  assert.ok(last)
  return last
}

describe('LogSync', () => {
  it('lets those who come together share one flush, and those who come later another one', async (t) => {
    const disk = openDisk(t)
    const told: string[] = []
    const wait = (name: string) => disk.log.flush().then(() => told.push(name))
    const all = [wait('a'), wait('b')]
    const first = await begun(disk, 1)
    // The first flush may have begun before these wrote.
    all.push(wait('c'), wait('d'))
    first.resolve()
    const second = await begun(disk, 2)
    assert.deepEqual(told, ['a', 'b'])
    second.resolve()
    await Promise.all(all)
    assert.deepEqual(told, ['a', 'b', 'c', 'd'])
    assert.equal(disk.flushes.length, 2)
  })

  it('vouches for nothing any more once a flush has failed: the system may have forgotten what it could not write', async (t) => {
    const disk = openDisk(t)
    const lost = assert.rejects(disk.log.flush(), /the disk is gone/)
    const first = await begun(disk, 1)
    const later = assert.rejects(disk.log.flush(), /the disk is gone/)
    first.reject(new Error('the disk is gone'))
    await lost
    await later
    await assert.rejects(disk.log.flush(), /the disk is gone/)
    assert.equal(disk.flushes.length, 1)
  })

  it('flushes nothing once it is closed', async (t) => {
    const disk = openDisk(t)
    const under = disk.log.flush()
    const first = await begun(disk, 1)
    const behind = assert.rejects(disk.log.flush(), /closed/)
    disk.log.close()
    first.resolve()
    await under
    await behind
    await assert.rejects(disk.log.flush(), /closed/)
  })

  it('tells of a log that cannot be opened', () => {
    assert.throws(() => new LogSync('/nowhere/ledger.db-wal'), { code: 'ENOENT' })
  })
})
