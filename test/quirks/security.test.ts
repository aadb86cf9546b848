// Quirks of secrets, logs and files (second part of group E of the catalogue), tried with the command as people run it.
import assert from 'node:assert/strict'
import { chmod, lstat, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemKeyring } from '../../src/config/secret-keyring.ts'
import { Bench, type BenchOptions, passwords } from '../commands/bench.ts'
import { startCli } from '../commands/run-cli.ts'
import { refusal, resolve, secret } from '../config/refusal.ts'
import { mail } from '../core/rows.ts'
import { Gate } from '../servers/gate.ts'
import type { ImapFaults } from '../servers/imap-faults.ts'
import type { Pop3Faults } from '../servers/pop3-faults.ts'
import { uidlLines } from '../servers/pop3-faults.ts'
import { quirk } from './quirk.ts'

const env = { OLD: passwords.source, NEW: passwords.destination }

async function withBench(options: BenchOptions, work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await Bench.start(options)
  try {
    await work(bench)
  } finally {
    await bench.stop()
  }
}

/** Every file below a directory. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

/** Everything printed and everything written, by place. */
async function leftBehind(bench: Bench): Promise<Map<string, Buffer>> {
  const left = new Map<string, Buffer>([['output', Buffer.from(bench.printed.join('\n'))]])
  for (const file of await filesBelow(bench.directory)) left.set(file, await readFile(file))
  return left
}

/** What a server may make of a secret; the beginning of a form counts too. */
function formsOf(user: string, password: string): string[] {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const inUrl = encodeURIComponent(password)
  return [password, base64(password), inUrl, inUrl.toLowerCase(), base64(`\0${user}\0${password}`)]
}

const forms = { source: formsOf('old', passwords.source), destination: formsOf('new', passwords.destination) }

async function assertNoSecret(bench: Bench): Promise<void> {
  for (const [place, bytes] of await leftBehind(bench)) {
    for (const form of [...forms.source, ...forms.destination]) {
      const seen = bytes.includes(form.slice(0, Math.max(6, Math.ceil(form.length / 2))))
      assert.ok(!seen, `${place} holds ${form}: ${place === 'output' ? bytes : ''}`)
    }
  }
}

/** How a server may say a secret back: every form, and forms that are cut off where texts become too long. */
const echoes = (end: 'source' | 'destination') => [
  ...forms[end].map((form) => `you said ${form} to me`),
  `${'x'.repeat(190)}${forms[end][0]}`,
  `${'x'.repeat(185)}${forms[end][4]}`,
]

quirk(
  'E06',
  'A server that says a password back, plain, in base64 or URL-encoded, whole or cut off, leaves no trace of it in output, ledger, spool or JSON.',
  async () => {
    const [atSource, atDestination] = [echoes('source'), echoes('destination')]
    const rounds: { pop3?: Pop3Faults; imap?: ImapFaults }[] = [
      { pop3: { login: { text: `-ERR [AUTH] ${atSource.join(' ')}` } } },
      { imap: { login: { text: `NO [AUTHENTICATIONFAILED] ${atDestination.join(' ')}` } } },
      { pop3: { retr: ({ uidl }) => ({ kind: 'error', text: atSource[Number(uidl.slice(1)) - 1] ?? '' }) } },
      { imap: { refuse: (_, { index }) => `NO ${atDestination[index % atDestination.length]}` } },
    ]
    await withBench({ messages: atSource.map((_, at) => mail(at)) }, async (bench) => {
      for (const [at, { pop3 = {}, imap = {} }] of rounds.entries()) {
        bench.pop3.faults = pop3
        bench.imap.faults = imap
        // A refused login is not tried again so soon: that is another quirk (E17).
        await rm(join(bench.directory, 'state'), { recursive: true, force: true })
        const { code } = await bench.run('--verbose', 'sync', ...(at % 2 === 0 ? [] : ['--json']))
        assert.notEqual(code, 0)
        await assertNoSecret(bench)
      }
      await bench.run('--verbose', 'status', '--json')
      await assertNoSecret(bench)
      assert.match(bench.printed.join(''), /\[redacted\]/)
    })
  },
)

