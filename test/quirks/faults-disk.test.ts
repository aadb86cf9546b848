// Quirks of disks and of the ledger on them: full, cut off from power, damaged, lost (group D of the catalogue).
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TestContext } from 'node:test'
import type { Intent, Ledger, PairLedger, Settlement } from '../../src/core/ports.ts'
import { openConnection } from '../../src/ledger/sqlite.ts'
import { isError } from '../contracts/ledger-samples.ts'
import { mail } from '../core/rows.ts'
import { fillDisk, mountSmallDisk, noSmallDisk, unmountSmallDisk } from '../ledger/small-disk.ts'
import { forgetLedger } from '../scenarios/forget-ledger.ts'
import { SlowDisk } from '../scenarios/slow-disk.ts'
import { Steps } from '../scenarios/steps.ts'
import { type World, type WorldOptions, withWorld } from '../scenarios/world.ts'
import { quirk } from './quirk.ts'

const deleting = { leave: { kind: 'delete', afterDays: 0, proof: 'hash' } } as const
const six = [1, 2, 3, 4, 5, 6].map((number) => mail(number))

/** A world whose ledger and spool lie on a disk of so many octets. */
async function onSmallDisk(t: TestContext, options: WorldOptions, size: string, work: (world: World) => Promise<void>) {
  if (noSmallDisk) return t.skip(noSmallDisk)
  await withWorld(options, async (world) => {
    if (!mountSmallDisk(world.directory, `size=${size}`)) return t.skip('mounting is not allowed here')
    try {
      await work(world)
    } finally {
      unmountSmallDisk(world.directory)
    }
  })
}

quirk(
  'D03',
  'When the disk is full while a message is fetched, the run ends with that as its reason: what was stored is recorded, nothing is removed at the source, and the next run does the rest.',
  (t) => {
    const messages = [mail(1), mail(2), mail(3, 'x'.repeat(70).concat('\r\n').repeat(60_000)), mail(4)]
    return onSmallDisk(t, { messages, policy: deleting }, '2m', async (world) => {
      const { error, exitCode, tally } = await world.run()
      assert.deepEqual([error?.code, error?.retry, exitCode], ['disk-full', 'later', 1])
      assert.ok(tally.pending.count >= 1 && tally.copied.count + tally.pending.count === 4)
      assert.deepEqual([world.pop3.count('DELE'), world.pop3.count('QUIT')], [0, 0])
      assert.equal(world.stored().length, tally.copied.count)
      const source = world.source()
      execFileSync('/bin/mount', ['-o', 'remount,size=32m', world.directory])
      assert.equal((await world.run()).exitCode, 0)
      assert.deepEqual(world.stored(), source)
      assert.equal(world.maildrop.messages.length, 0)
    })
  },
)

quirk(
  'D04',
  'When the disk is full between the destination’s OK and its record, nothing more is appended and nothing removed; the next run asks the destination what arrived and doubles nothing.',
  (t) =>
    onSmallDisk(t, { messages: six, policy: deleting }, '2m', async (world) => {
      let makeRoom: (() => void) | undefined
      let begunLater = 0
      const watch = (name: string) => {
        if (name === 'proof') makeRoom ??= fillDisk(world.directory, 0)
        else if (makeRoom) begunLater += 1
      }
      const { error } = await world.run({ ends: smallBatches, ledger: (ledger) => watched(ledger, watch) })
      assert.equal(error?.code, 'disk-full')
      assert.ok(world.stored().length > 0)
      assert.deepEqual([begunLater, world.pop3.count('DELE')], [0, 0])
      makeRoom?.()
      const source = world.source()
      const { tally, exitCode } = await world.run()
      assert.equal(exitCode, 0)
      assert.ok(tally['already-there'].count + tally.adopted.count > 0)
      assert.deepEqual(world.stored(), source)
    }),
)

function smallBatches(ends: Parameters<Steps['ends']>[0]) {
  return new Steps(0, 'stop').ends(ends)
}

