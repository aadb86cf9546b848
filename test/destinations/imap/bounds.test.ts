// Endless and endlessly slow IMAP servers: every wait has an end, every buffer a bound (D10, D11, B02).
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ManualClock } from '../../sources/pop3/manual-clock.ts'
import { kinds, many, mega, outgoing, setup, streamed } from './channel-setup.ts'
import { all, openAccount } from './open-account.ts'

const minute = 60_000

/** Lets time pass until the work is done; returns how much it took. */
async function passUntil(clock: ManualClock, work: Promise<unknown>, step = 1000): Promise<number> {
  let isOver = false
  const over = () => {
    isOver = true
  }
  work.then(over, over)
  const start = clock.monotonic()
  while (!isOver) {
    for (let turn = 0; turn < 5 && !isOver; turn++) await nextTurn()
    if (!isOver) await clock.advance(step)
  }
  return clock.monotonic() - start
}

describe('the answer to an append (B02)', () => {
  it('may take nine minutes', async () => {
    const clock = new ManualClock()
    const { peer, send } = setup('LITERAL+', { answer: () => undefined }, { append: 10 * minute }, clock)
    const answers = send(many(1))
    while (peer.commands.length < 1) await nextTurn()
    await clock.advance(9 * minute)
    peer.say('M1 OK done\r\n')
    assert.equal(kinds(await answers), 'stored')
  })

  it('is given up after ten, and nobody knows what became of the message', async () => {
    const clock = new ManualClock()
    const { peer, send } = setup('LITERAL+', { answer: () => undefined }, { append: 10 * minute }, clock)
    const answers = send(many(1))
    while (peer.commands.length < 1) await nextTurn()
    const took = await passUntil(clock, answers, minute)
    assert.ok(took >= 10 * minute && took <= 11 * minute, `${took / minute} minutes`)
    assert.equal(kinds(await answers), 'unknown')
  })

  it('is waited for as long as the size allows for, and no longer, however slowly the server reads', async () => {
    const clock = new ManualClock()
    const { peer, habits, send } = setup('LITERAL+', {}, { append: 10 * minute }, clock)
    const message = streamed(80 * mega)
    habits.largestTaken = message.size
    peer.goDeaf()
    const answers = send([{ message, flags: [], internalDate: 0 }])
    const drip = async () => {
      for (let sip = 0; sip < 3; sip++) {
        peer.listen()
        peer.goDeaf()
        await clock.advance(minute)
      }
    }
    while (message.made === 0) await nextTurn()
    await drip()
    const took = await passUntil(clock, answers, minute)
    const allowed = 10 * minute + (message.size / 8192) * 1000
    assert.ok(took <= allowed, `${took / minute} minutes`)
    assert.equal(kinds(await answers), 'unsent')
  })

  it('is not waited for while the server talks of other things without end', async () => {
    const { peer, channel, send } = setup('LITERAL+', { answer: () => undefined })
    const answers = send([outgoing('x')])
    while (peer.commands.length < 1) await nextTurn()
    const chatter = '* 1 EXISTS\r\n'.repeat(10_000)
    let said = 0
    for (; !channel.ended && said < 64 * mega; said += chatter.length) {
      peer.say(chatter)
      await nextTurn()
    }
    const [answer] = await answers
    assert.ok(answer?.kind === 'unknown')
    assert.match(answer.error.message, /talk without end/)
    assert.ok(said < 20 * mega)
  })
})

describe('an answer without end', () => {
  const flood = (line: string) => line.repeat(Math.ceil(150_000 / line.length))

  it('to a question about folders', async (t) => {
    const clock = new ManualClock()
    const { server, destination, signal } = await openAccount(t, { destination: { clock, largestAnswer: 100_000 } })
    await destination.facts(signal)
    const lines = flood('* LIST () "/" "again and again"\r\n')
    server.faults = { script: (verb) => (verb === 'LIST' ? lines : undefined) }
    const finding = destination.find('Archive', signal)
    const refused = assert.rejects(finding, { code: 'protocol', message: /does not stop talking/ })
    await server.waitFor('LIST', 1)
    await passUntil(clock, finding)
    await refused
  })

  it('to a question about sizes', async (t) => {
    const clock = new ManualClock()
    const { server, destination, signal } = await openAccount(t, { destination: { clock, largestAnswer: 100_000 } })
    server.seed('alice', 'INBOX', [{ bytes: Buffer.from('a') }])
    const folder = await destination.ensure('INBOX', signal)
    const lines = flood('* 1 FETCH (UID 1 RFC822.SIZE 1)\r\n')
    server.faults = { script: (verb) => (verb === 'UID FETCH' ? lines : undefined) }
    const reading = all(destination.sizes(folder, 1, signal))
    const refused = assert.rejects(reading, { code: 'protocol', message: /does not stop talking/ })
    await server.waitFor('UID FETCH', 1)
    await passUntil(clock, reading)
    await refused
  })

  it('that repeats itself says everything once', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    server.seed('alice', 'INBOX', [{ bytes: Buffer.from('a') }])
    const folder = await destination.ensure('INBOX', signal)
    const lines = `${flood('* 1 FETCH (UID 1 RFC822.SIZE 1)\r\n')}{tag} OK done\r\n`
    server.faults = { script: (verb) => (verb === 'UID FETCH' ? lines : undefined) }
    assert.deepEqual(await all(destination.sizes(folder, 1, signal)), [{ uid: 1, size: 1 }])
  })

  it('to the login: the line that never ends', async (t) => {
    const greeting = { raw: `* OK ${'x'.repeat(5 * mega)}` }
    const { destination, signal } = await openAccount(t, { server: { faults: { greeting } } })
    await assert.rejects(destination.facts(signal), { name: 'MailhaulError' })
  })
})

it('a question that is answered a little at a time has an hour', async (t) => {
  const clock = new ManualClock()
  const { server, destination, signal } = await openAccount(t, { destination: { clock } })
  await destination.facts(signal)
  server.faults = { script: (verb) => (verb === 'LIST' ? '* LIST () "/" "a"\r\n' : undefined) }
  const finding = destination.find('Archive', signal)
  const refused = assert.rejects(finding, { code: 'timeout' })
  await server.waitFor('LIST', 1)
  assert.ok((await passUntil(clock, finding, minute)) <= 61 * minute)
  await refused
})
