// sync as cron and timers run it, without any terminal: what is printed becomes a mail, so there has to be a reason.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { mail } from '../core/rows.ts'
import type { Pop3Faults } from '../servers/pop3-faults.ts'
import { Bench } from './bench.ts'

const refuseNul = (bytes: Buffer) => (bytes.includes(0) ? 'NO Message contains NUL characters' : undefined)
const silence = { signal: null, stdout: '', stderr: '' }

describe('sync without a terminal', () => {
  let bench: Bench
  before(async () => {
    bench = await Bench.start({ imap: { faults: { refuse: refuseNul } } })
  })
  after(() => bench.stop())

  test('tells what it has moved', async () => {
    const { code, stdout, stderr } = await bench.run('sync')
    assert.equal(code, 0)
    assert.match(stdout, /3 messages copied/)
    assert.match(stderr, /alice: started[\s\S]*alice: done/)
  })

  test('prints nothing at all when nothing is new; with --verbose, --no-progress or --json it does', async () => {
    assert.deepEqual(await bench.run('sync'), { code: 0, ...silence })
    assert.match((await bench.run('--verbose', 'sync')).stdout, /nothing new/)
    assert.match((await bench.run('--no-progress', 'sync')).stderr, /alice: done/)
    assert.match((await bench.run('--json', 'sync')).stdout, /"exitCode": 0/)
  })

  test('with --quiet, what was moved is no reason either', async () => {
    bench.pop3.maildrop('old').add({ uidl: 'q1', bytes: mail(50) })
    assert.deepEqual(await bench.run('--quiet', 'sync'), { code: 0, ...silence })
    assert.equal(bench.imap.folder('new', 'INBOX').messages.length, 4)
  })

  test('a message that is refused is told by the run that met with it; the exit code goes on saying so', async () => {
    bench.pop3.maildrop('old').add({ uidl: 'r1', bytes: Buffer.from('Subject: NUL\r\n\r\na\0b\r\n') })
    const told = await bench.run('--quiet', 'sync')
    assert.equal(told.code, 3)
    assert.match(told.stdout, /1 message did not make it/)
    assert.deepEqual(await bench.run('sync'), { code: 3, ...silence })
    assert.deepEqual(await bench.run('--quiet', 'sync'), { code: 3, ...silence })
  })

  test('a run that fails says why, each time', async () => {
    await bench.configure({ source: 'port: 1' })
    for (const words of [['sync'], ['--quiet', 'sync']]) {
      const { code, stdout } = await bench.run(...words)
      assert.equal(code, 5)
      assert.match(stdout, /alice: stopped/)
    }
  })
})

describe('a budget of the day, without a terminal', () => {
  test('is told by the run that uses it up; those that find it used up say nothing', async () => {
    const bench = await Bench.start()
    try {
      await bench.configure({ source: `limits: { bytesPerDay: ${mail(1).length + 1} }` })
      const told = await bench.run('sync')
      assert.equal(told.code, 6)
      assert.match(told.stdout, /1 message copied, 2 not reached/)
      assert.deepEqual(await bench.run('sync'), { code: 6, ...silence })
      assert.match((await bench.run('--verbose', 'sync')).stdout, /budget|today/)
    } finally {
      await bench.stop()
    }
  })
})

describe('warnings that hold for long, without a terminal', () => {
  let bench: Bench
  before(async () => {
    bench = await Bench.start()
    await bench.run('sync')
  })
  after(() => bench.stop())

  test('are told once, whatever the numbers in them are, and again once they have come back', async () => {
    const drifting: Pop3Faults = { stat: (truth) => ({ ...truth, count: truth.count + 2 }) }
    bench.pop3.faults = drifting
    assert.match((await bench.run('sync')).stdout, /Warning: STAT counts 5 messages, but LIST\s+shows 3\./)
    assert.deepEqual(await bench.run('sync'), { code: 0, ...silence })
    assert.match((await bench.run('--verbose', 'sync')).stdout, /Warning: STAT counts 5/)
    assert.match((await bench.run('--json', 'sync')).stdout, /STAT counts 5/)
    // Mail that is moved is told; the old warning, of other numbers by now, is not.
    bench.pop3.maildrop('old').add({ uidl: 'n1', bytes: mail(60) })
    const moved = await bench.run('sync')
    assert.match(moved.stdout, /1 message copied/)
    assert.doesNotMatch(moved.stdout + moved.stderr, /STAT counts/)
    // A run that did not come so far is no sign that it is over.
    bench.pop3.faults = { ...drifting, login: 'temporary' }
    await bench.run('sync')
    bench.pop3.faults = drifting
    assert.deepEqual(await bench.run('sync'), { code: 0, ...silence })
    bench.pop3.faults = {}
    assert.deepEqual(await bench.run('sync'), { code: 0, ...silence })
    bench.pop3.faults = drifting
    assert.match((await bench.run('sync')).stdout, /Warning: STAT counts 6 messages, but LIST\s+shows 4\./)
  })

  test('a source without unique-ids makes no mail each night either', async () => {
    bench.pop3.faults = { uidl: { unsupported: true } }
    assert.match((await bench.run('sync')).stdout, /Warning: .*UIDL/)
    assert.deepEqual(await bench.run('sync'), { code: 0, ...silence })
  })
})
