// The shape of a retrieval, counted: how much is read before others have their turn, and how many commands leave in one write.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createPop3Source } from '../../../src/sources/pop3/source.ts'
import { MemorySpool } from './memory-spool.ts'
import { fetchAll, listAndFetch, mail, mails, signal, sourceOptions, withRig, withSession } from './rig.ts'
import { plainAnswers, startScriptedServer } from './scripted-server.ts'

test('others get a turn every 256 KiB while a fast source streams', () =>
  withSession({ messages: [mail(1, 'x'.repeat(30_000_000))] }, async (session, rig) => {
    const { messages } = await session.list(signal)
    let isOver = false
    const taken: number[] = []
    const others = async () => {
      for (let before = 0; !isOver; before = rig.spool.written) {
        await turn()
        taken.push(rig.spool.written - before)
      }
    }
    await Promise.all([others(), fetchAll(session, messages, rig).finally(() => (isOver = true))])
    assert.equal(rig.spool.written, messages[0]?.size)
    // The piece of input that fills the measure may be one too many.
    assert.ok(Math.max(...taken) <= 512 * 1024, `${Math.max(...taken)} octets at a stretch`)
  }))

test('a source is read on after a breath and a full spool at once', () =>
  withRig({ messages: [mail(1, 'x'.repeat(3_000_000))] }, async (rig) => {
    const session = await rig.source.open(signal)
    // Every piece asks for a wait: it ends now before the breath, now behind it.
    let waits = 0
    const later = async () => {
      for (let turns = waits++ % 3; turns > 0; turns -= 1) await turn()
    }
    Object.defineProperty(rig.spool, 'pause', { get: later })
    const [message] = await listAndFetch(session, rig)
    assert.equal(message?.length, mail(1).length - 'body of 1'.length + 3_000_000)
    assert.ok(waits > 12, `${waits} waits`)
    session.abandon()
  }))

test('more is asked for by quarters of what may be under way, not after every message', async () => {
  const messages = mails(400)
  const answer = plainAnswers(messages)
  const trace: string[] = []
  const repliesRead = () => trace.filter((line) => line.startsWith('S: ')).length
  const server = await startScriptedServer(async (peer) => {
    await peer.send('+OK\r\n')
    const capabilities = '+OK\r\nPIPELINING\r\nUIDL\r\nUSER\r\n.\r\n'
    // Every reply has been read before the next one is sent, the greeting among them.
    const behind = async (answers: number) => {
      while (repliesRead() <= answers && !peer.socket.destroyed) await turn()
    }
    await peer.serve((line) => (line === 'CAPA' ? capabilities : answer(line)), behind)
  })
  try {
    const source = createPop3Source(sourceOptions(server.port, { trace: (line) => trace.push(line) }))
    const session = await source.open(signal)
    const listing = await session.list(signal)
    const before = trace.length
    let count = 0
    for await (const fetched of session.fetch(listing.messages, new MemorySpool(), signal)) {
      if (fetched.kind === 'message') fetched.message.release()
      count += 1
    }
    session.abandon()
    assert.equal(count, 400)
    const writes = runsOf(trace.slice(before), 'C: ')
    // The window begins with 16 commands and grows; the last write is what is left.
    assert.ok(Math.min(...writes.slice(0, -1)) >= 4, `commands per write: ${writes}`)
  } finally {
    await server.stop()
  }
})

/** How many lines in a row begin so, each time some do. */
function runsOf(lines: readonly string[], beginning: string): number[] {
  const runs: number[] = []
  let length = 0
  for (const line of [...lines, '']) {
    if (line.startsWith(beginning)) length += 1
    else if (length > 0) {
      runs.push(length)
      length = 0
    }
  }
  return runs
}
