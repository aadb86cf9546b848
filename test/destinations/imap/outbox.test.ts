// What goes into the outbox comes out of the socket: all of it, once, in order, in few writes.
import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Outbox } from '../../../src/destinations/imap/outbox.ts'

/** Takes what it is given only when `release` is called, so that bytes overwritten too early would show. */
class SlowSocket extends Writable {
  readonly taken: Buffer[] = []
  #release: (() => void) | undefined

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#release = () => {
      this.taken.push(Buffer.from(chunk))
      done()
    }
  }

  async releaseAll(): Promise<void> {
    while (await this.releaseOne());
  }

  /** Lets one write go; false when there was none. */
  async releaseOne(): Promise<boolean> {
    const release = this.#release
    this.#release = undefined
    release?.()
    await new Promise((resolve) => setImmediate(resolve))
    return release !== undefined
  }
}

describe('Outbox', () => {
  it('holds back until it is flushed, and knows what has gone', async () => {
    const socket = new SlowSocket()
    const outbox = new Outbox(socket)
    outbox.text('a')
    outbox.text('b')
    assert.deepEqual([outbox.position, outbox.handed, socket.writableLength], [2, 0, 0])
    outbox.flush()
    outbox.text('c')
    assert.deepEqual([outbox.position, outbox.handed, socket.writableLength], [3, 2, 2])
    outbox.flush()
    outbox.flush()
    await socket.releaseAll()
    assert.deepEqual(socket.taken.map(String), ['ab', 'c'])
  })

  it('copies: the caller may reuse its bytes at once', async () => {
    const socket = new SlowSocket()
    const outbox = new Outbox(socket)
    const bytes = Buffer.from('hello')
    outbox.bytes(bytes)
    bytes.fill(0)
    outbox.flush()
    await socket.releaseAll()
    assert.equal(Buffer.concat(socket.taken).toString(), 'hello')
  })

  it('passes on everything in order, however slow the socket', async () => {
    const pieces = fc.array(
      fc.record({ size: fc.oneof(fc.nat(2000), fc.nat(600_000)), next: fc.constantFrom('flush', 'release', 'go on') }),
      { maxLength: 12 },
    )
    await fc.assert(
      fc.asyncProperty(pieces, async (all) => {
        const socket = new SlowSocket()
        const outbox = new Outbox(socket)
        const sent = all.map(({ size }, at) => Buffer.alloc(size, at + 1))
        for (const [at, { next }] of all.entries()) {
          outbox.bytes(sent[at] ?? Buffer.alloc(0))
          if (next === 'flush') outbox.flush()
          if (next === 'release') await socket.releaseOne()
        }
        outbox.flush()
        assert.equal(outbox.handed, outbox.position)
        await socket.releaseAll()
        assert.ok(Buffer.concat(socket.taken).equals(Buffer.concat(sent)))
      }),
      { numRuns: 50 },
    )
  })
})
