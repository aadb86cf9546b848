// Dovecot's quota plugin at the destination: full in the middle of a run, and one message that is too big by itself.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mail } from '../core/rows.ts'
import { quota, reconfigure } from './dovecot-plugins.ts'
import { describeLive } from './live.ts'
import { difference, dovecot, same, withLive } from './live-bench.ts'

const large = (number: number, size: number) => mail(number, `${'0123456789'.repeat(7)}\r\n`.repeat(size / 72))

describeLive('Dovecot with a quota', ['dovecot'], () => {
  test('full in the middle of a run: exit 6, the rest is pending and named; with more room it goes on', () => {
    const messages = Array.from({ length: 120 }, (_, at) => large(at, 10_000))
    const destination = dovecot({ config: quota('800K') })
    return withLive({ source: dovecot(), destination, messages, sourceKeys: 'leave: delete' }, async (bench) => {
      const full = await bench.sync()
      assert.equal(full.code, 6, full.printed)
      assert.equal(full.error?.code, 'quota')
      assert.match(full.error?.message ?? '', /The mailbox is full: \[OVERQUOTA\] Quota exceeded/)
      assert.match(full.error?.hint ?? '', /Make room at the destination, then run again/)
      const { copied = 0, pending = 0 } = full.outcomes
      assert.ok(copied > 0 && copied < 80 && copied + pending === 120, full.printed)
      const named = full.exceptions.filter(({ outcome, key }) => outcome === 'pending' && key !== null)
      assert.equal(named.length, pending)
      const stored = await bench.stored()
      assert.deepEqual(difference([...stored, ...(await bench.source.messages('alice'))], messages).missing, [])
      assert.equal(stored.length, copied)

      await reconfigure(bench.destination, ['storage=800K', 'storage=8M'], async () =>
        (await bench.withDestination((session) => session.untagged('GETQUOTAROOT INBOX'))).some((line) =>
          line.includes('8192'),
        ),
      )
      const done = await bench.sync()
      assert.deepEqual([done.code, done.outcomes.copied], [0, pending], done.printed)
      await bench.holds(messages, await bench.source.messages('alice'))
    })
  })

  test('a message larger than the whole quota does not keep the others from arriving', () => {
    const messages = [mail(1), mail(2), large(3, 200_000), mail(4), mail(5)]
    return withLive({ source: dovecot(), destination: dovecot({ config: quota('100K') }), messages }, async (bench) => {
      const { outcomes, code, exceptions, printed } = await bench.sync()
      assert.deepEqual([code, outcomes.copied, outcomes['too-big']], [3, 4, 1], printed)
      assert.match(exceptions[0]?.reason ?? '', /of its whole quota/)
    })
  })

  test('one message over the limit per message stands alone as too-big, all others of its batch arrive', () => {
    const messages = Array.from({ length: 60 }, (_, at) => (at % 25 === 20 ? large(at, 200_000) : mail(at)))
    const small = messages.filter(({ length }) => length < 200_000)
    const destination = dovecot({ config: quota('80M', 'quota_max_mail_size = 100k') })
    return withLive({ source: dovecot(), destination, messages }, async (bench) => {
      const synced = await bench.sync()
      assert.deepEqual([synced.code, synced.outcomes], [3, { copied: 58, 'too-big': 2 }], synced.printed)
      const reasons = new Set(synced.exceptions.map(({ reason }) => reason))
      assert.deepEqual(
        [...reasons],
        [
          'The message is larger than the server takes: [LIMIT] Mail size is larger than the maximum size allowed by server configuration',
        ],
      )
      await bench.holds(small, messages)
      const again = await bench.sync()
      assert.deepEqual([again.code, again.outcomes], [3, { 'already-there': 58, 'too-big': 2 }], again.printed)
      assert.deepEqual([again.bytesFetched, again.bytesAppended], [0, 0])
      await reconfigure(bench.destination, ['quota_max_mail_size = 100k', ''], async () => {
        const retried = await bench.sync('--retry-failed')
        return retried.code === 0 && retried.outcomes.copied === 2
      })
      assert.deepEqual(difference(await bench.stored(), messages), same)
    })
  })
})
