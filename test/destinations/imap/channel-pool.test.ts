// The pool over scripted channels: surplus connections, failures to open, and closing at bad moments.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { MailhaulError } from '../../../src/core/errors.ts'
import type { AppendChannel } from '../../../src/destinations/imap/append-channel.ts'
import { ChannelPool } from '../../../src/destinations/imap/channel-pool.ts'
import { PoolGrowth } from '../../../src/destinations/imap/pool-growth.ts'
import { systemClock } from '../../../src/engine/clock.ts'
import { many, type Setup, setup } from './channel-setup.ts'

const { signal } = new AbortController()
const clock = { ...systemClock, monotonic: () => 0 }
const full = new MailhaulError({ code: 'throttled', scope: 'pair', retry: 'now', message: 'no more' })

/** A pool whose connections are opened by `open`, which is told how often it was asked before. */
function poolOf(connections: number | 'auto', open: (before: number) => Promise<Setup>) {
  const setups: Setup[] = []
  let asked = 0
  const growth = new PoolGrowth(connections)
  const pool = new ChannelPool({
    growth,
    clock,
    idle: 60_000,
    open: async () => {
      const opened = await open(asked++)
      setups.push(opened)
      return opened.channel
    },
  })
  const run = (work: (channel: AppendChannel) => Promise<string> = async () => 'done') =>
    pool.run({ signal, messages: 1, bytes: 1, work, unsent: (error) => error.code })
  return { pool, growth, setups, run }
}

const sendOne = (setups: readonly Setup[]) => async (channel: AppendChannel) => {
  const [answer] = (await setups.find((one) => one.channel === channel)?.send(many(1))) ?? []
  return answer?.kind ?? 'nothing'
}

