// How many messages go into a batch, by what the server has taken for those before.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BatchSize } from '../../../src/destinations/imap/batch-size.ts'

/** The count after so many batches of that count, at so many milliseconds per message. */
function after(batches: number, perMessage: number, size = new BatchSize()): number {
  for (let batch = 0; batch < batches; batch += 1) {
    const { count } = size
    size.note(count, count * perMessage)
  }
  return size.count
}

describe('BatchSize', () => {
  it('begins with fifty', () => assert.equal(new BatchSize().count, 50))

  it('grows where the server is fast, up to two hundred', () => {
    assert.equal(after(1, 5), 100)
    assert.equal(after(1, 0.5), 200)
    assert.equal(after(1, 0), 200)
  })

  it('shrinks where it is slow, down to five', () => {
    assert.equal(after(1, 20), 25)
    assert.equal(after(4, 1000), 5)
  })

  it('follows a server that changes its mind, and is not carried away by one message', () => {
    const size = new BatchSize()
    after(3, 5, size)
    size.note(1, 100)
    assert.ok(size.count >= 70, `${size.count} after one slow message`)
    assert.equal(after(10, 50, size), 10)
    assert.equal(after(60, 5, size), 100)
  })
})
