// What a server says on an upload connection, whole, cut at every byte, and as noise.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { MailhaulError } from '../../../src/core/errors.ts'
import {
  expandUids,
  longestLine,
  longestLiteral,
  type Reply,
  ReplyReader,
} from '../../../src/destinations/imap/append-wire.ts'

const conversation = [
  '+go on',
  'M1 OK [APPENDUID 38505 3955] APPEND completed',
  '* 5 EXISTS',
  '* LIST () "/" {5}\r\na\r\n+b',
  '* STATUS {3}\r\nM9  {4}\r\n* BY (MESSAGES 1)',
  '+',
  '* OK [ALERT] text that ends like a literal {5}',
  "m2 no [TRYCREATE] Mailbox doesn't exist: x",
  'M3 BAD Error in IMAP command',
  '',
  'M4 OK',
  'M5 NO [OVERQUOTA]',
  '* BYE [UNAVAILABLE] Shutting down',
].join('\r\n')

const replies: readonly Reply[] = [
  { kind: 'continue' },
  { kind: 'tagged', tag: 'M1', status: 'OK', code: 'APPENDUID', argument: '38505 3955', text: 'APPEND completed' },
  { kind: 'continue' },
  { kind: 'tagged', tag: 'm2', status: 'NO', code: 'TRYCREATE', argument: '', text: "Mailbox doesn't exist: x" },
  { kind: 'tagged', tag: 'M3', status: 'BAD', code: undefined, argument: '', text: 'Error in IMAP command' },
  { kind: 'tagged', tag: 'M4', status: 'OK', code: undefined, argument: '', text: '' },
  { kind: 'tagged', tag: 'M5', status: 'NO', code: 'OVERQUOTA', argument: '', text: '' },
  { kind: 'bye', code: 'UNAVAILABLE', argument: '', text: 'Shutting down' },
]

function readAll(chunks: Iterable<Uint8Array>): Reply[] {
  const taken: Reply[] = []
  const reader = new ReplyReader()
  for (const chunk of chunks) reader.push(chunk, (reply) => taken.push(reply))
  return taken
}

describe('ReplyReader', () => {
  const bytes = Buffer.from(`${conversation}\r\n`, 'latin1')

  it('reads a conversation', () => {
    assert.deepEqual(readAll([bytes]), replies)
  })

  it('reads bare line feeds the same', () => {
    assert.deepEqual(readAll([Buffer.from('+ \nM4 OK\n')]), [replies[0], replies[5]])
  })

  it('does not care where the bytes are cut', () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      assert.deepEqual(readAll([bytes.subarray(0, cut), bytes.subarray(cut)]), replies, `cut at ${cut}`)
    }
    assert.deepEqual(readAll(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))), replies)
  })

  it('keeps nothing of a chunk that is reused', () => {
    const shared = Buffer.alloc(7)
    const taken: Reply[] = []
    const reader = new ReplyReader()
    for (let at = 0; at < bytes.length; at += 7) {
      const length = bytes.copy(shared, 0, at, at + 7)
      reader.push(shared.subarray(0, length), (reply) => taken.push(reply))
      shared.fill(0x58)
    }
    assert.deepEqual(taken, replies)
  })

  for (const [what, line] of [
    ['an unknown status', 'M1 PERHAPS later\r\n'],
    ['a line without a tag', ' OK\r\n'],
    ['text of nobody', 'hello\r\n'],
    ['a line without end', 'x'.repeat(longestLine + 1)],
    ['a literal beyond all bounds', `* X {${longestLiteral + 1}}\r\n`],
    ['many literals beyond all bounds', `* X {${longestLiteral}}\r\n${'x'.repeat(longestLiteral)} {1}\r\n`],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => readAll([Buffer.from(line)]), { name: 'MailhaulError', code: 'protocol' })
    })
  }

  it('hands over what came before a fault', () => {
    const taken: Reply[] = []
    assert.throws(() => new ReplyReader().push(Buffer.from('M4 OK\r\nnonsense\r\n'), (reply) => taken.push(reply)))
    assert.deepEqual(taken, [replies[5]])
  })

  it('takes the longest line there is', () => {
    const text = 'x'.repeat(longestLine - 'M1 OK \r'.length)
    assert.equal(readAll([Buffer.from(`M1 OK ${text}\r\n`)]).length, 1)
  })

  it('survives noise with nothing but MailhaulErrors', () => {
    const noise = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc
          .constantFrom(
            '* ',
            '+ ',
            '\r\n',
            '{3}',
            '{99999999999}',
            'M1 ',
            'OK',
            'NO',
            ' [',
            ']',
            'BYE',
            '\n',
            '{7+}\r\n',
          )
          .map((text) => Buffer.from(text)),
      ),
    )
    fc.assert(
      fc.property(noise, (chunks) => {
        try {
          readAll(chunks)
        } catch (thrown) {
          assert.ok(thrown instanceof MailhaulError)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('reads the same however noise is cut', () => {
    const outcome = (chunks: Iterable<Uint8Array>) => {
      const taken: Reply[] = []
      const reader = new ReplyReader()
      try {
        for (const chunk of chunks) reader.push(chunk, (reply) => taken.push(reply))
      } catch (thrown) {
        return { taken, thrown: String(thrown) }
      }
      return { taken, thrown: undefined }
    }
    const text = fc.array(fc.constantFrom('* ', '+', ' ', '\r\n', '{3}', 'M1', 'OK', 'NO', '[', ']', 'BYE', 'a'))
    fc.assert(
      fc.property(text, fc.array(fc.nat(60)), (words, cuts) => {
        const whole = Buffer.from(words.join(''))
        const places = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length]
        const pieces = places.slice(1).map((place, at) => whole.subarray(places[at], place))
        assert.deepEqual(outcome(pieces), outcome([whole]))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('expandUids', () => {
  for (const [set, count, uids] of [
    ['7', 1, [7]],
    ['1:3,7', 4, [1, 2, 3, 7]],
    ['5,9:10,12', 4, [5, 9, 10, 12]],
    ['4:4', 1, [4]],
    ['4294967295', 1, [4294967295]],
    ['1:3', 2, undefined],
    ['1:3', 4, undefined],
    ['3:1', 3, undefined],
    ['7,1:3', 4, undefined],
    ['1,1', 2, undefined],
    ['1:2,2:3', 4, undefined],
    ['0', 1, undefined],
    ['0:1', 2, undefined],
    ['4294967296', 1, undefined],
    ['1:4294967295', 3, undefined],
    ['*', 1, undefined],
    ['1:*', 3, undefined],
    ['', 0, undefined],
    ['1,', 1, undefined],
    ['x', 1, undefined],
  ] as const) {
    it(`reads "${set}" for ${count} as ${uids ? uids.join(' ') : 'nothing'}`, () => {
      assert.deepEqual(expandUids(set, count), uids)
    })
  }
})