quirk(
  'E05',
  'Control characters of greetings, refusals and names are escaped and their length is bounded: nothing a server says reaches the terminal as a command.',
  async () => {
    const evil = '\x1b]0;owned\x07\x1b[2J\rroot\x9b31m\u202e'
    const long = `${evil}${'y'.repeat(3000)}`
    const rounds: { pop3?: Pop3Faults; imap?: ImapFaults }[] = [
      { pop3: { greeting: { raw: `+OK ${long}\r\n` }, login: { text: `-ERR [AUTH] ${long}` } } },
      {
        pop3: { uidl: { line: uidlLines.withNul } },
        imap: { greeting: { raw: `* OK ${long}\r\n` }, login: { text: `NO [AUTHENTICATIONFAILED] ${long}` } },
      },
      { pop3: { retr: ({ uidl }) => (uidl === 'u1' ? { kind: 'error', text: long } : undefined) } },
      { imap: { refuse: () => `NO ${long}` } },
    ]
    await withBench({ messages: [mail(1), mail(2)] }, async (bench) => {
      for (const [at, { pop3 = {}, imap = {} }] of rounds.entries()) {
        bench.pop3.faults = pop3
        bench.imap.faults = imap
        await rm(join(bench.directory, 'state'), { recursive: true, force: true })
        assert.notEqual((await bench.run('--verbose', 'sync', ...(at === 2 ? ['--json'] : []))).code, 0)
      }
      await bench.run('--verbose', 'status')
      const output = bench.printed.join('')
      assert.match(output, /owned/)
      assert.doesNotMatch(output, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
      assert.doesNotMatch(output, /y{1000}/)
    })
  },
)

quirk('E04', 'Names given by a server never become paths or commands, whatever is in them.', () =>
  withBench({ messages: [mail(1), mail(2)] }, async (bench) => {
    const names = ['../../../etc/passwd', '$(touch owned); `id` \'"%s%n']
    bench.pop3.faults = { uidl: { line: (position) => `${position} ${names[position - 1]}` } }
    assert.equal((await bench.run('sync')).code, 0)
    assert.equal(bench.imap.folder('new', 'INBOX').messages.length, 2)
    const files = (await filesBelow(bench.directory)).map((file) => file.slice(bench.directory.length + 1))
    assert.deepEqual(
      files.filter((file) => !/^(mailhaul\.yaml|state\/ledger\.db(-wal|-shm)?)$/.test(file)),
      [],
    )
  }),
)

quirk(
  'E07',
  'Ledger and spool lie in directories of their own: a symbolic link in their place, or one that everybody may write to, is refused.',
  () =>
    withBench({}, async (bench) => {
      const state = join(bench.directory, 'state')
      const elsewhere = join(bench.directory, 'elsewhere')
      const isRefused = async (said: RegExp) => {
        const { code, stdout, stderr } = await bench.run('sync')
        assert.equal(code, 1)
        assert.match(stdout + stderr, said)
        assert.equal(bench.pop3.count('RETR'), 0)
      }
      await mkdir(elsewhere, { mode: 0o700 })
      await symlink(elsewhere, state)
      await isRefused(/state\s+is\s+a\s+symbolic\s+link/)
      assert.deepEqual(await readdir(elsewhere), [])
      await rename(state, join(bench.directory, 'link'))
      await mkdir(state, { mode: 0o700 })
      await symlink(elsewhere, join(state, 'spool'))
      await isRefused(/spool\s+is\s+not\s+a\s+directory\s+of\s+its\s+own/)
      await rename(join(state, 'spool'), join(bench.directory, 'other-link'))
      await symlink(join(elsewhere, 'target'), join(state, 'other.db'))
      await bench.configure({ top: '' })
      await chmod(state, 0o777)
      await isRefused(/Everybody\s+can\s+write|Anybody\s+may\s+replace/)
      await chmod(state, 0o700)
      assert.equal((await bench.run('sync')).code, 0)
    }),
)

quirk(
  'E08',
  'Whatever the umask, ledger and spool are for their owner alone; a configuration that holds a password and can be read by others is refused.',
  () =>
    withBench({ messages: [Buffer.concat([mail(1), Buffer.alloc(3_000_000, 'x\r\n')])] }, async (bench) => {
      const gate = new Gate()
      bench.imap.faults = { hold: { APPEND: gate } }
      const umask = process.umask(0)
      // The command inherits it.
      const running = startCli(['sync'], { cwd: bench.directory, env })
      process.umask(umask)
      await bench.imap.until(() => bench.imap.appends.length > 0)
      const state = join(bench.directory, 'state')
      const files = await filesBelow(state)
      assert.ok(files.some((file) => file.endsWith('.spool')) && files.some((file) => file.endsWith('ledger.db')))
      for (const file of files) assert.equal((await lstat(file)).mode & 0o7777, 0o600, file)
      for (const directory of [state, join(state, 'spool')]) {
        assert.equal((await lstat(directory)).mode & 0o7777, 0o700, directory)
      }
      gate.open()
      assert.equal((await running.end).code, 0)
      await bench.configure({ source: `password: ${JSON.stringify(passwords.source)}` })
      await chmod(join(bench.directory, 'mailhaul.yaml'), 0o644)
      const { code, stdout, stderr } = await bench.run('sync')
      assert.equal(code, 2)
      assert.match(stdout + stderr, /holds\s+a\s+password\s+and\s+can\s+be\s+read\s+by\s+others.*chmod\s+600/s)
      await chmod(join(bench.directory, 'mailhaul.yaml'), 0o600)
      assert.equal((await bench.run('sync')).code, 0)
    }),
)

quirk(
  'E09',
  'Passwords come from files, commands, credentials or the keyring; they are never among the arguments.',
  () =>
    withBench({}, async (bench) => {
      const file = join(bench.directory, 'old.password')
      await writeFile(file, `${passwords.source}\n`, { mode: 0o600 })
      await bench.configure({ source: 'password: { file: ./old.password }' })
      const gate = new Gate()
      bench.imap.faults = { hold: { APPEND: gate } }
      const running = startCli(['sync'], { cwd: bench.directory, env: { NEW: passwords.destination } })
      await bench.imap.until(() => bench.imap.appends.length > 0)
      for (const pid of await familyOf(running.child.pid ?? 0)) {
        const line = await readFile(`/proc/${pid}/cmdline`, 'utf8')
        for (const password of Object.values(passwords)) assert.ok(!line.includes(password), line)
      }
      const environment = await readFile(`/proc/${running.child.pid}/environ`, 'utf8')
      assert.ok(!environment.includes(passwords.source))
      gate.open()
      assert.equal((await running.end).code, 0)
      const refused = await bench.run('--password', 'x', 'sync')
      assert.equal(refused.code, 2, 'there is no option for it')
    }),
)

/** A process and its children. */
async function familyOf(pid: number): Promise<string[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return [String(pid), ...children.split(' ').filter(Boolean)]
}

quirk(
  'E10',
  'A password command runs without a shell and within a time; one line end is taken off, and a failure counts whatever was printed before.',
  async () => {
    const program = (text: string): { command: [string, ...string[]] } => ({ command: [process.execPath, '-e', text] })
    assert.equal(await resolve(program(`process.stdout.write('${secret}\\n')`)), secret)
    const several = await refusal(resolve(program(`process.stdout.write('${secret}\\n\\n')`)))
    assert.match(several.message, /line break/)
    const failing = await refusal(
      resolve(program(`console.log('${secret}'); console.error('locked ${secret}'); process.exit(3)`)),
      'later',
    )
    assert.match(failing.message, /exit code 3; it says: locked \[redacted\]/)
    const waiting = await refusal(resolve(program('setInterval(() => {}, 1000)'), { commandTimeout: 50 }), 'later')
    assert.match(waiting.message, /did not end within/)
    assert.match((await refusal(resolve({ command: ['no-such-program-here'] }))).message, /there is no program/)
    assert.equal(await resolve({ command: [process.execPath, '-p', 'process.argv[1]', '--', '$HOME;id'] }), '$HOME;id')
  },
)

quirk(
  'E11',
  'Without a usable keyring the error says so and names the other places; nothing waits for it.',
  async () => {
    const keyring = systemKeyring({ PATH: process.env.PATH, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' })
    const error = await refusal(resolve({ keyring: true }, { keyring }))
    assert.equal(error.code, 'secret')
    assert.match(`${error.message} ${error.hint}`, /file|mailhaul secret set/)
  },
)

quirk('E12', 'A systemd credential is read from $CREDENTIALS_DIRECTORY by its name, and by nothing but a name.', () =>
  withBench({}, async (bench) => {
    const directory = join(bench.directory, 'credentials')
    await mkdir(directory, { mode: 0o700 })
    await writeFile(join(directory, 'old'), `${secret}\n`, { mode: 0o400 })
    const at = { env: { CREDENTIALS_DIRECTORY: directory } }
    assert.equal(await resolve({ credential: 'old' }, at), secret)
    await bench.configure({ source: 'password: { credential: ../outside }' })
    const { code, stdout, stderr } = await bench.run('sync')
    assert.equal(code, 2)
    assert.match(stdout + stderr, /not\s+the\s+name\s+of\s+a\s+systemd\s+credential/)
    assert.equal((await refusal(resolve({ credential: 'old' }))).code, 'secret')
  }),
)

quirk('E18', 'The ledger holds hashes, sizes and UIDs: no subject, no address, no content.', () =>
  withBench(
    { messages: [Buffer.from('From: bob@example.com\r\nSubject: The merger\r\n\r\nprivate words\r\n')] },
    async (bench) => {
      await bench.configure({ source: 'user: old', pair: 'select: { since: 2001-01-01 }' })
      bench.imap.faults = { refuse: () => 'NO not now' }
      await bench.run('--verbose', 'sync')
      bench.imap.faults = {}
      assert.equal((await bench.run('--verbose', 'sync')).code, 0)
      const files = await filesBelow(join(bench.directory, 'state'))
      assert.ok(files.length > 0)
      for (const file of files) {
        const bytes = await readFile(file)
        for (const text of ['bob', 'example.com', 'merger', 'private words', 'Subject', passwords.source]) {
          assert.ok(!bytes.includes(text), `${file} holds ${text}`)
        }
      }
    },
  ),
)
