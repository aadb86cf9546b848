// When more connections are tried, kept and given up, by the speed measured.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PoolGrowth } from '../../../src/destinations/imap/pool-growth.ts'

/** Lets batches be answered for some seconds of work at so many messages per second. */
function work(growth: PoolGrowth, from: number, perSecond: number, isBusy = true): number {
  let now = from
  for (let batch = 0; batch < 40; batch++) {
    const target = growth.target
    growth.note(now, { messages: 50, bytes: 50 * 8192 }, isBusy)
    now += (50 / perSecond) * 1000
    if (growth.target !== target) {
      growth.restart()
      return now
    }
  }
  return now
}

function targetsAt(...speeds: readonly number[]): readonly number[] {
  return targetsOf(new PoolGrowth('auto'), speeds)
}

function targetsOf(growth: PoolGrowth, speeds: readonly number[]): readonly number[] {
  let now = 0
  return speeds.map((speed) => {
    now = work(growth, now, speed)
    return growth.target
  })
}

describe('PoolGrowth', () => {
  it('goes on as long as each connection brings more', () => {
    assert.deepEqual(targetsAt(100, 180, 250, 320, 320), [2, 3, 4, 4, 4])
  })

  it('takes back a connection that brings nothing, and leaves it at that', () => {
    assert.deepEqual(targetsAt(100, 180, 185, 400, 800), [2, 3, 2, 2, 2])
  })

  it('goes back to one where two are slower', () => {
    assert.deepEqual(targetsAt(321, 153, 321, 900), [2, 1, 1, 1])
  })

  it('begins with several where there is much to do, and finds out whether fewer would do as well', () => {
    const expecting = (batches: number, connections: number) => {
      const growth = new PoolGrowth('auto')
      growth.expect(batches)
      assert.equal(growth.target, connections)
      return growth
    }
    assert.deepEqual(targetsOf(expecting(8, 2), [180, 250, 320]), [3, 4, 4])
    assert.deepEqual(targetsOf(expecting(8, 2), [180, 185, 100, 900]), [3, 1, 2, 2], 'two are worth it')
    assert.deepEqual(targetsOf(expecting(8, 2), [153, 150, 321, 900]), [3, 1, 1, 1], 'two are slower')
    assert.deepEqual(targetsOf(expecting(100, 3), [250, 255, 180, 900]), [4, 2, 3, 3], 'three are worth it')
    assert.deepEqual(targetsOf(expecting(100, 3), [250, 255, 245, 180, 900]), [4, 2, 1, 2, 2], 'two do as well')
    assert.deepEqual(targetsOf(expecting(100, 3), [150, 150, 200, 321, 900]), [4, 2, 1, 1, 1], 'one is fastest')
    expecting(7, 1)
  })

  it('finds nothing out while the source is what is slow', () => {
    const growth = new PoolGrowth('auto')
    work(growth, 0, 1000, false)
    assert.equal(growth.target, 1)
  })

  it('does not count a stretch with a pause in it', () => {
    const growth = new PoolGrowth('auto')
    for (let batch = 0; batch < 100; batch++) {
      growth.note(batch * 1000, { messages: 50, bytes: 1 }, batch % 7 !== 0)
    }
    assert.equal(growth.target, 1)
  })

  it('needs more than one quick batch', () => {
    const growth = new PoolGrowth('auto')
    growth.note(0, { messages: 1, bytes: 1 }, true)
    growth.note(10_000, { messages: 1, bytes: 1 }, true)
    assert.equal(growth.target, 1)
  })

  it('never asks again for what the server has refused', () => {
    const growth = new PoolGrowth('auto')
    work(growth, 0, 100)
    growth.limit(1)
    work(growth, 100_000, 5000)
    assert.equal(growth.target, 1)
    growth.limit(0)
    assert.equal(growth.target, 1)
  })

  it('takes a fixed number as it is', () => {
    const growth = new PoolGrowth(6)
    work(growth, 0, 100)
    assert.equal(growth.target, 6)
    growth.limit(2)
    assert.equal(growth.target, 2)
  })
})
