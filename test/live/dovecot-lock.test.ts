// Dovecot's pop3_lock_session: a maildrop that another session holds is in use, and free again when that session is over.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { mail } from '../core/rows.ts'
import { pop3 } from './dovecot-plugins.ts'
import { describeLive } from './live.ts'
import { alice, dovecot, withLive } from './live-bench.ts'

const messages = [mail(1), mail(2)]

describeLive('Dovecot with one POP3 session at a time', ['dovecot'], () => {
  // Dovecot itself waits 11 seconds for the lock before it says no: this test does nothing meanwhile.
  test('while another session holds the lock: exit 5 with advice, and nothing done; afterwards all is', () =>
    withLive(
      { source: dovecot({ config: pop3('pop3_lock_session = yes') }), destination: dovecot(), messages },
      async (bench) => {
        const other = connect(bench.source.ports.pop3, '127.0.0.1')
        other.write(`USER ${alice.name}\r\nPASS ${alice.password}\r\nSTAT\r\n`)
        for (let said = ''; !said.includes('+OK 2 '); ) said += String(await once(other, 'data'))
        const inUse = await bench.sync()
        assert.deepEqual([inUse.code, inUse.outcomes], [5, {}], inUse.printed)
        assert.equal(inUse.error?.code, 'in-use')
        assert.match(inUse.error?.message ?? '', /^The maildrop is in use by another session: \[IN-USE\] /)
        assert.match(inUse.error?.hint ?? '', /Another mail program may be reading it/)
        await bench.holds([], messages)
        other.end('QUIT\r\n')
        await once(other, 'close')
        await bench.syncs({ copied: 2 })
        await bench.syncs({ 'already-there': 2 })
        await bench.holds(messages)
      },
    ))
})
