// Dovecot's pop3_lock_session: a maildrop that another session holds is in use, and free again when that session is over.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { mail } from '../core/rows.ts'
import { pop3 } from './dovecot-plugins.ts'
import { describeLive } from './live.ts'
import { alice, dovecot, syncedOf, withLive } from './live-bench.ts'

const messages = [mail(1), mail(2)]

describeLive('Dovecot with one POP3 session at a time', ['dovecot'], () => {
  // Dovecot itself waits 11 seconds for the lock before it says no: this test does nothing meanwhile.
  test('while another session holds the lock: plan exits 5 with advice, sync waits; once it is free, all is done', () =>
    withLive(
      { source: dovecot({ config: pop3('pop3_lock_session = yes') }), destination: dovecot(), messages },
      async (bench) => {
        const other = connect(bench.source.ports.pop3, '127.0.0.1')
        other.write(`USER ${alice.name}\r\nPASS ${alice.password}\r\nSTAT\r\n`)
        for (let said = ''; !said.includes('+OK 2 '); ) said += String(await once(other, 'data'))
        const planning = bench.run('plan')
        const syncing = bench.start('sync', '--json')
        let said = ''
        syncing.child.stderr?.on('data', (text: string) => (said += text))
        const { code, stdout } = await planning
        assert.equal(code, 5, stdout)
        assert.match(stdout.replace(/\s+/g, ' '), /The maildrop is in use by another session: \[IN-USE\] /)
        assert.match(stdout.replace(/\s+/g, ' '), /Another mail program may be reading it/)
        while (!said.includes('attempt 1 failed')) await once(syncing.child.stderr ?? assert.fail(), 'data')
        assert.match(said, /attempt 1 failed, the next in [\d.]+ s: The maildrop is in use/)
        await bench.holds([], messages)
        other.end('QUIT\r\n')
        await once(other, 'close')
        const synced = syncedOf(await syncing.end)
        assert.deepEqual([synced.code, synced.outcomes], [0, { copied: 2 }], synced.printed)
        await bench.syncs({ 'already-there': 2 })
        await bench.holds(messages)
      },
    ))
})
