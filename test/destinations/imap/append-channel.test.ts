// One upload connection against a scripted far end: styles with their round trips, and what becomes of refusals.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Outgoing } from '../../../src/core/ports.ts'
import { date, internalDate, kinds, many, mega, outgoing, setup, streamed } from './channel-setup.ts'

describe('AppendChannel: styles', () => {
  it('MULTIAPPEND and LITERAL+: a batch is one command and one round trip', async () => {
    const { peer, channel, send } = setup('MULTIAPPEND LITERAL+', {
      answer: () => '{tag} OK [APPENDUID 9 1:3] done\r\n',
    })
    const answers = await send([outgoing('one'), outgoing('two', '\\Seen', '$x'), outgoing('three')])
    assert.deepEqual(answers, [{ kind: 'stored', uidValidity: 9, uids: [1, 2, 3] }])
    assert.equal(peer.rounds, 1)
    assert.equal(peer.commands[0]?.line, `M1 APPEND "A b" ${date} {3+} (\\Seen $x) ${date} {3+} ${date} {5+}`)
    assert.deepEqual(peer.commands[0]?.literals.map(String), ['one', 'two', 'three'])
    await channel.close()
  })

  it('MULTIAPPEND and LITERAL+: four batches share a round trip, the fifth waits for room', async () => {
    const { peer, channel, send } = setup('MULTIAPPEND LITERAL+')
    await Promise.all(Array.from({ length: 8 }, () => send(many(50))))
    assert.deepEqual([peer.commands.length, peer.rounds], [8, 2])
    await channel.close()
  })

  it('LITERAL+ alone: sixteen messages share a round trip', async () => {
    const { peer, channel, send } = setup('LITERAL+')
    const answers = await send(many(48))
    assert.equal(kinds(answers), new Array(48).fill('stored').join(' '))
    assert.deepEqual([peer.commands.length, peer.rounds], [48, 3])
    await channel.close()
  })

  it('LITERAL-: small messages are not asked about, large ones cost one round trip each', async () => {
    const { peer, channel, send } = setup('LITERAL-')
    await send([...many(8, 4096), ...many(4, 4097), ...many(8, 100)])
    assert.equal(peer.commands.length, 20)
    assert.match(peer.commands[7]?.line ?? '', /\{4096\+\}$/)
    assert.match(peer.commands[8]?.line ?? '', /\{4097\}$/)
    // Four `+`, and the answers to what lies behind the last of them.
    assert.equal(peer.rounds, 5)
    await channel.close()
  })

  it('IMAP4rev2 has LITERAL- built in', async () => {
    const { peer, channel, send } = setup('IMAP4rev2')
    await send(many(3, 4096))
    assert.equal(peer.rounds, 1)
    await channel.close()
  })

  it('no literal extension: a message costs one round trip, not two', async () => {
    const { peer, channel, send } = setup('IMAP4rev1')
    await send(many(10))
    assert.deepEqual([peer.commands.length, peer.rounds], [10, 11])
    assert.ok(peer.commands.every(({ line }) => /\{10\}$/.test(line)))
    await channel.close()
  })

  it('MULTIAPPEND without LITERAL+: one command still, asked for part by part', async () => {
    const { peer, channel, send } = setup('MULTIAPPEND')
    await send(many(10))
    assert.deepEqual([peer.commands.length, peer.rounds], [1, 11])
    await channel.close()
  })

  it('asks before a message larger than any the server has taken', async () => {
    const { peer, channel, habits, send } = setup('LITERAL+')
    const large: Outgoing = { message: streamed(3 * mega), flags: [], internalDate }
    await send([large])
    await send([large])
    assert.match(peer.commands[0]?.line ?? '', /\{3145728\}$/)
    assert.match(peer.commands[1]?.line ?? '', /\{3145728\+\}$/)
    assert.equal(habits.largestTaken, 3 * mega)
    assert.equal(peer.commands[1]?.literals[0]?.length, 3 * mega)
    await channel.close()
  })

  it('sends NUL octets in a plain literal', async () => {
    const { peer, channel, send } = setup('LITERAL+ BINARY')
    await send([outgoing('a\0b')])
    assert.match(peer.commands[0]?.line ?? '', /" \{3\+\}$/)
    assert.deepEqual(peer.commands[0]?.literals.map(String), ['a\0b'])
    await channel.close()
  })
})

describe('AppendChannel: answers', () => {
  it('keeps refusals of pipelined messages apart', async () => {
    const { channel, send } = setup('LITERAL+', {
      answer: (_, number) => (number === 2 ? '{tag} NO [OVERQUOTA] full\r\n' : `{tag} OK [APPENDUID 9 ${number}] \r\n`),
    })
    const answers = await send(many(3))
    assert.equal(kinds(answers), 'stored refused stored')
    assert.deepEqual(answers[1], { kind: 'refused', refusal: { status: 'NO', code: 'OVERQUOTA', text: 'full' } })
    assert.deepEqual(answers[2], { kind: 'stored', uidValidity: 9, uids: [3] })
    await channel.close()
  })

  it('matches answers by tag, in whatever order they come', async () => {
    const { peer, channel, send } = setup('LITERAL+', { answer: () => undefined })
    const answers = send(many(2))
    while (peer.commands.length < 2) await nextTurn()
    peer.say('M2 NO later\r\nM1 OK [APPENDUID 9 1] first\r\n')
    assert.equal(kinds(await answers), 'stored refused')
    await channel.close()
  })

  it('does not care how answers are cut', async () => {
    const answer = '* 11 EXISTS\r\n{tag} OK [APPENDUID 9 1:3] done\r\n'
    const { channel, send } = setup('MULTIAPPEND', { answer: () => answer, isCutToBytes: true })
    assert.deepEqual(await send(many(3)), [{ kind: 'stored', uidValidity: 9, uids: [1, 2, 3] }])
    await channel.close()
  })

  for (const [what, code] of [
    ['none', ''],
    ['too few', '[APPENDUID 9 1:2] '],
    ['too many', '[APPENDUID 9 1:4] '],
    ['descending ones', '[APPENDUID 9 3:1] '],
    ['nonsense', '[APPENDUID x y] '],
    ['no validity', '[APPENDUID 0 1:3] '],
    ['another code', '[COPYUID 9 1:3 1:3] '],
  ] as const) {
    it(`knows no UIDs from ${what}, nor from EXISTS`, async () => {
      const { channel, send } = setup('MULTIAPPEND LITERAL+', {
        answer: () => `* 11 EXISTS\r\n{tag} OK ${code}done\r\n`,
      })
      assert.deepEqual(await send(many(3)), [{ kind: 'stored', uidValidity: undefined, uids: undefined }])
      await channel.close()
    })
  }

  it('does not send the body of a message that is refused before it', async () => {
    const { peer, channel, send } = setup('IMAP4rev1', {
      invite: (_, line) => (line.startsWith('M2 ') ? '{tag} NO [TRYCREATE] no such folder\r\n' : '+ go\r\n'),
    })
    const answers = await send([outgoing('one'), outgoing('M9 DELETE INBOX\r\n'), outgoing('three')])
    assert.equal(kinds(answers), 'stored refused stored')
    assert.deepEqual(
      peer.commands.map(({ literals }) => String(literals[0])),
      ['one', 'three'],
    )
    await channel.close()
  })

  it('sends the body once invited, even if the refusal came along', async () => {
    const { peer, channel, send } = setup('IMAP4rev1', {
      invite: (_, line) => (line.startsWith('M1 ') ? '+ go\r\n{tag} NO changed my mind\r\n' : '+ go\r\n'),
      answer: ({ tag }) => (tag === 'M1' ? undefined : '{tag} OK\r\n'),
    })
    assert.equal(kinds(await send(many(2))), 'refused stored')
    assert.equal(peer.commands.length, 2)
    await channel.close()
  })

  it('cuts a MULTIAPPEND short once it is refused', async () => {
    let refused = false
    const { peer, channel, send } = setup('MULTIAPPEND', {
      invite: (_, line) => {
        if (!/\} .*\}/.test(line) || refused) return '+ go\r\n'
        refused = true
        return '{tag} NO [OVERQUOTA] full\r\n'
      },
    })
    assert.equal(kinds(await Promise.all([send(many(5)), send(many(2))]).then((all) => all.flat())), 'refused stored')
    assert.equal(peer.commands.length, 1)
    await channel.close()
  })

  it('cuts a MULTIAPPEND short even where it need not ask', async () => {
    const { peer, channel, habits, send } = setup('MULTIAPPEND LITERAL+', { answer: () => undefined })
    habits.largestTaken = 4 * mega
    peer.goDeaf()
    const messages = [streamed(mega), streamed(mega), streamed(mega)]
    const answers = send(messages.map((message) => ({ message, flags: [], internalDate })))
    while (messages[0]?.made === 0) await nextTurn()
    peer.say('M1 NO [OVERQUOTA] full\r\n')
    peer.listen()
    assert.equal(kinds(await answers), 'refused')
    assert.deepEqual(
      messages.map(({ made }) => made),
      [mega, 0, 0],
    )
    while (peer.commands.length === 0) await nextTurn()
    assert.equal(peer.commands[0]?.literals.length, 1)
    await channel.close()
  })

  it('does not answer before it has stopped reading the message', async () => {
    const message = streamed(mega)
    const { peer, send } = setup('LITERAL+', {
      early: () => '{tag} NO not that one\r\n',
      answer: () => undefined,
    })
    peer.goDeaf()
    let isAnswered = false
    const answers = send([{ message, flags: [], internalDate }]).then((all) => {
      isAnswered = true
      return all
    })
    peer.say('M1 NO not that one\r\n')
    for (let turn = 0; turn < 10; turn++) await nextTurn()
    assert.ok(!isAnswered)
    peer.listen()
    assert.equal(kinds(await answers), 'refused')
    assert.equal(message.made, mega)
  })

  it('remembers a server that calls MULTIAPPEND an error', async () => {
    const { channel, habits, send } = setup('MULTIAPPEND LITERAL+', { answer: () => '{tag} BAD what?\r\n' })
    assert.equal(kinds(await send(many(1))), 'refused')
    assert.ok(!habits.refusesMultiappend)
    await send(many(2))
    assert.ok(habits.refusesMultiappend)
    await channel.close()
  })
})
