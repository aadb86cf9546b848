// The wire: every kind of reply, cut at every byte and byte by byte, and random bytes that must do no harm.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { MailhaulError } from '../../../src/core/errors.ts'
import type { ContentTaker } from '../../../src/sources/pop3/reply.ts'
import { ReplyReader } from '../../../src/sources/pop3/wire.ts'
import { cutInto, type Expected, everyCut, type Heard, transcribe } from './transcript.ts'

const nothing: Expected = { follows: 'nothing' }
const lines: Expected = { follows: 'lines' }
const content: Expected = { follows: 'content' }

interface Case {
  readonly name: string
  readonly bytes: string
  readonly expected: readonly Expected[]
  readonly heard: readonly Heard[]
}

const good: readonly Case[] = [
  { name: 'a bare +OK', bytes: '+OK\r\n', expected: [nothing], heard: [{ status: 'ok' }] },
  { name: 'text', bytes: '+OK 3 400\r\n', expected: [nothing], heard: [{ status: 'ok 3 400' }] },
  { name: 'lower case', bytes: '+ok hi\r\n', expected: [nothing], heard: [{ status: 'ok hi' }] },
  { name: 'a refusal', bytes: '-Err [IN-USE] no\r\n', expected: [nothing], heard: [{ status: 'err [IN-USE] no' }] },
  {
    name: 'status lines with LF only',
    bytes: '+OK\n-ERR x\n',
    expected: [nothing, nothing],
    heard: [{ status: 'ok' }, { status: 'err x' }],
  },
  {
    name: 'continuations of AUTH',
    bytes: '+\r\n+ \r\n+ eA==\r\n+OK\r\n',
    expected: Array.from({ length: 4 }, (): Expected => ({ follows: 'nothing', continues: true })),
    heard: [{ status: 'continue' }, { status: 'continue' }, { status: 'continue eA==' }, { status: 'ok' }],
  },
  {
    name: 'a listing',
    bytes: '+OK 2\r\n1 100\r\n2 200\r\n.\r\n',
    expected: [lines],
    heard: [{ status: 'ok 2', lines: ['1 100', '2 200'] }],
  },
  { name: 'an empty listing', bytes: '+OK\r\n.\r\n', expected: [lines], heard: [{ status: 'ok', lines: [] }] },
  {
    name: 'a stuffed line in a listing',
    bytes: '+OK\r\n..\r\n..x\r\n.\r\n',
    expected: [lines],
    heard: [{ status: 'ok', lines: ['.', '.x'] }],
  },
  { name: 'a refused listing', bytes: '-ERR no\r\n', expected: [lines], heard: [{ status: 'err no' }] },
  {
    name: 'content',
    bytes: '+OK\r\nA: b\r\n\r\nc\r\n.\r\n',
    expected: [content],
    heard: [{ status: 'ok', content: 'A: b\r\n\r\nc\r\n', framing: '11/11 none' }],
  },
  {
    name: 'stuffed lines',
    bytes: '+OK\r\nx\r\n..\r\n...\r\n.. y\r\n.\r\n',
    expected: [content],
    heard: [{ status: 'ok', content: 'x\r\n.\r\n..\r\n. y\r\n', framing: '15/18 none' }],
  },
  {
    name: 'no content',
    bytes: '+OK\r\n.\r\n',
    expected: [content],
    heard: [{ status: 'ok', content: '', framing: '0/0 none' }],
  },
  {
    name: 'bare CR, bare LF, CR CR LF, NUL and 8 bits',
    bytes: '+OK\r\na\rb\nc\r\r\n\0\xff\r\r\n.\r\n',
    expected: [content],
    heard: [{ status: 'ok', content: 'a\rb\nc\r\r\n\0\xff\r\r\n', framing: '13/13 none' }],
  },
  {
    name: 'dots behind a bare LF and a bare CR, which start no line',
    bytes: '+OK\r\na\n.\nb\n.\r\nc\r.\r\n.\r\n',
    expected: [content],
    heard: [{ status: 'ok', content: 'a\n.\nb\n.\r\nc\r.\r\n', framing: '14/14 none' }],
  },
  {
    name: 'a dot and a bare CR or LF at the start of a line: stuffing, no end',
    bytes: '+OK\r\nx\r\n.\ry\r\n.\nz\r\n.\r\r\n.\r\n',
    expected: [content],
    heard: [{ status: 'ok', content: 'x\r\n\ry\r\n\nz\r\n\r\r\n', framing: '14/17 none' }],
  },
  {
    name: 'an unstuffed first dot, as the RFC reads it',
    bytes: '+OK\r\n.X: 1\r\n.\r\n',
    expected: [content],
    heard: [{ status: 'ok', content: 'X: 1\r\n', framing: '6/7 bare' }],
  },
  {
    name: 'an unstuffed first dot, kept',
    bytes: '+OK\r\n.X: 1\r\n.\r\n',
    expected: [{ follows: 'content', dotReading: 'keep bare' }],
    heard: [{ status: 'ok', content: '.X: 1\r\n', framing: '7/7 bare' }],
  },
  {
    name: 'an unstuffed first dot before a bare CR, kept',
    bytes: '+OK\r\n.\rX\r\n.\r\n',
    expected: [{ follows: 'content', dotReading: 'keep bare' }],
    heard: [{ status: 'ok', content: '.\rX\r\n', framing: '5/5 bare' }],
  },
  {
    name: 'two first dots, stuffed',
    bytes: '+OK\r\n..X\r\n.\r\n',
    expected: [{ follows: 'content', dotReading: 'keep bare' }],
    heard: [{ status: 'ok', content: '.X\r\n', framing: '4/5 doubled' }],
  },
  {
    name: 'two first dots, both kept, and stuffing further down taken out',
    bytes: '+OK\r\n..X\r\n..Y\r\n.\r\n',
    expected: [{ follows: 'content', dotReading: 'keep' }],
    heard: [{ status: 'ok', content: '..X\r\n.Y\r\n', framing: '9/10 doubled' }],
  },
  {
    name: 'LF only, status lines included (A33)',
    bytes: '+OK\na\n..b\n.c\n\n.\n-ERR\n',
    expected: [content, nothing],
    heard: [{ status: 'ok', content: 'a\n.b\nc\n\n', framing: '8/10 none' }, { status: 'err' }],
  },
  {
    name: 'LF only, but a terminator with CRLF',
    bytes: '+OK\na\n.\r\n',
    expected: [content],
    heard: [{ status: 'ok', content: 'a\n', framing: '2/2 none' }],
  },
  {
    name: 'LF ends no line of content where status lines end with CRLF',
    bytes: '+OK\r\na\n.\nb\r\n.\r\n',
    expected: [content],
    heard: [{ status: 'ok', content: 'a\n.\nb\r\n', framing: '7/7 none' }],
  },
  {
    name: 'LF ends no line of content where one status line of many ended with LF',
    bytes: '+OK\n+OK\r\na\n.\nb\r\n.\r\n',
    expected: [nothing, content],
    heard: [{ status: 'ok' }, { status: 'ok', content: 'a\n.\nb\r\n', framing: '7/7 none' }],
  },
  {
    name: 'many replies in a row',
    bytes: '+OK 2 9\r\n+OK\r\na\r\n.\r\n-ERR gone\r\n+OK\r\n.\r\n+OK\r\n1 x\r\n.\r\n+OK 2 9\r\n',
    expected: [nothing, content, content, content, lines, nothing],
    heard: [
      { status: 'ok 2 9' },
      { status: 'ok', content: 'a\r\n', framing: '3/3 none' },
      { status: 'err gone' },
      { status: 'ok', content: '', framing: '0/0 none' },
      { status: 'ok', lines: ['1 x'] },
      { status: 'ok 2 9' },
    ],
  },
]

