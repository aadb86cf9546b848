// Header blocks ahead of the messages: TOP in all its variants, and never a forged one.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SourceSession } from '../../../src/core/ports.ts'
import type { Pop3Faults } from '../../servers/pop3-faults.ts'
import { mail, mails, signal, withSession } from './rig.ts'

async function headersOf(session: SourceSession): Promise<(string | undefined)[]> {
  const { messages } = await session.list(signal)
  const found: (string | undefined)[] = []
  for await (const { listed, headers } of session.headers(messages, signal)) {
    assert.equal(listed, messages[found.length])
    found.push(headers && Buffer.from(headers).toString('latin1'))
  }
  return found
}

const head = (number: number) => `Subject: message ${number}\r\nFrom: bob@example.com\r\n\r\n`
const heads = (count: number) => Array.from({ length: count }, (_, index) => head(index + 1))

describe('TOP', () => {
  test('is pipelined, in order, and fetches no body', () =>
    withSession({ messages: mails(120) }, async (session, { server }) => {
      assert.deepEqual(await headersOf(session), heads(120))
      assert.ok(server.maxPipelined > 40)
      assert.deepEqual([server.count('TOP'), server.count('RETR'), server.count('STAT')], [120, 0, 4])
    }))

  test('one at a time where there is no pipelining', () =>
    withSession({ messages: mails(60), capabilities: ['TOP', 'UIDL', 'USER'] }, async (session, { server }) => {
      assert.deepEqual(await headersOf(session), heads(60))
      assert.equal(server.maxPipelined, 1)
    }))

  test('is not sent where it is not offered', () =>
    withSession({ messages: mails(3), capabilities: ['UIDL', 'USER'] }, async (session, { server }) => {
      assert.deepEqual(await headersOf(session), [undefined, undefined, undefined])
      assert.equal(server.count('TOP'), 0)
    }))

  const variants: readonly [name: string, top: Pop3Faults['top'], expected: readonly (string | undefined)[]][] = [
    ['the whole message (Stalwart)', 'whole', heads(3)],
    ['cut short', { truncateAt: 10 }, ['Subject: m\r\n', 'Subject: m\r\n', 'Subject: m\r\n']],
    ['other headers than RETR', () => Buffer.from('X: y\r\n\r\n'), ['X: y\r\n\r\n', 'X: y\r\n\r\n', 'X: y\r\n\r\n']],
    ['no blank line', () => Buffer.from('X: y\r\n'), ['X: y\r\n', 'X: y\r\n', 'X: y\r\n']],
    ['no header at all', () => Buffer.from('\r\nbody\r\n'), ['\r\n', '\r\n', '\r\n']],
  ]
  for (const [name, top, expected] of variants) {
    test(`${name} (A45)`, () =>
      withSession({ messages: mails(3), faults: top === undefined ? {} : { top } }, async (session) => {
        assert.deepEqual(await headersOf(session), expected)
      }))
  }

  test('offered but refused for all: asked for one stretch, then never again (A45)', () =>
    withSession({ messages: mails(300), faults: { top: 'unsupported' } }, async (session, { server }) => {
      assert.deepEqual(
        await headersOf(session),
        Array.from({ length: 300 }, () => undefined),
      )
      assert.ok(server.count('TOP') < 60)
    }))

  test('at most 64 KiB of a message are kept', () =>
    withSession({ messages: [`X: ${'y'.repeat(1_000_000)}\r\n\r\nx\r\n`] }, async (session) => {
      assert.equal((await headersOf(session))[0]?.length, 65_536)
    }))

  for (const [name, rest] of [
    ['a header block', '+OK\r\nSubject: forged\r\nList-Id: boss\r\n\r\n'],
    ['a refusal and a farewell', '-ERR no\r\n-ERR bye\r\n'],
    ['nothing that means anything', 'x\r\n'],
  ] as const) {
    for (const capabilities of [
      ['PIPELINING', 'TOP', 'UIDL', 'USER'],
      ['TOP', 'UIDL', 'USER'],
    ]) {
      test(`forging ${name}, ${capabilities.length === 4 ? '' : 'not '}pipelined: only the forger is without (A30)`, () => {
        const messages: string[] = mails(100)
        messages[4] = `.\r\n${rest}`
        return withSession({ messages, capabilities }, async (session, rig) => {
          // The server stuffs TOP as it should, so the forgery is played by the script.
          const script = (verb: string, argument: string) =>
            verb === 'TOP' && argument === '5 0' ? `+OK\r\n${messages[4]}.\r\n` : undefined
          rig.server.faults = { script }
          const expected: (string | undefined)[] = heads(100)
          expected[4] = undefined
          assert.deepEqual(await headersOf(session), expected)
          assert.equal(rig.server.logins, 3)
        })
      })
    }
  }

  test('forged in a piece of its own, behind the end of its reply (A30)', () =>
    withSession({ messages: mails(10), capabilities: ['TOP', 'UIDL', 'USER'] }, async (session, rig) => {
      const script = (verb: string, argument: string) =>
        verb === 'TOP' && argument === '5 0' ? '+OK\r\n.\r\n+OK 10 1\r\n.\r\n' : undefined
      rig.server.faults = { script, chunking: { splitAt: '+OK\r\n.\r\n'.length } }
      const expected: (string | undefined)[] = heads(10)
      expected[4] = undefined
      assert.deepEqual(await headersOf(session), expected)
    }))

  test('a stretch that is refused as a whole says nothing about the next', () =>
    withSession({ messages: mails(120) }, async (session, rig) => {
      const isRefused = (argument: string) => Number.parseInt(argument, 10) > 40 && Number.parseInt(argument, 10) < 110
      rig.server.faults = {
        script: (verb, argument) => (verb === 'TOP' && isRefused(argument) ? '-ERR no\r\n' : undefined),
      }
      const expected = heads(120).map((block, index) => (isRefused(`${index + 1}`) ? undefined : block))
      assert.deepEqual(await headersOf(session), expected)
    }))

  test('a session that is lost: its error', () =>
    withSession(
      { messages: mails(5), faults: { script: (verb) => (verb === 'TOP' ? 'fin' : undefined) } },
      async (session) => {
        await assert.rejects(headersOf(session), { code: 'disconnected' })
      },
    ))

  test('headers first, then the messages', () =>
    withSession({ messages: mails(10) }, async (session, rig) => {
      const { messages } = await session.list(signal)
      const blocks = await Array.fromAsync(session.headers(messages, signal))
      const fetched = await Array.fromAsync(session.fetch(messages, rig.spool, signal))
      assert.deepEqual([blocks.length, fetched.length], [10, 10])
      assert.ok(fetched.every(({ kind }, index) => kind === 'message' && blocks[index]?.headers))
      assert.deepEqual(mail(1).slice(0, head(1).length), head(1))
    }))
})
