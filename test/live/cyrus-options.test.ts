// Options of Cyrus that change what a migration meets: time between logins, a limit per message, 8-bit headers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mail } from '../core/rows.ts'
import { describeLive } from './live.ts'
import { cyrus, dovecot, withLive } from './live-bench.ts'

const latin1 = (text: string) => Buffer.from(text, 'latin1')
const eightBit = (number: number) =>
  latin1(`Message-ID: <${number}@8bit.example>\r\nSubject: Gr\xfc\xdfe ${number}\r\n\r\ncaf\xe9 ${number}\r\n`)

describeLive('Cyrus as the source, with popminpoll', ['dovecot', 'cyrus'], () => {
  test('a second run too soon says so, exits 5 and changes nothing; so do verify and plan (A07)', () => {
    const messages = [mail(1), mail(2), mail(3)]
    const source = cyrus({ popminpoll: '10' })
    return withLive({ source, destination: dovecot(), messages }, async (bench) => {
      await bench.syncs({ copied: 3 })
      await bench.holds(messages)
      const early = await bench.sync()
      assert.deepEqual([early.code, early.outcomes], [5, {}], early.printed)
      assert.equal(early.error?.code, 'login-delayed')
      assert.match(early.error?.message ?? '', /more time between two logins: \d+ min.* left/)
      assert.ok(early.error?.hint)
      for (const verb of ['plan', 'verify']) {
        const { code, stdout } = await bench.run(verb)
        assert.equal(code, 5, stdout)
        assert.match(stdout, /more time between two logins/)
      }
      await bench.holds(messages)
    })
  })
})

describeLive('Cyrus as the destination, with maxmessagesize', ['dovecot', 'cyrus'], () => {
  test('what is larger is never sent, since Cyrus would hang up on it (B06): it is too-big, all others arrive', () => {
    const large = (number: number) => mail(number, 'x'.repeat(120_000))
    const messages = Array.from({ length: 20 }, (_, at) => (at % 10 === 5 ? large(at) : mail(at)))
    const small = messages.filter(({ length }) => length < 102_400)
    const destination = cyrus({ maxmessagesize: '102400' })
    return withLive({ source: dovecot(), destination, messages }, async (bench) => {
      for (const outcomes of [
        { copied: 18, 'too-big': 2 },
        { 'already-there': 18, 'too-big': 2 },
      ]) {
        const synced = await bench.sync()
        assert.deepEqual([synced.code, synced.outcomes], [3, outcomes], synced.printed)
        const reasons = synced.exceptions.map(({ reason }) => reason)
        assert.deepEqual(reasons, Array(2).fill('120.1 kB is more than the 102.4 kB that the destination takes'))
        assert.ok(synced.bytesFetched < 102_400)
        await bench.holds(small, messages)
      }
    })
  })
})

const refused = [
  [
    latin1('Subject: nul\r\n\r\na\0b\r\n'),
    'The server takes no message with NUL octets: Message contains NUL characters',
  ],
  [
    latin1('Subject : blank\r\n\r\nb\r\n'),
    'The server takes no message with such a header: Message contains invalid header',
  ],
] as const
const unclean = refused.map(([bytes]) => bytes)
const reasons = refused.map(([, reason]) => reason)

describeLive('Cyrus as the destination, with reject8bit', ['dovecot', 'cyrus'], () => {
  test('messages with 8-bit headers are rejected for good, with the reason; all others arrive (B12)', () => {
    const clean = [mail(1), mail(2), latin1('Subject: body only\r\n\r\ncaf\xe9\r\n'), mail(3)]
    const messages = [eightBit(1), ...clean, eightBit(2), ...unclean]
    return withLive({ source: dovecot(), destination: cyrus({ reject8bit: 'yes' }), messages }, async (bench) => {
      const asked =
        'The server takes no message with 8-bit characters in its header: Message contains non-ASCII characters in headers'
      const synced = await bench.sync()
      assert.deepEqual([synced.code, synced.outcomes], [3, { copied: 4, rejected: 4 }], synced.printed)
      assert.deepEqual(synced.exceptions.map(({ reason }) => reason).sort(), [...reasons, asked, asked].sort())
      const again = await bench.sync()
      assert.deepEqual([again.code, again.outcomes], [3, { 'already-there': 4, rejected: 4 }], again.printed)
      assert.equal(again.bytesFetched, 0)
      await bench.holds(clean, messages)
      await bench.forgetLedger()
      const anew = await bench.sync()
      assert.deepEqual([anew.code, anew.outcomes], [3, { adopted: 4, rejected: 4 }], anew.printed)
      await bench.holds(clean, messages)
    })
  })
})

describeLive('Cyrus as the destination, with munge8bit', ['dovecot', 'cyrus'], () => {
  test('8-bit octets in headers are stored as X: verify --deep calls that canonical-equal', () => {
    const messages = [mail(1), eightBit(1), mail(2), eightBit(2), ...unclean]
    const munged = [mail(1), mungedOf(eightBit(1)), mail(2), mungedOf(eightBit(2))]
    return withLive({ source: dovecot(), destination: cyrus({ munge8bit: 'yes' }), messages }, async (bench) => {
      const synced = await bench.sync()
      assert.deepEqual([synced.code, synced.outcomes], [3, { copied: 4, rejected: 2 }], synced.printed)
      assert.deepEqual(synced.exceptions.map(({ reason }) => reason).sort(), [...reasons].sort())
      await bench.holds(munged, messages)
      const { deep } = await bench.verifyDeep()
      assert.deepEqual(deep, {
        identical: 2,
        canonicalEqual: 2,
        rules: { '8-bit headers': 2 },
        different: 0,
        missing: 0,
      })
      await bench.sync()
      await bench.holds(munged, messages)
    })
  })

  test('with the ledger lost as well, nothing is missing and nothing is doubled', () => {
    const messages = [mail(1), eightBit(1), mail(2)]
    return withLive({ source: dovecot(), destination: cyrus({ munge8bit: 'yes' }), messages }, async (bench) => {
      await bench.syncs({ copied: 3 })
      await bench.forgetLedger()
      await bench.syncs({ adopted: 3 })
      await bench.holds([mail(1), mungedOf(eightBit(1)), mail(2)], messages)
    })
  })
})

/** As Cyrus stores it: every 8-bit octet of the header is an X, the body stays. */
function mungedOf(bytes: Buffer): Buffer {
  const end = bytes.indexOf('\r\n\r\n')
  const header = bytes.toString('latin1', 0, end).replace(/[\x80-\xff]/g, 'X')
  return Buffer.concat([latin1(header), bytes.subarray(end)])
}