describe('ChannelPool', () => {
  it('closes connections that have become too many', async () => {
    const { pool, growth, setups, run } = poolOf(3, async () => setup('LITERAL+'))
    const hold = Promise.withResolvers<string>()
    const held = Array.from({ length: 6 }, () => run(() => hold.promise))
    while (setups.length < 3) await nextTurn()
    growth.limit(1)
    hold.resolve('done')
    await Promise.all(held)
    const open = () => setups.filter(({ channel }) => !channel.ended).length
    while (open() > 1) await nextTurn()
    assert.equal(await run(), 'done')
    assert.equal(open(), 1)
    await pool.close()
    assert.equal(open(), 0)
  })

  it('gives one connection too many nothing more to do, however free it is', async () => {
    const { pool, growth, setups, run } = poolOf(2, async () => setup('LITERAL+'))
    const held: { readonly channel: AppendChannel; readonly end: (how: string) => void }[] = []
    const hold = (channel: AppendChannel) => {
      const { promise, resolve } = Promise.withResolvers<string>()
      held.push({ channel, end: resolve })
      return promise
    }
    const running = Array.from({ length: 4 }, () => run(hold))
    while (held.length < 4) await nextTurn()
    const [kept, surplus] = setups.map(({ channel }) => held.filter((one) => one.channel === channel))
    assert.deepEqual([kept?.length, surplus?.length], [2, 2])
    growth.limit(1)
    const waiting = run(hold)
    surplus?.[0]?.end('done')
    await Promise.race(running)
    await nextTurn()
    assert.equal(held.length, 4, 'it waits for the connection that stays')
    kept?.[0]?.end('done')
    while (held.length < 5) await nextTurn()
    assert.equal(held[4]?.channel, setups[0]?.channel)
    for (const { end } of held) end('done')
    await Promise.all([...running, waiting])
    while (!setups[1]?.channel.ended) await nextTurn()
    assert.equal(setups[0]?.channel.ended, undefined)
    await pool.close()
  })

  it('refuses what waits when no connection can be opened', async () => {
    const { pool, run } = poolOf(2, () => Promise.reject(full))
    assert.deepEqual(await Promise.all([run(), run(), run()]), ['throttled', 'throttled', 'throttled'])
    await pool.close()
  })

  it('does not keep a connection that was lost before anybody listened', async () => {
    const { pool, run } = poolOf(1, async () => {
      const opened = setup('LITERAL+')
      opened.channel.end(full)
      return opened
    })
    assert.equal(await run(), 'throttled')
    assert.equal(await run(), 'throttled')
    await pool.close()
  })

  it('goes on with fewer when one of several cannot be opened', async () => {
    const { pool, growth, run } = poolOf(2, async (before) => (before === 0 ? setup('LITERAL+') : Promise.reject(full)))
    assert.deepEqual(new Set(await Promise.all(Array.from({ length: 9 }, () => run()))), new Set(['done']))
    assert.equal(growth.target, 1)
    await pool.close()
  })

  describe('opened early', () => {
    const lost = new MailhaulError({ code: 'disconnected', scope: 'pair', retry: 'now', message: 'cut' })

    /** A pool that was told of much work, whose three connections are under way. */
    function underWay() {
      const opening: PromiseWithResolvers<Setup>[] = []
      const opened = poolOf('auto', () => {
        opening.push(Promise.withResolvers<Setup>())
        return opening.at(-1)?.promise ?? Promise.reject(lost)
      })
      opened.pool.prepare(100, signal)
      assert.deepEqual([opening.length, opened.growth.target], [3, 3])
      return { ...opened, opening }
    }

    it('those that fail say nothing of how many the server allows: later ones are tried', async () => {
      const { pool, growth, opening, run } = underWay()
      for (const one of opening) one.reject(lost)
      await nextTurn()
      assert.equal(growth.target, 3)
      const answers = Array.from({ length: 3 }, () => run())
      assert.equal(opening.length, 6)
      for (const one of opening) one.resolve(setup('LITERAL+'))
      assert.deepEqual(await Promise.all(answers), ['done', 'done', 'done'])
      await pool.close()
    })

    it('while the others are under way, none takes the place of one that failed', async () => {
      const { pool, opening, run } = underWay()
      const answers = Array.from({ length: 4 }, () => run())
      for (const one of opening.slice(0, 2)) {
        one.reject(lost)
        await nextTurn()
        answers.push(run())
      }
      assert.equal(opening.length, 3)
      opening[2]?.reject(lost)
      assert.deepEqual(new Set(await Promise.all(answers)), new Set(['disconnected']))
      assert.equal(opening.length, 3)
      await pool.close()
    })

    it('one that failed is tried once more when another one stands, and then shows how many the server allows', async () => {
      for (const isFirst of [true, false]) {
        const { pool, growth, opening, run } = underWay()
        const hold = Promise.withResolvers<string>()
        const answers = Array.from({ length: 9 }, () => run(() => hold.promise))
        const [one, other, third] = isFirst ? opening : opening.toReversed()
        if (isFirst) one?.reject(lost)
        await nextTurn()
        other?.resolve(setup('LITERAL+'))
        await nextTurn()
        if (!isFirst) one?.reject(lost)
        await nextTurn()
        assert.deepEqual([opening.length, growth.target], [4, 3])
        third?.resolve(setup('LITERAL+'))
        await nextTurn()
        opening[3]?.reject(lost)
        await nextTurn()
        assert.deepEqual([opening.length, growth.target], [4, 2])
        hold.resolve('done')
        await Promise.all(answers)
        await pool.close()
      }
    })

    it('those that the server calls too many are too many', async () => {
      const { pool, growth, opening } = underWay()
      opening[0]?.reject(full)
      await nextTurn()
      assert.equal(growth.target, 2)
      for (const one of opening) one.resolve(setup('LITERAL+'))
      await nextTurn()
      await pool.close()
    })
  })

  it('opens another one for what was not sent on a lost one', async () => {
    const { pool, setups, run } = poolOf(1, async (before) =>
      setup('LITERAL+', before === 0 ? { answer: () => '* BYE Too many connections\r\n' } : {}),
    )
    assert.equal(await run(sendOne(setups)), 'unknown')
    assert.equal(await run(sendOne(setups)), 'stored')
    assert.equal(setups.length, 2)
    await pool.close()
  })

  it('drops a connection at closing that still has something to say', async () => {
    const { pool, setups, run } = poolOf(1, async () => setup('LITERAL+', { answer: () => undefined }))
    const answer = run(sendOne(setups))
    while (setups[0]?.peer.commands.length !== 1) await nextTurn()
    await pool.close()
    assert.equal(await answer, 'unknown')
    assert.equal(await run(), 'interrupted')
  })

  it('keeps no connection that was still being opened at closing', async () => {
    const late = Promise.withResolvers<Setup>()
    const { pool, run } = poolOf(1, () => late.promise)
    const answer = run()
    await pool.close()
    assert.equal(await answer, 'interrupted')
    const opened = setup('LITERAL+')
    late.resolve(opened)
    while (!opened.channel.ended) await nextTurn()
  })
})
