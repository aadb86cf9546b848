// One upload connection cut off, left waiting, or talked to by a server that does not keep to the rules.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { interrupted } from '../../../src/core/errors.ts'
import { internalDate, kinds, many, mega, outgoing, setup, streamed } from './channel-setup.ts'

describe('AppendChannel: lost connections', () => {
  it('knows nothing of what it has sent, and that the rest was not sent', async () => {
    const { peer, channel, send } = setup('LITERAL+', { answer: () => undefined })
    const answers = send(many(20))
    while (peer.commands.length < 16) await nextTurn()
    peer.hangUp()
    const all = await answers
    assert.equal(kinds(all), `${'unknown '.repeat(16)}${'unsent '.repeat(4)}`.trim())
    const [first] = all
    assert.ok(first?.kind === 'unknown' && first.error.code === 'append-unknown' && first.error.retry === 'now')
    const last = all.at(-1)
    assert.ok(last?.kind === 'unsent' && last.error.code === 'disconnected')
    assert.ok(channel.ended)
  })

  it('a message cut off inside its literal is unsent', async () => {
    const { peer, send } = setup('LITERAL+')
    const message = streamed(mega)
    peer.goDeaf()
    const answers = send([outgoing('whole'), { message, flags: [], internalDate }])
    while (message.made === 0) await nextTurn()
    peer.hangUp()
    assert.equal(kinds(await answers), 'unknown unsent')
  })

  it('a message cut off before its literal is unsent', async () => {
    const { peer, send } = setup('IMAP4rev1', { invite: () => undefined })
    const answers = send(many(2))
    while (peer.socket.readableFlowing !== true) await nextTurn()
    await nextTurn()
    peer.hangUp()
    assert.equal(kinds(await answers), 'unsent unsent')
  })

  it('what was answered before stays answered', async () => {
    const { peer, send } = setup('LITERAL+', {
      answer: (_, number) => (number === 1 ? '{tag} OK [APPENDUID 9 1]\r\n' : undefined),
    })
    const answers = send(many(2))
    while (peer.commands.length < 2) await nextTurn()
    peer.hangUp()
    assert.equal(kinds(await answers), 'stored unknown')
  })

  it('BYE ends it, with the reason', async () => {
    const { peer, send } = setup('LITERAL+', { answer: () => '* BYE [UNAVAILABLE] Shutting down\r\n' })
    const [answer] = await send(many(1))
    assert.ok(answer?.kind === 'unknown')
    assert.match(answer.error.message, /Shutting down/)
    assert.equal(peer.commands.length, 1)
  })

  it('a silent server is given up', async () => {
    const { send } = setup('LITERAL+', { answer: () => undefined }, { append: 20, logout: 20 })
    const [answer] = await send(many(1))
    assert.ok(answer?.kind === 'unknown')
    assert.match(answer.error.message, /left an append unanswered/)
  })

  it('a server that does not say goodbye is left', async () => {
    const { peer, channel } = setup('LITERAL+', {}, { append: 60_000, logout: 20 })
    peer.goDeaf()
    await channel.close()
    assert.ok(channel.ended)
  })

  it('an error of the socket ends it', async () => {
    const { peer, send } = setup('LITERAL+', { answer: () => undefined })
    const answers = send(many(1))
    while (peer.commands.length < 1) await nextTurn()
    peer.socket.destroy(new Error('read ECONNRESET'))
    assert.equal(kinds(await answers), 'unknown')
  })

  it('nothing is sent on a channel that has ended', async () => {
    const { peer, channel, send } = setup('LITERAL+')
    await channel.close()
    assert.equal(kinds(await send(many(1))), 'unsent')
    assert.equal(peer.commands.length, 0)
  })

  it('a message that is shorter than it was ends it before the command is complete', async () => {
    const { peer, send } = setup('LITERAL+')
    const short = { ...streamed(1000), size: 1001 }
    const [first, second] = await send([{ message: short, flags: [], internalDate }, outgoing('next')])
    assert.ok(first?.kind === 'unsent' && first.error.code === 'spool')
    assert.equal(second?.kind, 'unsent')
    assert.equal(peer.commands.length, 0)
  })

  it('what was written but had not left yet is unsent', async () => {
    const { peer, send } = setup('LITERAL+')
    const broken = {
      ...streamed(1000),
      chunks: (): AsyncIterable<Uint8Array> => {
        throw new Error('no such file')
      },
    }
    const answers = await send([outgoing('complete'), { message: broken, flags: [], internalDate }])
    assert.equal(kinds(answers), 'unsent unsent')
    assert.equal(peer.commands.length, 0)
  })

  it('a message that cannot be read ends it with its own error', async () => {
    const { send } = setup('LITERAL+')
    const broken = {
      ...streamed(1000),
      chunks: async function* () {
        yield Buffer.alloc(10)
        throw new Error('disk on fire')
      },
    }
    const [answer] = await send([{ message: broken, flags: [], internalDate }])
    assert.ok(answer?.kind === 'unsent')
    assert.match(answer.error.message, /disk on fire/)
  })
})

describe('AppendChannel: servers that do not keep to the rules', () => {
  for (const [what, text] of [
    ['asks for a literal that nobody announced', '+ more\r\n'],
    ['answers a tag that was never sent', 'M77 OK done\r\n'],
    ['says something that is no reply', 'hello\r\n'],
    ['never ends a line', 'x'.repeat(70_000)],
  ] as const) {
    it(`is left when it ${what}`, async () => {
      const { peer, channel, send } = setup('LITERAL+', { answer: () => undefined })
      const answers = send(many(1))
      while (peer.commands.length < 1) await nextTurn()
      peer.say(text)
      const [answer] = await answers
      assert.ok(answer?.kind === 'unknown')
      assert.ok(answer.error.cause instanceof Error && 'code' in answer.error.cause)
      assert.equal(answer.error.cause.code, 'protocol')
      assert.ok(channel.ended)
    })
  }

  it('is not believed when it accepts a message before it has it', async () => {
    const { send } = setup('IMAP4rev1', { invite: () => '{tag} OK [APPENDUID 9 1] thanks\r\n' })
    const [answer] = await send(many(1))
    assert.ok(answer?.kind === 'unsent')
    assert.equal(answer.error.code, 'protocol')
  })
})

describe('AppendChannel: memory', () => {
  it('holds little of a large message while the server does not read', async () => {
    const { peer, channel, habits, send } = setup('LITERAL+')
    const message = streamed(80 * mega)
    habits.largestTaken = message.size
    peer.goDeaf()
    const answers = send([{ message, flags: [], internalDate }])
    for (let before = -1; message.made !== before; ) {
      before = message.made
      for (let turn = 0; turn < 20; turn++) await nextTurn()
    }
    assert.ok(message.made > 0 && message.made <= mega, `${message.made} octets were read`)
    assert.ok(peer.socket.writableLength <= 512 * 1024, `${peer.socket.writableLength} octets wait`)
    channel.end(interrupted())
    assert.equal(kinds(await answers), 'unsent')
  })
})
