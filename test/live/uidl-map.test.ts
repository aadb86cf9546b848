// The table of old and new names keeps unique-ids alive at a real Dovecot, as the documentation says.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../src/engine/clock.ts'
import { createPop3Source } from '../../src/sources/pop3/source.ts'
import { Bench } from '../commands/bench.ts'
import { startDovecot } from './dovecot.ts'
import { describeLive } from './live.ts'

const bob = { name: 'bob', password: 'bob-secret-4d' }

describeLive('unique-ids at another host', ['dovecot'], () => {
  test('written into dovecot-uidlist, they are what POP3 clients see', async () => {
    const bench = await Bench.start()
    const dovecot = await startDovecot({ users: [bob] })
    try {
      const destination = `host: localhost, port: ${dovecot.ports.imaps}, tls: implicit, ca: ${dovecot.caFile}, user: bob`
      await bench.configure({ destination: `${destination}, password: { file: bob.secret }` })
      writeFileSync(join(bench.directory, 'bob.secret'), bob.password, { mode: 0o600 })
      const synced = await bench.run('sync')
      assert.equal(synced.code, 0, synced.stdout + synced.stderr)
      const { stdout } = await bench.run('ledger', 'export', '--uidl-map')
      const table = stdout
        .trimEnd()
        .split('\r\n')
        .slice(1)
        .map((line) => line.split(','))
      const uidlOf = new Map(
        table.map(([, , base64 = '', , , uid = '']) => [uid, Buffer.from(base64, 'base64').toString()]),
      )
      assert.equal(uidlOf.size, 3)

      const file = join(dovecot.mailDir('bob'), 'dovecot-uidlist')
      const [head = '', ...lines] = readFileSync(file, 'latin1').split('\n')
      assert.match(head, new RegExp(` V${table[0]?.[4]} `))
      const named = lines.map((line) =>
        line.replace(/^(\d+) (.*):/, (_, uid, rest) => `${uid} ${rest}P${uidlOf.get(uid)} :`),
      )
      writeFileSync(file, [head, ...named].join('\n'), 'latin1')

      const source = createPop3Source({
        ...{ host: 'localhost', port: dovecot.ports.pop3s, tls: 'implicit', allowPlaintext: false, clock: systemClock },
        tlsOptions: {
          ...{ ca: [readFileSync(dovecot.caFile, 'utf8')], fingerprints: [], minVersion: 'TLSv1.2' },
          servername: undefined,
        },
        credentials: { kind: 'password', user: 'bob', password: async () => bob.password },
        remember: { get: () => undefined, set: () => undefined },
      })
      const signal = new AbortController().signal
      const session = await source.open(signal)
      const { messages } = await session.list(signal)
      await session.close(signal)
      assert.deepEqual(
        messages.map(({ key }) => key),
        ['u1', 'u2', 'u3'],
      )
    } finally {
      await dovecot.stop()
      await bench.stop()
    }
  })
})
