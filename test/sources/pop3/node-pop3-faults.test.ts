// Why this POP3 client is our own: node-pop3's faults, each shown on a server on which ours is right.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import Pop3Command from 'node-pop3'
import { createPop3Source } from '../../../src/sources/pop3/source.ts'
import { MemorySpool } from './memory-spool.ts'
import { signal, sourceOptions, told } from './rig.ts'
import { type Peer, plainAnswers, startScriptedServer } from './scripted-server.ts'

/** What our source makes of the first message, as latin1. */
async function ours(port: number): Promise<string> {
  const session = await createPop3Source(sourceOptions(port)).open(signal)
  const { messages } = await session.list(signal)
  const [fetched] = await Array.fromAsync(session.fetch(messages, new MemorySpool(), signal))
  session.abandon()
  return fetched === undefined ? 'nothing' : told(fetched)
}

function nodePop3(port: number): InstanceType<typeof Pop3Command> {
  return new Pop3Command({ host: '127.0.0.1', port, user: 'alice', password: 'x' })
}

/** Serves one message, its reply cut as `send` likes. */
async function withMessage(
  message: string,
  stuffed: string,
  send: (peer: Peer, reply: string) => Promise<void>,
  run: (port: number, sent: Promise<void>) => Promise<void>,
): Promise<void> {
  const answers = plainAnswers([stuffed], [message.length])
  const { promise: sent, resolve } = Promise.withResolvers<void>()
  const server = await startScriptedServer(async (peer) => {
    await peer.send('+OK\r\n')
    for (let line = await peer.line(); line !== undefined; line = await peer.line()) {
      if (!line.startsWith('RETR')) await peer.send(answers(line) ?? '')
      else {
        await send(peer, answers(line) ?? '')
        resolve()
      }
    }
  })
  try {
    await run(server.port, sent)
  } finally {
    await server.stop()
  }
}

const inOnePiece = (peer: Peer, reply: string) => peer.send(reply)

describe('node-pop3 0.11', () => {
  test('turns bytes into UTF-8 text: what is not UTF-8 is lost', async () => {
    const message = 'Subject: caf\xe9\r\n\r\n\xff\xfe\r\n'
    await withMessage(message, message, inOnePiece, async (port) => {
      const theirs = await nodePop3(port).RETR(1)
      assert.ok(theirs.includes('\ufffd'))
      assert.notEqual(Buffer.from(theirs).toString('latin1'), message)
      assert.equal(await ours(port), message)
    })
  })

  test('leaves the dot-stuffing in', async () => {
    const message = 'Subject: dots\r\n\r\n.hidden\r\n..\r\n'
    const stuffed = 'Subject: dots\r\n\r\n..hidden\r\n...\r\n'
    await withMessage(message, stuffed, inOnePiece, async (port) => {
      assert.match(await nodePop3(port).RETR(1), /\r\n\.\.hidden\r\n\.\.\./)
      assert.equal(await ours(port), message)
    })
  })

  test('hangs when the terminator is split', async () => {
    const message = 'Subject: split\r\n\r\nend\r\n'
    const { promise: isFirstRead, resolve: firstRead } = Promise.withResolvers<void>()
    const split = async (peer: Peer, reply: string) => {
      await peer.send(reply.slice(0, -2))
      await isFirstRead
      await peer.send(reply.slice(-2))
    }
    await withMessage(message, message, split, async (port, sent) => {
      const client = nodePop3(port)
      await client.NOOP()
      const socket = client._socket
      assert.ok(socket)
      socket.on('data', (chunk: Buffer) => chunk.toString('latin1').endsWith('end\r\n.') && firstRead())
      let isSettled = false
      const settled = () => {
        isSettled = true
      }
      client.RETR(1).then(settled, settled)
      await sent
      // The end of the connection comes behind the reply's last byte: nothing more is to be waited for after it.
      const closed = once(socket, 'close')
      socket.end()
      await closed
      await new Promise((resolve) => setImmediate(resolve))
      assert.equal(isSettled, false)
    })
    await withMessage(message, message, split, async (port) => assert.equal(await ours(port), message))
  })
})