/** Tells when a proof is about to be written, and when an append was announced. */
function watched(ledger: Ledger, tell: (name: 'proof' | 'begun') => void): Ledger {
  const watch = (book: PairLedger): PairLedger =>
    new Proxy(book, {
      get: (_book, name) => {
        if (name === 'settle') {
          return (settlements: readonly Settlement[]) => {
            if (settlements.some(({ state }) => state === 'settled')) tell('proof')
            book.settle(settlements)
          }
        }
        if (name === 'begin') {
          return (intents: readonly Intent[]) => {
            book.begin(intents)
            tell('begun')
          }
        }
        const value: unknown = Reflect.get(book, name, book)
        return typeof value === 'function' ? value.bind(book) : value
      },
    })
  return {
    read: (pair) => ledger.read(pair),
    close: () => ledger.close(),
    open: (pair, account) => watch(ledger.open(pair, account)),
  }
}

quirk(
  'D05',
  'No append is sent before its intent is on the disk, and nothing is told as copied before its proof is; every other transaction of the ledger waits for the disk (synchronous=FULL). The spool needs no such care, because a message stays at the source until its proof is recorded.',
  () =>
    withWorld({ messages: six }, async (world) => {
      const disk = new SlowDisk()
      let told = 0
      await world.run({
        ledger: (ledger) => disk.ledger(ledger),
        ends: (ends) => disk.ends(new Steps(0, 'stop').ends(ends)),
        onEvent: (event) => {
          if (event.kind !== 'outcome') return
          told += 1
          assert.ok(told <= disk.proven.size, 'told before its proof is on the disk')
        },
      })
      assert.equal(disk.announced.size, six.length)
      assert.deepEqual([disk.early, told], [[], six.length])
      const connection = openConnection({ path: world.ledgerPath, readOnly: false })
      const setting = (name: string) => connection.prepare(`PRAGMA ${name}`).first()?.[0]
      assert.deepEqual([setting('synchronous'), setting('fullfsync'), setting('journal_mode')], [2, 1, 'wal'])
      connection.close()
    }),
)

quirk(
  'D06',
  'A ledger that is damaged, cut short, another program’s or a newer mailhaul’s is refused before anybody logs in, whatever the policy; the sentence names the commands that mend it.',
  async () => {
    const spoil: ((path: string) => void)[] = [
      (path) => truncateSync(path, readFileSync(path).length - 4096),
      (path) => truncateSync(path, 100),
      (path) => writeFileSync(path, readFileSync(path).fill(0xa5, 8192, 8400)),
      (path) => writeFileSync(path, 'no ledger\n'.repeat(100)),
      (path) => change(path, 'PRAGMA user_version = 99'),
      (path) => change(path, 'PRAGMA application_id = 99'),
      (path) => change(path, 'DROP TABLE habit'),
    ]
    await withWorld({ messages: six, policy: deleting }, async (world) => {
      await world.run({ policy: { ...world.pair.policy, leave: { kind: 'keep' } } })
      copyFileSync(world.ledgerPath, `${world.ledgerPath}.good`)
      const { total } = world.pop3.connections
      for (const [at, damage] of spoil.entries()) {
        copyFileSync(`${world.ledgerPath}.good`, world.ledgerPath)
        damage(world.ledgerPath)
        await assert.rejects(world.run(), isError('ledger', 'run'), `damage ${at}`)
      }
      assert.equal(world.pop3.connections.total, total)
      // An empty file is no ledger at all: as after a loss, everything is found at the destination.
      writeFileSync(world.ledgerPath, '')
      const source = world.source()
      assert.equal((await world.run()).tally.adopted.count, 6)
      assert.deepEqual(world.stored(), source)
    })
  },
)

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}

quirk(
  'D07',
  'A ledger that is lost or comes from an old backup doubles nothing: what it does not know is compared with what lies at the destination before anything is appended.',
  () =>
    withWorld({ messages: six.slice(0, 3) }, async (world) => {
      await world.run()
      copyFileSync(world.ledgerPath, join(world.directory, 'backup.db'))
      world.maildrop.add(...six.slice(3).map((bytes, at) => ({ uidl: `late${at}`, bytes })))
      assert.equal((await world.run()).tally.copied.count, 3)
      await forgetLedger(world.ledgerPath)
      copyFileSync(join(world.directory, 'backup.db'), world.ledgerPath)
      const restored = await world.run()
      assert.deepEqual([restored.tally['already-there'].count, restored.tally.adopted.count], [3, 3])
      await forgetLedger(world.ledgerPath)
      assert.equal((await world.run()).tally.adopted.count, 6)
      assert.deepEqual(world.stored(), world.source())
    }),
)
