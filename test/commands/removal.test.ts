// Removing at the source as a timer meets it: refused without a word beforehand, done with --yes, remembered from then on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { mail } from '../core/rows.ts'
import { Bench } from './bench.ts'

const synced = z.object({
  pairs: z.tuple([
    z.object({
      removed: z.number(),
      removalsToConfirm: z.number(),
      keptThoughDue: z.array(z.object({ reason: z.string(), count: z.number() })),
    }),
  ]),
})

test('without a terminal the mail is moved, nothing is removed, and "mailhaul sync --yes" is asked for, once', async () => {
  const bench = await Bench.start()
  try {
    await bench.configure({ source: 'leave: delete' })
    assert.match((await bench.run('plan')).stdout, /removed at the source afterwards \(leave: delete\): 3 messages/)
    const unasked = await bench.run('sync')
    assert.equal(unasked.code, 2)
    assert.match(unasked.stdout, /The mail was moved, but nothing was removed at the source/)
    assert.match(unasked.stdout.replace(/\s+/g, ' '), /mailhaul sync --yes/)
    assert.equal(bench.imap.folder('new', 'INBOX').messages.length, 3)
    assert.equal(bench.pop3.maildrop('old').messages.length, 3)
    const confirmed = await bench.run('sync', '--yes', '--json')
    assert.equal(confirmed.code, 0, confirmed.stdout)
    const [pair] = synced.parse(JSON.parse(confirmed.stdout)).pairs
    assert.deepEqual(pair, { removed: 3, removalsToConfirm: 3, keptThoughDue: [] })
    bench.pop3.maildrop('old').add({ uidl: 'late', bytes: mail(9) })
    assert.match((await bench.run('sync')).stdout, /1 message removed at the source/)
    assert.equal(bench.pop3.maildrop('old').messages.length, 0)
  } finally {
    await bench.stop()
  }
})
