// Quirks that Cyrus itself shows, at either end of the real command.
import assert from 'node:assert/strict'
import { mail } from '../core/rows.ts'
import { describeLive } from '../live/live.ts'
import { cyrus, dovecot, withLive } from '../live/live-bench.ts'
import { quirk } from './quirk.ts'

const latin1 = (text: string) => Buffer.from(text, 'latin1')

describeLive('quirks of Cyrus', ['dovecot', 'cyrus'], () => {
  quirk('A07', 'A login sooner than Cyrus allows ends the run with the reason, and nothing is lost by it.', () => {
    const source = cyrus({ popminpoll: '10' })
    return withLive({ source, destination: dovecot(), messages: [mail(1), mail(2)] }, async (bench) => {
      await bench.syncs({ copied: 2 })
      const early = await bench.sync()
      assert.deepEqual([early.code, early.error?.code], [5, 'login-delayed'], early.printed)
      await bench.holds([mail(1), mail(2)])
    })
  })

  quirk(
    'B06',
    'A message over the limit that Cyrus tells is not sent: Cyrus would hang up in the middle of a batch.',
    () => {
      const messages = [mail(1), mail(2, 'x'.repeat(60_000)), mail(3)]
      const destination = cyrus({ maxmessagesize: '50000' })
      return withLive({ source: dovecot(), destination, messages }, async (bench) => {
        const synced = await bench.sync()
        assert.deepEqual([synced.code, synced.outcomes], [3, { copied: 2, 'too-big': 1 }], synced.printed)
        await bench.holds([mail(1), mail(3)], messages)
      })
    },
  )

  quirk(
    'B12',
    'What Cyrus refuses for its bytes is rejected with its words, each message alone; all others arrive.',
    () => {
      const refused = [
        latin1('Subject: nul\r\n\r\na\0b\r\n'),
        latin1('Subject : blank\r\n\r\nb\r\n'),
        latin1('Subject: Gr\xfc\xdfe\r\n\r\nb\r\n'),
      ]
      const taken = [
        mail(1),
        latin1('Subject: 8 bits\r\n\r\ncaf\xe9\r\n'),
        mail(2),
        latin1('Subject: dot\r\n\r\n.\r\n..\r\n'),
      ]
      const messages = taken.flatMap((message, at) => [message, ...refused.slice(at, at + 1)])
      return withLive({ source: dovecot(), destination: cyrus({ reject8bit: 'yes' }), messages }, async (bench) => {
        const synced = await bench.sync()
        assert.deepEqual([synced.code, synced.outcomes], [3, { copied: 4, rejected: 3 }], synced.printed)
        assert.match(synced.exceptions.map(({ reason }) => reason).join(), /NUL.*invalid header.*non-ASCII/)
        await bench.holds(taken, messages)
      })
    },
  )
})
