// Quirks of processes, clocks and lost connections: signals, locks, leftovers, closed outputs (group D of the catalogue).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readdirSync, watch } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Bench, type BenchOptions, passwords } from '../commands/bench.ts'
import { type Finished, startCli } from '../commands/run-cli.ts'
import { mail } from '../core/rows.ts'
import { hastyClock } from '../engine/held-clock.ts'
import { withWorld } from '../scenarios/world.ts'
import { Gate } from '../servers/gate.ts'
import { onAppend } from '../servers/imap-faults.ts'
import { onlyFor } from '../servers/pop3-retrieve-faults.ts'
import { pop3Capabilities } from '../servers/pop3-server.ts'
import { quirk } from './quirk.ts'

const env = { OLD: passwords.source, NEW: passwords.destination }
const many = Array.from({ length: 90 }, (_, number) => mail(number))
const large = mail(1, 'x'.repeat(70).concat('\r\n').repeat(40_000))

async function withBench(options: BenchOptions, work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await Bench.start(options)
  try {
    await work(bench)
  } finally {
    await bench.stop()
  }
}

function stored(bench: Bench): number {
  return bench.imap.folder('new', 'INBOX').messages.length
}

/** Resolves once a stream has shown this text. */
async function shown(stream: NodeJS.ReadableStream | null, pattern: RegExp): Promise<void> {
  let seen = ''
  while (!pattern.test(seen)) {
    assert.ok(stream)
    seen += String((await once(stream, 'data'))[0])
  }
}

quirk(
  'D02',
  'After SIGTERM or Ctrl-C no new mail is taken, appends in flight are finished and recorded, and the source is left without QUIT; a second signal ends the process at once, and the next run settles what it left. Exit code 130.',
  async () => {
    for (const [first, second] of [['SIGTERM'], ['SIGINT', 'SIGINT']] as const) {
      await withBench({ messages: many }, async (bench) => {
        const gate = new Gate()
        bench.pop3.faults = { retr: onlyFor({ u80: { kind: 'hang', at: 30 } }) }
        bench.imap.faults = { hold: { APPEND: gate } }
        const running = startCli(['sync'], { cwd: bench.directory, env })
        await gate.held()
        const stopping = shown(running.child.stderr, /Stopping/)
        running.child.kill(first)
        await stopping
        if (second) running.child.kill(second)
        else gate.open()
        assert.equal((await running.end).code, 130)
        gate.open()
        assert.equal(bench.pop3.count('QUIT'), 0)
        const inFlight = stored(bench)
        assert.ok(inFlight > 0 && inFlight < 80)
        const states = settledIn(bench)
        if (!second) assert.deepEqual(states, { settled: inFlight })
        else assert.ok((states.begun ?? 0) > 0, 'what was in flight is there to be settled')
        bench.pop3.faults = {}
        bench.imap.faults = {}
        assert.equal((await bench.run('sync')).code, 0)
        assert.equal(stored(bench), 90)
      })
    }
  },
)

function settledIn(bench: Bench): Record<string, number> {
  const database = new DatabaseSync(join(bench.directory, 'state', 'ledger.db'))
  const rows = database.prepare('SELECT state, count(*) AS count FROM message GROUP BY state').all()
  database.close()
  return Object.fromEntries(rows.map(({ state, count }) => [String(state), Number(count)]))
}

quirk(
  'D09',
  'Of twenty processes started at once on one pair, one works; the others exit with 7 and name its process. The lock of a process that was killed is taken over at once.',
  () =>
    withBench({}, async (bench) => {
      const gate = new Gate()
      bench.imap.faults = { hold: { APPEND: gate } }
      const all = Array.from({ length: 20 }, () => startCli(['sync'], { cwd: bench.directory, env }))
      // The one that works cannot end before the gate opens.
      const ended: Finished[] = []
      for (const { end } of all) void end.then((finished) => ended.push(finished))
      await gate.held()
      while (ended.length < 19) await Promise.race(all.filter((one) => !isOver(one)).map(({ end }) => end))
      const holder = all.find(({ child }) => child.exitCode === null && child.signalCode === null)?.child
      assert.ok(holder)
      for (const { code, stdout, stderr } of ended) {
        assert.equal(code, 7, stdout + stderr)
        assert.match(stdout, new RegExp(`process\\s+${holder.pid}\\s`))
      }
      assert.equal(bench.imap.appends.length, 1)
      holder.kill('SIGKILL')
      await Promise.all(all.map(({ end }) => end))
      gate.open()
      bench.imap.faults = {}
      const { code, stdout, stderr } = await bench.run('sync')
      assert.equal(code, 0, stdout + stderr)
      assert.equal(stored(bench), 3)
    }),
)

