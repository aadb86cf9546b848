// POP3 and IMAP onto one and the same account (quirk C16), on the server that most people have: nothing grows, nothing goes.
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

describeLive('source and destination are one Dovecot account', ['dovecot'], () => {
  test('however often it runs, and even with leave: delete, every message stays there once', async () => {
    const server = await startDovecot({ users: [alice] })
    const directory = await mkdtemp(join(tmpdir(), 'mailhaul-same-'))
    try {
      const account = 'host: 127.0.0.1, tls: none, user: alice, password: { env: ALICE }'
      await writeFile(
        join(directory, 'mailhaul.yaml'),
        `ledger: ./ledger.db
pairs:
  - name: alice
    source: { ${account}, port: ${server.ports.pop3}, leave: delete }
    destination: { ${account}, port: ${server.ports.imap} }
`,
      )
      for (const delivered of [[mail(1), mail(2), mail(2)], [mail(3)], []]) {
        await server.deliver('alice', delivered)
        const before = (await server.messages('alice')).length
        // Where nobody looks, a warning of something that lasts is told once.
        const synced = await runCli(['sync', '--yes', '--verbose'], { cwd: directory, env: { ALICE: alice.password } })
        assert.equal(synced.code, 0, synced.stdout + synced.stderr)
        assert.equal((await server.messages('alice')).length, before, synced.stdout)
        assert.match(synced.stdout, /one (and the same )?mailbox/)
      }
    } finally {
      await server.stop()
      await rm(directory, { recursive: true, force: true })
    }
  })
})