describe('every reply, cut at every byte and byte by byte', () => {
  for (const { name, bytes, expected, heard } of good) {
    test(name, () => {
      for (const chunks of everyCut(bytes)) {
        const result = transcribe(chunks, expected)
        assert.equal(result.error, undefined)
        assert.deepEqual(result.replies, heard)
        assert.equal(result.pending, 0)
      }
    })
  }
})

describe('nonsense ends the session, wherever it is cut', () => {
  const bad: readonly [name: string, bytes: string, expected: readonly Expected[], error: RegExp][] = [
    ['another protocol', '* OK IMAP\r\n', [nothing], /^protocol: .*not POP3: "\* OK IMAP"/],
    ['an empty line', '\r\n', [nothing], /^protocol: /],
    ['a continuation nobody waits for', '+ x\r\n', [nothing], /^protocol: /],
    ['half a word', '+O\r\n', [{ follows: 'nothing', continues: true }], /^protocol: /],
    ['a terminal command', '\x1b]0;x\x07\r\n', [nothing], /^protocol: .*"\\x1b]0;x\\x07"/],
  ]
  for (const [name, bytes, expected, error] of bad) {
    test(name, () => {
      for (const chunks of everyCut(bytes)) assert.match(transcribe(chunks, expected).error ?? '', error)
    })
  }

  test('what nobody asked for', () => {
    assert.match(transcribe([Buffer.from('+OK\r\n+OK forged\r\n')], [nothing]).error ?? '', /^protocol: .*\+OK forged/)
    for (const chunks of everyCut('+OK\r\nx')) assert.match(transcribe(chunks, [nothing]).error ?? '', /^protocol: /)
  })

  test('an unasked -ERR is a goodbye', () => {
    const { error } = transcribe([Buffer.from('-ERR Disconnected for inactivity.\r\n')], [])
    assert.equal(error, 'disconnected: The server ended the session: Disconnected for inactivity.')
  })

  test('takers that still wait are told, in order', () => {
    const { replies } = transcribe([Buffer.from('+OK\r\nhalf')], [content, nothing, lines])
    assert.deepEqual(replies, [{ status: 'ok', content: 'half' }, {}, {}])
    const broken = transcribe([Buffer.from('+OK\r\nx\r\n.\r\nnonsense\r\n')], [content, nothing, lines])
    assert.deepEqual(broken.replies.slice(1), [{ lost: 'protocol' }, { lost: 'protocol' }])
  })
})