function isOver({ child }: ReturnType<typeof startCli>): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

quirk(
  'D08',
  'Waits, deadlines and budgets go by the monotonic clock: when the wall clock jumps a year in the middle of a run, the run goes on, nothing is done twice, and dates that messages carry are kept.',
  async () => {
    const year = 365 * 86_400_000
    for (const jump of [year, -year]) {
      await withWorld({ messages: many.slice(0, 20) }, async (world) => {
        let offset = 0
        let isCut = false
        const clock = { ...hastyClock(), now: () => Date.now() + offset }
        const onEvent = ({ kind }: { kind: string }) => {
          if (kind === 'fetched') offset = jump
          // The connections go with the jump, as after a suspended machine has woken up: everything is tried again.
          if (kind === 'fetched' && !isCut) world.pop3.dropAll()
          isCut ||= kind === 'fetched'
        }
        const summary = await world.run({ clock, onEvent })
        assert.deepEqual([summary.exitCode, summary.tally.copied.count, offset], [0, 20, jump])
        assert.ok(summary.milliseconds >= 0 && summary.milliseconds < 600_000)
        assert.deepEqual(world.stored(), world.source())
        // And back again: no lock, pause or mark of the other time keeps the next run from anything.
        const next = await world.run()
        assert.deepEqual([next.exitCode, next.tally['already-there'].count], [0, 20])
        const dates = world.imap.folder('alice', 'INBOX').messages.map(({ internalDate }) => new Date(internalDate))
        assert.ok(
          dates.every((date) => date.getTime() <= Date.now()),
          'no date lies in the future',
        )
      })
    }
  },
)

quirk(
  'D08',
  'What a clock that was a year ahead has written down keeps nobody waiting once it is right again: a pair whose refused logins lie in the future is tried.',
  () =>
    withWorld({ messages: many.slice(0, 3) }, async (world) => {
      const ahead = { ...hastyClock(), now: () => Date.now() + 365 * 86_400_000 }
      world.pop3.faults = { login: 'wrong-password' }
      for (const clock of [ahead, ahead, ahead]) assert.equal((await world.run({ clock })).exitCode, 4)
      const logins = world.pop3.count('PASS') + world.pop3.count('AUTH')
      assert.equal((await world.run()).exitCode, 4)
      assert.ok(world.pop3.count('PASS') + world.pop3.count('AUTH') > logins, 'one try is made')
      const tried = world.pop3.count('PASS') + world.pop3.count('AUTH')
      assert.equal((await world.run()).exitCode, 4)
      assert.equal(world.pop3.count('PASS') + world.pop3.count('AUTH'), tried, 'and then the pause holds')
    }),
)

quirk('D08', 'A login dated by a clock that was a year ahead delays no later one.', () =>
  withWorld(
    { messages: many.slice(0, 3), pop3: { capabilities: [...pop3Capabilities, 'LOGIN-DELAY 120'] } },
    async (world) => {
      const ahead = { ...hastyClock(), now: () => Date.now() + 365 * 86_400_000 }
      assert.equal((await world.run({ clock: ahead })).exitCode, 0)
      assert.equal((await world.run()).exitCode, 0)
      const { exitCode, error } = await world.run()
      assert.deepEqual([exitCode, error?.code], [5, 'login-delayed'], 'the right clock counts again')
    },
  ),
)

