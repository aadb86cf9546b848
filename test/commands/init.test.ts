// mailhaul init as people and scripts meet it: two addresses become a configuration that works, or nothing is left behind.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { mail } from '../core/rows.ts'
import { Bench, passwords } from './bench.ts'
import { type Finished, runCli } from './run-cli.ts'
import { hasTerminal, Terminal } from './terminal.ts'

describe('mailhaul init', () => {
  let bench: Bench
  const file = () => join(bench.directory, 'new.yaml')
  const servers = () => [
    ...['--config', 'new.yaml', '--host1', '127.0.0.1', '--port1', String(bench.pop3.port), '--tls1', 'none'],
    ...['--host2', '127.0.0.1', '--port2', String(bench.imap.port), '--tls2', 'none'],
  ]
  const addresses = ['--email1', 'alice@old.invalid', '--email2', 'alice@new.invalid']
  before(async () => {
    const messages = [1, 2, 3].map((number) => ({ uidl: `u${number}`, bytes: mail(number) }))
    bench = await Bench.start({
      pop3: { users: [{ user: 'alice@old.invalid', password: passwords.source, messages }] },
      imap: { users: [{ user: 'alice@new.invalid', password: passwords.destination }] },
    })
  })
  after(() => bench.stop())
  beforeEach(async () => {
    await rm(file(), { force: true })
    await rm(join(bench.directory, '.config'), { recursive: true, force: true })
  })

  // A machine without a keyring: nobody listens there.
  const noBus = () => ({ DBUS_SESSION_BUS_ADDRESS: `unix:path=${bench.directory}/no-bus`, OLD: passwords.source })
  const run = async (words: readonly string[], input = ''): Promise<Finished> => {
    const finished = await runCli(['init', ...words], { cwd: bench.directory, env: noBus(), input })
    bench.printed.push(finished.stdout, finished.stderr)
    return finished
  }
  const said = ({ stderr }: Finished) => stderr.replaceAll(/\s+/g, ' ')

  /** Nothing but what the workbench itself needs. */
  const leftBehind = () => readdirSync(bench.directory).filter((name) => name !== 'mailhaul.yaml')

  test('names everything that is missing where nobody can be asked', async () => {
    const finished = await run([])
    assert.equal(finished.code, 2)
    assert.match(said(finished), /no terminal to ask on, .*: --email1, --password1, --email2, --password2, --yes\./)
    const some = await run(['--email1', 'alice@old.invalid', '--password1', 'env:OLD', '--yes'])
    assert.equal(some.code, 2)
    assert.match(said(some), /not everything was given: --email2, --password2\./)
    assert.deepEqual(leftBehind(), [])
  })

  test('takes no password in its arguments, and does not repeat it', async () => {
    const finished = await run([...addresses, '--password1', passwords.source, '--yes'])
    assert.equal(finished.code, 2)
    assert.match(said(finished), /--password1 takes the place where the password is kept, never the password itself/)
    assert.ok(!finished.stderr.includes(passwords.source))
  })

  test('writes a configuration for scripts: passwords from the environment and from standard input', async () => {
    const words = [...servers(), ...addresses, '--password1', 'env:OLD', '--password2', 'stdin', '--yes']
    const finished = await run(words, `${passwords.destination}\n`)
    assert.equal(finished.code, 0, said(finished))
    assert.match(said(finished), /3 messages/)
    const kept = join(bench.directory, '.config/mailhaul/secrets/alice-destination')
    assert.match(
      said(finished),
      /in the file .*alice-destination, which you alone can read, because the operating system's keyring/,
    )
    assert.equal(readFileSync(kept, 'utf8'), `${passwords.destination}\n`)
    assert.equal(statSync(kept).mode & 0o777, 0o600)
    assert.equal(statSync(join(kept, '..')).mode & 0o777, 0o700)
    const text = readFileSync(file(), 'utf8')
    assert.match(text, /password: \{ env: OLD \}/)
    for (const secret of Object.values(passwords)) assert.ok(!text.includes(secret))
    const plan = await runCli(['plan', '--config', 'new.yaml'], { cwd: bench.directory, env: noBus() })
    assert.match(plan.stdout, /3 listed = 3 to copy/)
  })

  test('leaves a configuration that is there as it is, unless told', async () => {
    await writeFile(file(), 'mine\n')
    const words = [...servers(), ...addresses, '--password1', 'env:OLD', '--password2', 'stdin', '--yes']
    const refused = await run(words, passwords.destination)
    assert.equal(refused.code, 2)
    assert.match(said(refused), /There is a configuration new\.yaml already\. .*--overwrite/)
    assert.equal(readFileSync(file(), 'utf8'), 'mine\n')
    assert.equal((await run([...words, '--overwrite', '--json'], passwords.destination)).code, 0)
    assert.match(readFileSync(file(), 'utf8'), /^# Written by mailhaul init/)
  })

  test('takes no name that the ledger knows for another account', async () => {
    const words = [...servers(), ...addresses, '--password1', 'env:OLD', '--password2', 'stdin', '--yes']
    assert.equal((await run(words, passwords.destination)).code, 0)
    const sync = await runCli(['sync', '--config', 'new.yaml'], { cwd: bench.directory, env: noBus() })
    assert.equal(sync.code, 0, sync.stdout)
    await rm(file())
    await rm(join(bench.directory, '.config'), { recursive: true })
    const refused = await run(words, passwords.destination)
    assert.equal(refused.code, 2)
    assert.match(said(refused), /knows a pair called alice already, with 3 messages\. .*--name.*--overwrite/)
    assert.deepEqual(leftBehind(), ['.local'])
    assert.equal((await run([...words, '--overwrite'], passwords.destination)).code, 0)
    await rm(file())
    assert.equal((await run([...words, '--name', 'alice-2'], passwords.destination)).code, 0)
    await rm(join(bench.directory, '.local'), { recursive: true })
  })

  test('with --json prints one document', async () => {
    const words = [...servers(), ...addresses, '--password1', 'env:OLD', '--password2', 'stdin', '--yes', '--json']
    const { stdout } = await run(words, passwords.destination)
    const document: unknown = JSON.parse(stdout)
    assert.ok(typeof document === 'object' && document !== null && 'kind' in document && 'pair' in document)
    assert.deepEqual([document.kind, document.pair], ['init', 'alice'])
  })

  test('writes nothing where a login is refused, and exits as check does', async () => {
    const words = [...servers(), ...addresses, '--password1', 'env:OLD', '--password2', 'stdin', '--yes']
    const finished = await run(words, 'wrong')
    assert.equal(finished.code, 4, said(finished))
    assert.deepEqual(leftBehind(), [])
  })

  test('takes the passwords away again where the configuration cannot be written', async () => {
    const words = [...servers(), ...addresses, '--password1', 'env:OLD', '--password2', 'stdin', '--yes']
    const finished = await run([...words, '--config', 'mailhaul.yaml/new.yaml'], passwords.destination)
    assert.equal(finished.code, 2, said(finished))
    assert.match(said(finished), /could not be written/)
    assert.deepEqual(readdirSync(join(bench.directory, '.config/mailhaul/secrets')), [])
  })

  test('finds no server of a domain that nobody has, and says which option names one', async () => {
    const finished = await run([
      '--config',
      'new.yaml',
      ...addresses,
      '--password1',
      'env:OLD',
      '--password2',
      'env:OLD',
      '--yes',
    ])
    assert.equal(finished.code, 2)
    assert.match(said(finished), /No POP3 server was found for alice@old\.invalid\. Name it: --host1 HOST\./)
  })

  describe('on a terminal', { skip: !hasTerminal, timeout: 180_000 }, () => {
    const open = (words: readonly string[]) => new Terminal(['init', ...words], { cwd: bench.directory, env: noBus() })

    test('asks, lets a wrong password be typed again, writes, and shows the plan', async () => {
      const terminal = open(servers())
      try {
        await terminal.answer(/E-mail address of the old account/, 'nobody')
        await terminal.answer(/not an e-mail address/, '\u007f\u007f\u007f\u007f\u007f\u007falice@old.invalid')
        await terminal.answer(/Password of alice@old\.invalid at the POP3 server/, passwords.source)
        await terminal.answer(/E-mail address of the new account/, 'alice@new.invalid')
        await terminal.answer(/Password of alice@new\.invalid at the IMAP server/, 'wrong')
        await terminal.answer(/What now\?/, '')
        await terminal.answer(/Password of alice@new\.invalid at the IMAP server/, passwords.destination)
        await terminal.answer(/Look at what sync would do/, '')
        assert.equal(await terminal.end, 0, terminal.screen)
        assert.match(terminal.screen, /3 listed = 3 to co/)
        // Nor how long they are.
        assert.doesNotMatch(terminal.screen, /[*\u25aa\u2022]/)
        for (const secret of Object.values(passwords)) assert.ok(!terminal.screen.includes(secret))
        assert.match(readFileSync(file(), 'utf8'), /name: alice/)
      } finally {
        await terminal.close()
      }
    })

    test('Ctrl-C at any question leaves nothing behind', async () => {
      const answers: [RegExp, string][] = [
        [/E-mail address of the old account/, 'alice@old.invalid'],
        [/Password of alice@old\.invalid at the POP3 server/, passwords.source],
        [/E-mail address of the new account/, 'alice@new.invalid'],
        [/Password of alice@new\.invalid at the IMAP server/, 'wrong'],
        [/What now\?/, ''],
      ]
      for (const at of answers.keys()) {
        const terminal = open(servers())
        try {
          for (const [question, answer] of answers.slice(0, at)) await terminal.answer(question, answer)
          await terminal.until(answers[at]?.[0] ?? /never/)
          terminal.type('\u0003')
          assert.equal(await terminal.end, 130, terminal.screen)
          assert.deepEqual(leftBehind(), [])
          // The cursor is there again.
          assert.equal(terminal.screen.lastIndexOf('\u001b[?25h') > terminal.screen.lastIndexOf('\u001b[?25l'), true)
        } finally {
          await terminal.close()
        }
      }
    })

    test('asks before it replaces a configuration', async () => {
      await writeFile(file(), 'mine\n')
      const terminal = open(servers())
      try {
        await terminal.answer(/There is a configuration new\.yaml already/, '')
        assert.equal(await terminal.end, 2, terminal.screen)
        assert.equal(readFileSync(file(), 'utf8'), 'mine\n')
      } finally {
        await terminal.close()
      }
    })
  })

  test('no output ever held a password', () => {
    for (const text of bench.printed) for (const secret of Object.values(passwords)) assert.ok(!text.includes(secret))
    assert.ok(existsSync(bench.directory))
  })
})
