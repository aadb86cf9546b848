// A disk that is full, at whatever moment: what returned is kept, what threw has left no trace, and it says so.
import assert from 'node:assert/strict'
import { mkdtempSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openLedger } from '../../src/ledger/index.ts'
import { account, copiedTo, intentOf, isError, keyOf, StillClock } from '../contracts/ledger-samples.ts'
import { fillDisk, mountSmallDisk, noSmallDisk, unmountSmallDisk, writePages } from './small-disk.ts'

const clock = new StillClock()
const isFull = isError('disk-full', 'run', /no room left for the ledger/)
const skip = noSmallDisk

/** Mounts a disk of one megabyte for as long as `work` lasts; skips the test where that is forbidden even to root. */
function onSmallDisk(t: TestContext, work: (directory: string) => void, options = 'size=1m'): void {
  const directory = mkdtempSync(join(tmpdir(), 'mailhaul-disk-'))
  if (!mountSmallDisk(directory, options)) {
    rmdirSync(directory)
    t.skip('mounting is not allowed here')
    return
  }
  try {
    work(directory)
  } finally {
    unmountSmallDisk(directory)
    rmdirSync(directory)
  }
}

test('a batch that finds no room is not there at all, and the ledger goes on when there is room', { skip }, (t) => {
  onSmallDisk(t, (directory) => {
    const ledger = openLedger({ path: join(directory, 'state', 'ledger.db'), clock })
    const book = ledger.open('alice', account)
    const empty = fillDisk(directory, 60)
    const batch = (at: number) => Array.from({ length: 50 }, (_, n) => copiedTo(at * 50 + n + 1, at * 50 + n))
    let settled = 0
    const settleOn = () => {
      for (;;) {
        book.settle(batch(settled))
        settled += 1
      }
    }
    assert.throws(settleOn, isFull)
    assert.ok(settled > 0)
    assert.equal(book.known().size, settled * 50)
    assert.throws(settleOn, isFull)
    empty()
    book.settle(batch(settled))
    assert.equal(book.known().size, (settled + 1) * 50)
    ledger.close()
  })
})

test('with little room left, every step either is done or leaves no trace', { skip }, (t) => {
  onSmallDisk(t, (directory) => {
    const path = join(directory, 'ledger.db')
    const ends = new Set<Step>()
    for (let room = 0; room <= 60; room += 1) {
      const before = openLedger({ path, clock })
      before.open('alice', account).settle([copiedTo(1, 1)])
      before.close()
      const empty = fillDisk(directory, room)
      const done = workWith(path)
      ends.add(done)
      empty()
      const after = openLedger({ path, clock })
      const known = after.read('alice').known()
      const expected = { opened: undefined, nothing: undefined, begun: 'begun', settled: 'settled' }[done]
      assert.deepEqual([known.get(keyOf(1))?.state, known.get(keyOf(2))?.state], ['settled', expected])
      after.close()
      for (const file of ['', '-wal', '-shm']) rmSync(`${path}${file}`, { force: true })
    }
    assert.deepEqual([...ends].sort(), ['begun', 'nothing', 'opened', 'settled'], 'the disk was full at every step')
  })
})

type Step = 'nothing' | 'opened' | 'begun' | 'settled'

/** Opens, begins, settles and closes; returns the last step that was done. Anything but a full disk is a failure. */
function workWith(path: string): Step {
  let done: Step = 'nothing'
  const untilFull = (work: () => void) => {
    try {
      work()
    } catch (thrown) {
      assert.ok(isFull(thrown))
    }
  }
  untilFull(() => {
    const ledger = openLedger({ path, clock })
    untilFull(() => {
      const book = ledger.open('alice', account)
      done = 'opened'
      book.begin([intentOf(2)])
      done = 'begun'
      book.settle([copiedTo(2, 2)])
      done = 'settled'
    })
    ledger.close()
  })
  return done
}

test('a new ledger on a full disk says so, and a later try finds nothing in its way', { skip }, (t) => {
  onSmallDisk(t, (directory) => {
    const path = join(directory, 'ledger.db')
    for (const room of [0, 1, 4, 9, 12]) {
      const empty = fillDisk(directory, room)
      assert.throws(() => openLedger({ path, clock }), isFull, `${room} pages`)
      empty()
    }
    const ledger = openLedger({ path, clock })
    assert.equal(ledger.open('alice', account).known().size, 0)
    ledger.close()
  })
})

test('a disk that takes no more files is a full disk too', { skip }, (t) => {
  const work = (directory: string) => {
    const path = join(directory, 'ledger.db')
    openLedger({ path, clock }).close()
    const fillers = Array.from({ length: 20 }, (_, n) => join(directory, `filler-${n}`))
    for (const filler of fillers) writePages(filler, 0)
    assert.throws(() => openLedger({ path, clock }), isFull)
    for (const filler of fillers) rmSync(filler, { force: true })
    openLedger({ path, clock }).close()
  }
  onSmallDisk(t, work, 'size=1m,nr_inodes=8')
})
