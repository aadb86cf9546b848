// A message whose content forges a POP3 reply (quirk A30), on the server that lets it: never stored as another.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCli } from '../commands/run-cli.ts'
import { mail } from '../core/rows.ts'
import { startDovecot } from './dovecot.ts'
import { describeLive } from './live.ts'

const alice = { name: 'alice', password: 'alice-secret-7c1' }
const forged = Buffer.from('.\r\n+OK 999 octets\r\nSubject: forged\r\n\r\nthis was never sent to anybody\r\n')
const dotted = Buffer.from('.X-Odd: 1\r\nSubject: begins with a dot\r\n\r\nbody\r\n')

describeLive('forged replies on Dovecot', ['dovecot'], () => {
  test('the message at fault is reported, the others go through with their bytes, the first dot included', async () => {
    const source = await startDovecot({ users: [alice] })
    const destination = await startDovecot({ users: [alice] })
    const directory = await mkdtemp(join(tmpdir(), 'mailhaul-forged-'))
    try {
      const good = [mail(1), dotted, mail(2), mail(3), mail(4)]
      await source.deliver('alice', [...good.slice(0, 3), forged, ...good.slice(3)])
      const account = 'host: 127.0.0.1, tls: none, user: alice, password: { env: ALICE }'
      await writeFile(
        join(directory, 'mailhaul.yaml'),
        `ledger: ./ledger.db
pairs:
  - name: alice
    source: { ${account}, port: ${source.ports.pop3} }
    destination: { ${account}, port: ${destination.ports.imap} }
`,
      )
      const synced = await runCli(['sync'], { cwd: directory, env: { ALICE: alice.password } })
      assert.equal(synced.code, 3, synced.stdout + synced.stderr)
      assert.match(synced.stdout, /6 listed = 5 copied \+ 1 failed/)
      const stored = (await destination.messages('alice')).map((bytes) =>
        bytes.toString('latin1').replace(/\r*\n/g, '\r\n'),
      )
      assert.deepEqual(stored.sort(), good.map((bytes) => Buffer.from(bytes).toString('latin1')).sort())
    } finally {
      await source.stop()
      await destination.stop()
      await rm(directory, { recursive: true, force: true })
    }
  })
})