quirk(
  'D17',
  'A run that loses the network for good never ends as a success: what was not reached is pending, the sums add up to the listing, and the exit code says so.',
  async () => {
    for (const lose of ['pop3', 'imap'] as const) {
      await withWorld({ messages: many }, async (world) => {
        let fetched = 0
        world.pop3.faults = { retr: onlyFor({ u80: { kind: 'hang', at: 20 } }) }
        const onEvent = ({ kind }: { kind: string }) => {
          if (kind === 'fetched') fetched += 1
          if (fetched !== 20) return
          world[lose].faults = { greeting: 'drop' }
          world[lose].dropAll()
        }
        const { exitCode, tally, listed, error } = await world.run({ onEvent })
        assert.equal(exitCode, 5, error?.message)
        assert.equal(tally.copied.count + tally.pending.count + tally.failed.count, listed.count)
        assert.ok(tally.pending.count + tally.failed.count > 0)
        world.pop3.faults = {}
        world.imap.faults = {}
        assert.equal((await world.run()).exitCode, 0)
        assert.deepEqual(world.stored(), world.source())
      })
    }
  },
)

quirk(
  'D19',
  'A server that restarts is waited for: BYE in place of the answer to an APPEND is a lost answer, which is settled by looking; a passing error at the login is tried again. Neither counts against a message.',
  async () => {
    for (const isStored of [true, false]) {
      const imap = { faults: { append: onAppend(1, { kind: 'bye', isStored, text: 'Server shutting down' }) } }
      const pop3 = { faults: { login: 'temporary' } } as const
      await withWorld({ messages: many.slice(0, 10), imap, pop3 }, async (world) => {
        const clock = hastyClock()
        const onEvent = ({ kind }: { kind: string }) => {
          if (kind === 'retrying') world.pop3.faults = {}
        }
        const { exitCode, tally } = await world.run({ clock, onEvent })
        assert.deepEqual([exitCode, tally.copied.count], [0, 10])
        assert.ok(clock.slept.length > 1, 'it waited between tries')
        assert.deepEqual(world.stored(), world.source())
      })
    }
  },
)

quirk(
  'D20',
  'A reader that goes away does not end the work; when a result cannot be written, all the mail is moved all the same, and the exit code and standard error say that the result is missing.',
  async () => {
    await withBench({}, async (bench) => {
      const running = startCli(['sync', '--verbose', '--no-progress'], { cwd: bench.directory, env })
      for (const stream of [running.child.stdout, running.child.stderr]) stream?.destroy()
      assert.equal((await running.end).code, 0)
      assert.equal(stored(bench), 3)
      if (!existsSync('/dev/full')) return
      bench.pop3.maildrop('old').add({ uidl: 'new', bytes: mail(9) })
      for (const words of [['sync'], ['ledger', 'export']]) {
        const full = openSync('/dev/full', 'w')
        const { code, stderr } = await startCli(words, { cwd: bench.directory, env, stdout: full }).end
        closeSync(full)
        assert.equal(code, 1, stderr)
        assert.match(stderr, /Standard output could not be written: .*ENOSPC/)
      }
      assert.equal(stored(bench), 4)
    })
  },
)

quirk(
  'D21',
  'Messages on their way through files leave none behind: what a killed process could not remove, the next run does; the files of a process that still runs are left alone.',
  () =>
    withBench({ messages: [large] }, async (bench) => {
      const spool = join(bench.directory, 'state', 'spool')
      await mkdir(spool, { recursive: true, mode: 0o700 })
      const files = () => readdirSync(spool).filter((name) => name.endsWith('.spool'))
      const spooling = fileIn(spool)
      bench.pop3.faults = { retr: onlyFor({ u1: { kind: 'hang', at: 1_500_000 } }) }
      const running = startCli(['sync'], { cwd: bench.directory, env })
      await spooling
      const [left] = files()
      assert.ok(left)
      assert.equal((await bench.run('sync')).code, 7)
      assert.deepEqual(files(), [left], 'not swept from under the process that uses it')
      running.child.kill('SIGKILL')
      await running.end
      assert.deepEqual(files(), [left])
      bench.pop3.faults = {}
      assert.equal((await bench.run('sync')).code, 0)
      assert.deepEqual([files(), stored(bench)], [[], 1])
    }),
)

/** Resolves once a file turns up in a directory. */
function fileIn(directory: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(directory, () => {
      watcher.close()
      resolve()
    })
  })
}