describe('bounds', () => {
  test('a status line without an end', () => {
    const endless = Array.from({ length: 20 }, () => Buffer.alloc(1000, 'x'))
    assert.match(transcribe([Buffer.from('+OK '), ...endless], [nothing]).error ?? '', /^protocol: .*8192 octets/)
    assert.match(transcribe([Buffer.from('+OK '), ...endless], [lines]).error ?? '', /^protocol: .*8192 octets/)
  })

  test('a line of a listing without an end, and a listing without an end', () => {
    const start = Buffer.from('+OK\r\n1 ')
    assert.match(transcribe([start, Buffer.alloc(8200, 'x')], [lines]).error ?? '', /^protocol: .*8192 octets/)
    const many = Buffer.from('+OK\r\n1 1\r\n..\r\n1 1\r\n')
    assert.match(transcribe([many], [lines], 2).error ?? '', /^protocol: .*more than 2 lines/)
  })

  test('a line of content may be as long as it likes, and is not copied', () => {
    const chunk = Buffer.alloc(64 * 1024, 'x')
    const reader = new ReplyReader()
    let octets = 0
    const taker: ContentTaker = {
      follows: 'content',
      dotReading: 'strip',
      status: () => {},
      content: (piece) => {
        assert.equal(piece.buffer, chunk.buffer)
        octets += piece.length
        return undefined
      },
      end: () => {},
      lost: () => {},
    }
    reader.expect(taker)
    reader.push(Buffer.from('+OK\r\n'))
    for (let count = 0; count < 1600; count += 1) reader.push(chunk)
    assert.equal(octets, 100 * 1024 * 1024)
  })
})

