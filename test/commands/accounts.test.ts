// A list of accounts from beginning to end: some get through, each other one fails for a reason of its own; then what is
// chosen by how the last run went.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parse } from 'csv-parse/sync'
import { systemClock } from '../../src/engine/clock.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { mail } from '../core/rows.ts'
import { matchesGolden } from '../golden.ts'
import { type ImapServer, startImapServer } from '../servers/imap-server.ts'
import { type Pop3Server, startPop3Server } from '../servers/pop3-server.ts'
import { type Finished, runCli, startCli } from './run-cli.ts'

const users = ['anna', 'ben', 'carla', 'dora', 'emil', 'fritz', 'gerd', 'hans', 'ida']
const password = (user: string) => `pw-"${user}";,${user.length}!`
const nul = Buffer.from('Subject: NUL\r\n\r\na\0b\r\n')
const refuse = (bytes: Buffer) =>
  bytes.includes(0)
    ? 'NO Message contains NUL characters'
    : bytes.includes('FULL')
      ? 'NO [OVERQUOTA] Quota exceeded of =HYPERLINK("x")'
      : undefined

describe('sync of a list of accounts', () => {
  let pop3: Pop3Server
  let imap: ImapServer
  let cwd = ''
  const printed: string[] = []

  before(async () => {
    pop3 = await startPop3Server({
      users: users.map((user) => ({
        user,
        password: password(user),
        messages: [
          { uidl: 'u1', bytes: mail(1, user === 'emil' ? 'FULL' : user) },
          { uidl: 'u2', bytes: user === 'hans' ? nul : mail(2, user) },
        ],
      })),
    })
    imap = await startImapServer({
      users: users.map((user) => ({ user, password: password(user) })),
      faults: { refuse },
    })
    cwd = await mkdtemp(join(tmpdir(), 'mailhaul-list-'))
    await writeList({})
    await writeFile(
      join(cwd, 'mailhaul.yaml'),
      `ledger: ./state/ledger.db
pairs: { csv: accounts.csv }
${defaults()}`,
    )
  })
  after(async () => {
    await pop3.stop()
    await imap.stop()
    await rm(cwd, { recursive: true, force: true })
    for (const user of users) assert.ok(!printed.some((text) => text.includes(password(user).slice(3))), user)
  })

  const defaults = () => `defaults:
  source: { host: 127.0.0.1, port: ${pop3.port}, tls: none }
  destination: { host: 127.0.0.1, port: ${imap.port}, tls: none }
`

  /** A row for each user; cells by column of what is out of the ordinary. */
  async function writeList(changes: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<void> {
    const titles = [
      'name',
      'source.user',
      'source.password',
      'source.port',
      'source.tls',
      'source.limits.bytesPerDay',
      'destination.user',
      'destination.password',
    ]
    const rows = users.map((user) => {
      const cells: Readonly<Record<string, string>> = {
        name: `=${user}`,
        'source.user': user,
        'source.password': password(user),
        'destination.user': user,
        'destination.password': password(user),
        ...changes[user],
      }
      return titles.map((title) => `"${(cells[title] ?? '').replaceAll('"', '""')}"`).join(';')
    })
    await writeFile(join(cwd, 'accounts.csv'), `\ufeff${titles.join(';')}\r\n${rows.join('\r\n')}\r\n`, { mode: 0o600 })
  }

  async function run(...words: string[]): Promise<Finished> {
    const finished = await runCli(words, { cwd })
    printed.push(finished.stdout, finished.stderr)
    return finished
  }

  function results(file = 'results.csv'): readonly Record<string, string>[] {
    const text = readFileSync(join(cwd, file), 'utf8')
    printed.push(text)
    return parse<Record<string, string>>(text, { columns: true })
  }

  const causes = (rows: readonly Record<string, string>[]) => rows.map(({ cause, pair }) => `${cause} ${pair}`)

  test('a list with one bad row starts nothing', async () => {
    await writeList({ gerd: { 'source.port': '0' }, ida: { name: '=hans' } })
    const { code, stderr } = await run('sync')
    assert.equal(code, 2)
    assert.match(
      stderr,
      /accounts\.csv row 8, source\.port: this is not possible here[\s\S]*row 10, name: row 9 has the same name/,
    )
    assert.equal(pop3.connections.total, 0)
    assert.equal(existsSync(join(cwd, 'state')), false)
  })

  test('each pair that fails is told with its cause, and the others get through', async () => {
    await writeList({
      ben: { 'source.password': 'wrong-one' },
      carla: { 'source.tls': 'implicit' },
      dora: { 'source.port': '1' },
      fritz: { 'source.limits.bytesPerDay': '1' },
    })
    const ledger = openLedger({ path: join(cwd, 'state/ledger.db'), clock: systemClock })
    const held = ledger.open('=gerd', 'somebody else')
    const { code, stdout } = await run('sync', '--results', 'results.csv')
    held.close()
    ledger.close()
    assert.equal(code, 4)
    assert.match(stdout, /7 pairs of 9 did not go through/)
    const rows = results()
    assert.deepEqual(causes(rows), [
      "auth '=ben",
      "tls '=carla",
      "connection '=dora",
      "locked '=gerd",
      "throttled '=fritz",
      "quota '=emil",
      "partial '=hans",
      "done '=anna",
      "done '=ida",
    ])
    const text = readFileSync(join(cwd, 'results.csv'), 'utf8')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z,[\d.]+/g, 'TIME,SECONDS')
      .replaceAll(/process \d+ on .*? since .*? UTC/g, 'process N on HOST since TIME')
      .replaceAll(/process \d+/g, 'process N')
      .replaceAll(/in \d+ (h|min|s)\b.*?\. What/g, 'in SOME TIME. What')
      .replaceAll(String(pop3.port), 'PORT')
    matchesGolden('commands/results.csv', text)
    assert.deepEqual(await readdir(cwd).then((names) => names.filter((name) => name.includes('tmp'))), [])
  })

  test('what is settled is not even logged into, and what failed is run again', async () => {
    await writeList({})
    const before = pop3.logins
    const { code } = await run('sync', '--skip-completed', '--results', 'results.csv')
    assert.equal(code, 6)
    assert.equal(pop3.logins - before, users.length - 2)
    assert.deepEqual(causes(results()), [
      "quota '=emil",
      "partial '=hans",
      ...['ben', 'carla', 'dora', 'fritz', 'gerd'].map((user) => `done '=${user}`),
      ...['anna', 'ida'].map((user) => `passed-over '=${user}`),
    ])
    imap.faults = {}
    assert.equal((await run('sync', '--failed', '--retry-failed', '--results', 'results.csv')).code, 0)
    assert.deepEqual(causes(results()).slice(0, 2), ["done '=emil", "done '=hans"])
    for (const user of users) assert.equal(imap.folder(user, 'INBOX').messages.length, 2, user)
  })

  test('nothing left to do is said, and no failure', async () => {
    const logins = pop3.logins
    for (const words of [['--failed'], ['--skip-completed']]) {
      const { code, stdout, stderr } = await run('sync', ...words)
      assert.deepEqual([code, stdout], [0, ''])
      assert.match(stderr, /^No pair is left to run: /m)
      assert.deepEqual(await run('--quiet', 'sync', ...words), { code: 0, signal: null, stdout: '', stderr: '' })
    }
    assert.match((await run('--json', 'sync', '--failed')).stdout, /"pairs": \[\]/)
    assert.equal(pop3.logins, logins)
  })

  test('pairs are chosen by pattern, by user, by a file of names and by a results file', async () => {
    const chosen = async (...words: string[]) => {
      const { code, stdout } = await run('--json', 'status', ...words)
      assert.equal(code, 0)
      const { pairs }: { pairs: { pair: string }[] } = JSON.parse(stdout)
      return pairs.map(({ pair }) => pair.slice(1))
    }
    assert.deepEqual(await chosen('--only', '=a*'), ['anna'])
    assert.deepEqual(await chosen('--only', 'A*', '--only', '=ben'), ['anna', 'ben'])
    assert.deepEqual(await chosen('--only', '??????'), ['carla', 'fritz'])
    await writeFile(join(cwd, 'some.txt'), '# some\n=carla\r\n\n  d*\n')
    assert.deepEqual(await chosen('--only', 'some.txt'), ['carla', 'dora'])
    const worst = readFileSync(join(cwd, 'results.csv'), 'utf8').split('\n').slice(0, 3).join('\n')
    await writeFile(join(cwd, 'worst.csv'), `${worst}\n`)
    assert.deepEqual(await chosen('--only', 'worst.csv'), ['emil', 'hans'])
    await writeFile(join(cwd, 'lost.txt'), '=anna\nnobody\n')
    for (const [words, told] of [
      [['--only', 'lost.txt'], /lost\.txt names what no pair is called: "nobody"\./],
      [['--only', 'x*'], /No pair is called "x\*", and there is no such file\./],
      [['=ben', '--only', '=anna'], /None of the pairs named is among those of --only\./],
    ] as const) {
      const { code, stderr } = await run('status', ...words)
      assert.equal(code, 2)
      assert.match(stderr, told)
    }
  })

  test('check, plan and verify take the same choice, and pass it on to what is to be run next', async () => {
    await writeFile(join(cwd, 'empty.yaml'), `ledger: ./state/ledger.db\n${defaults()}`)
    const choice = ['--config', 'empty.yaml', '--accounts', 'accounts.csv', '--only', '=a*', '--skip-completed']
    const nothing = await run('--json', 'check', ...choice)
    assert.deepEqual([nothing.code, JSON.parse(nothing.stdout).pairs], [0, []])
    const words = "--only '=a*' --config empty.yaml --accounts accounts.csv"
    const checked = await run('check', ...choice.slice(0, -1))
    assert.equal(checked.code, 0, checked.stdout)
    assert.ok(checked.stdout.replaceAll(/\s+/g, ' ').includes(`mailhaul plan ${words}`), checked.stdout)
    assert.match((await run('plan', ...choice.slice(0, -1))).stdout, /^=anna: 2 messages listed/)
    const verified = await run('--json', 'verify', ...choice.slice(0, -1))
    assert.deepEqual([verified.code, JSON.parse(verified.stdout).pairs.length], [0, 1])
  })

  test('a results file replaces nothing but a results file', async () => {
    const list = readFileSync(join(cwd, 'accounts.csv'), 'utf8')
    for (const file of ['accounts.csv', '.', 'nowhere/results.csv']) {
      const { code, stderr } = await run('sync', '--results', file)
      assert.equal(code, 2, file)
      assert.match(stderr, /results/, file)
    }
    assert.equal(readFileSync(join(cwd, 'accounts.csv'), 'utf8'), list)
  })

  test('interrupted, the results hold a row for each pair all the same', async () => {
    for (const user of users) pop3.maildrop(user).add({ uidl: 'u3', bytes: mail(3, user) })
    pop3.faults = { login: 'silent' }
    const attempts = () => pop3.count('PASS') + pop3.count('AUTH')
    const before = attempts()
    const { child, end } = startCli(['sync', '--results', 'stopped.csv'], { cwd })
    await pop3.until(() => attempts() > before)
    // All are there from the beginning, whatever kills the run.
    assert.deepEqual(new Set(results('stopped.csv').map(({ cause }) => cause)), new Set(['not-reached']))
    child.kill('SIGTERM')
    const { code, stdout } = await end
    printed.push(stdout)
    assert.equal(code, 130)
    const rows = results('stopped.csv')
    assert.equal(rows.length, users.length)
    assert.deepEqual(new Set(rows.map(({ cause }) => cause)), new Set(['interrupted']))
    pop3.faults = {}
    assert.equal((await run('sync')).code, 0)
    for (const user of users) assert.equal(imap.folder(user, 'INBOX').messages.length, 3, user)
  })
})
