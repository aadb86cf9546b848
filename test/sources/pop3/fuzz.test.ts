// Servers that answer anything at all: every operation ends, with a result or a MailhaulError, and nothing stays behind.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MailhaulError } from '../../../src/core/errors.ts'
import type { Listed } from '../../../src/core/message.ts'
import { createPop3Source } from '../../../src/sources/pop3/source.ts'
import { MemorySpool } from './memory-spool.ts'
import { signal, sourceOptions } from './rig.ts'
import { plainAnswers, startScriptedServer } from './scripted-server.ts'

const patience = { connect: 1000, greeting: 40, probe: 20, command: 40, data: 40, quit: 40, keepAlive: 30 }
const messages = ['Subject: 1\r\n\r\nx\r\n', 'Subject: 2\r\n\r\ny\r\n', 'Subject: 3\r\n\r\nz\r\n']

/** What is said instead of the right answer: undefined lets the right one through, null hangs up. */
const answer = fc.oneof(
  { weight: 12, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constant(null) },
  {
    weight: 4,
    arbitrary: fc
      .array(
        fc.constantFrom(
          '+OK',
          '-ERR',
          '+ ',
          '\r\n',
          '\n',
          '.\r\n',
          '\r\n.\r\n',
          ' 3 48',
          '1 key-1',
          'x',
          '\0\xff',
          '+OK\r\n.\r\n',
          '+OK 3 51\r\n',
        ),
        { maxLength: 6 },
      )
      .map((parts) => parts.join('')),
  },
)

async function everything(port: number, spool: MemorySpool): Promise<void> {
  const source = createPop3Source(sourceOptions(port, { deadlines: patience }))
  const session = await source.open(signal)
  try {
    const { messages: listed } = await session.list(signal)
    const some: readonly Listed[] = listed.slice(0, 5)
    for await (const { headers } of session.headers(some, signal))
      assert.ok(headers === undefined || headers.length < 70_000)
    for await (const fetched of session.fetch(some, spool, signal)) {
      if (fetched.kind === 'message') fetched.message.release()
      if (fetched.kind === 'failed') assert.ok(fetched.error instanceof MailhaulError)
    }
    await session.remove(some, signal)
    await session.close(signal)
  } finally {
    session.abandon()
  }
}

test('any answers in any order', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 60 }), async (answers) => {
      const right = plainAnswers(messages)
      let turn = 0
      const server = await startScriptedServer(async (peer, number) => {
        if (number > 12) peer.socket.destroy()
        await peer.send('+OK\r\n')
        await peer.serve((line) => {
          const said = answers[turn % answers.length]
          turn += 1
          return said === undefined ? right(line) : (said ?? undefined)
        })
      })
      const spool = new MemorySpool()
      try {
        await everything(server.port, spool)
      } catch (error) {
        assert.ok(error instanceof MailhaulError, String(error))
      } finally {
        await server.stop()
      }
      assert.deepEqual([spool.open, spool.held], [0, 0])
    }),
    { numRuns: 60 },
  )
})
