// mailhaul doctor on a real Dovecot: all four ways in, the certificate's days, and nobody logs in.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCli } from '../commands/run-cli.ts'
import { startDovecot } from './dovecot.ts'
import { describeLive } from './live.ts'

const alice = { name: 'alice', password: 'alice-secret-9f2' }

describeLive('doctor on Dovecot', ['dovecot'], () => {
  test('TLS from the first byte and by STARTTLS at both ends', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'mailhaul-live-doctor-'))
    const dovecot = await startDovecot({ users: [alice], ssl: 'required' })
    try {
      const { ports, caFile } = dovecot
      const end = (port: number, tls: string) =>
        `{ host: localhost, port: ${port}, tls: ${tls}, ca: ${caFile}, user: alice, password: { env: ALICE } }`
      const pair = (name: string, source: string, destination: string) =>
        `  - { name: ${name}, source: ${source}, destination: ${destination} }\n`
      await writeFile(
        join(directory, 'mailhaul.yaml'),
        `ledger: ./state/ledger.db\npairs:\n${pair('one', end(ports.pop3s, 'implicit'), end(ports.imaps, 'implicit'))}${pair('two', end(ports.pop3, 'starttls'), end(ports.imap, 'starttls'))}`,
      )
      const { code, stdout } = await runCli(['doctor', '--json'], { cwd: directory, env: { ALICE: alice.password } })
      assert.equal(code, 0, stdout)
      const findings: { area: string; text: string }[] = JSON.parse(stdout).findings
      const network = findings.filter(({ area }) => area === 'network').map(({ text }) => text)
      assert.equal(network.length, 4)
      for (const text of network)
        assert.match(text, /^(POP3|IMAP) of (one|two), TLSv1\.3, certificate for \d+ more days?$/)
      const log = await readFile(join(dovecot.directory, 'log'), 'utf8')
      assert.doesNotMatch(log, /Login: user=<alice>|auth failed/i)
    } finally {
      await dovecot.stop()
      await rm(directory, { recursive: true, force: true })
    }
  })
})