test('a taker that asks for a pause gets nothing more until it is over', async () => {
  const reader = new ReplyReader()
  const heard: string[] = []
  let release = () => {}
  const taker: ContentTaker = {
    follows: 'content',
    dotReading: 'strip',
    status: () => {},
    content: (piece) => {
      heard.push(piece.toString('latin1'))
      return new Promise((resolve) => {
        release = resolve
      })
    },
    end: () => heard.push('end'),
    lost: () => {},
  }
  reader.expect(taker)
  let pause = reader.push(Buffer.from('+OK\r\na\r\n..b\r\n..c\r\n.\r\n'))
  for (const before of [['a\r\n'], ['a\r\n', '.b\r\n'], ['a\r\n', '.b\r\n', '.c\r\n']]) {
    assert.deepEqual(heard, before)
    assert.ok(pause)
    release()
    await pause
    pause = reader.resume()
  }
  assert.equal(pause, undefined)
  assert.deepEqual(heard, ['a\r\n', '.b\r\n', '.c\r\n', 'end'])
})

/** As a server writes it (RFC 1939 §3). */
function stuff(message: string): string {
  return message.replace(/(^|\r\n)\./g, '$1..')
}

const expectation = fc.constantFrom<Expected>(
  nothing,
  lines,
  content,
  { follows: 'nothing', continues: true },
  { follows: 'content', dotReading: 'keep' },
)
const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 })

describe('any bytes in any pieces', () => {
  test('what a server stuffs comes out as it was, however it is cut', () => {
    const fragment = fc.constantFrom(
      '.',
      '..',
      '\r',
      '\n',
      '\r\n',
      '\0',
      '\xff',
      'x',
      'Subject: y',
      '\r\n.\r\n',
      '.\r\n',
    )
    const message = fc.array(fragment, { maxLength: 30 }).map((parts) => `${parts.join('')}\r\n`)
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 4 }), cuts, (messages, lengths) => {
        const bytes = Buffer.from(messages.map((one) => `+OK\r\n${stuff(one)}.\r\n`).join(''), 'latin1')
        const { replies, error } = transcribe(
          cutInto(bytes, lengths),
          messages.map((): Expected => content),
        )
        assert.equal(error, undefined)
        assert.deepEqual(
          replies.map((reply) => reply.content),
          messages,
        )
      }),
      { numRuns: 500 },
    )
  })

  test('random bytes: MailhaulErrors only, and the same outcome however they are cut', () => {
    const word = fc.constantFrom('+OK', '-ERR', '+', '\r\n', '\n', '.', '\r\n.\r\n', ' ', '1 2', 'x', '\r')
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((raw) => Buffer.from(raw)),
      fc.array(word, { maxLength: 40 }).map((words) => Buffer.from(words.join(''))),
    )
    fc.assert(
      fc.property(bytes, fc.array(expectation, { maxLength: 6 }), cuts, (raw, expected, lengths) => {
        const whole = transcribe([raw], expected, 10)
        const pieces = transcribe(cutInto(raw, lengths), expected, 10)
        assert.deepEqual(pieces.replies, whole.replies)
        // An error may quote less of a line of which less has come.
        assert.equal(pieces.error?.split(':')[0], whole.error?.split(':')[0])
        assert.equal(pieces.pending, whole.pending)
      }),
      { numRuns: 2000 },
    )
  })

  test('a lost reader holds nothing back', () => {
    const reader = new ReplyReader()
    const error = new MailhaulError({ code: 'disconnected', scope: 'pair', retry: 'now', message: 'x' })
    reader.expect({ follows: 'nothing', status: () => reader.lose(error), lost: () => {} })
    reader.expect({ follows: 'nothing', status: () => assert.fail('after the end'), lost: () => {} })
    assert.equal(reader.push(Buffer.from('+OK\r\n+OK\r\n')), undefined)
    assert.equal(reader.pending, 0)
  })
})
