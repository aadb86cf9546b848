// password: { prompt: true }: asked for on the terminal, once per account, never shown; refused where nobody can be asked.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { mail } from '../core/rows.ts'
import { Bench, passwords } from './bench.ts'
import { hasTerminal, Terminal } from './terminal.ts'

describe('a password that is asked for', () => {
  let bench: Bench
  before(async () => {
    bench = await Bench.start({
      pop3: {
        users: ['old', 'older'].map((user) => {
          return { user, password: passwords.source, messages: [{ uidl: `${user}-1`, bytes: mail(user.length) }] }
        }),
      },
    })
    await bench.configure({
      source: 'password: { prompt: true }',
      destination: 'password: { prompt: true }',
      pair: `\n  - { name: bob, source: { user: older, password: { prompt: true } }, destination: { password: { prompt: true } } }`,
    })
  })
  after(() => bench.stop())

  test('cannot be had without a terminal: the end says so, and what to do instead', async () => {
    const { code, stdout } = await bench.run('check')
    assert.equal(code, 4, stdout)
    const sentence = stdout.replaceAll(/\s+/g, ' ')
    assert.match(sentence, /source cannot be had: it is to be asked for, and there is no terminal to ask on\./)
    assert.match(sentence, /Run mailhaul in a terminal, or keep the password where it needs nobody/)
    assert.equal(bench.pop3.logins + bench.imap.logins, 0)
  })

  test('is refused by watch, which goes on without anybody', async () => {
    const { code, stderr } = await bench.run('watch')
    assert.equal(code, 2)
    const sentence = stderr.replaceAll(/\s+/g, ' ')
    assert.match(sentence, /nobody is there to be asked for passwords: alice \(source\), alice \(destination\), bob/)
    assert.equal(bench.pop3.logins + bench.imap.logins, 0)
  })

  test('is asked for once per account, before anything is connected, and never shown', {
    skip: !hasTerminal,
  }, async () => {
    const terminal = new Terminal(['sync'], { cwd: bench.directory })
    try {
      const port = bench.pop3.connections.total
      await terminal.until(/Password for old at 127\.0\.0\.1: $/)
      assert.equal(bench.pop3.connections.total, port)
      terminal.type(`${passwords.source}\r`)
      // Both pairs are at work: either may be the next to ask.
      for (let answered = 1; answered < 3; answered += 1) {
        const [, user] = await terminal.until(/Password for (\w+) at 127\.0\.0\.1: $/)
        terminal.type(`${user === 'new' ? passwords.destination : passwords.source}\r`)
      }
      assert.equal(await terminal.end, 0, terminal.screen)
      assert.equal(terminal.screen.match(/Password for /g)?.length, 3)
      for (const secret of Object.values(passwords)) assert.ok(!terminal.screen.includes(secret))
      assert.equal(bench.imap.folder('new', 'INBOX').messages.length, 2)
    } finally {
      await terminal.close()
    }
  })

  test('ends with Ctrl-C: nobody is asked again', { skip: !hasTerminal, timeout: 60_000 }, async () => {
    const logins = bench.pop3.logins
    const terminal = new Terminal(['sync'], { cwd: bench.directory })
    try {
      await terminal.until(/Password for old at 127\.0\.0\.1: $/)
      terminal.type('ses\u0003')
      assert.equal(await terminal.end, 130, terminal.screen)
      assert.equal(terminal.screen.match(/Password for /g)?.length, 1)
      assert.equal(bench.pop3.logins, logins)
    } finally {
      await terminal.close()
    }
  })

  test('ends with SIGTERM', { skip: !hasTerminal, timeout: 60_000 }, async () => {
    const terminal = new Terminal(['sync'], { cwd: bench.directory })
    await terminal.until(/Password for old at 127\.0\.0\.1: $/)
    terminal.signal('SIGTERM')
    assert.equal(await terminal.end, 130, terminal.screen)
  })
})
