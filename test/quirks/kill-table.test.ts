// The kill -9 table of D01: a process killed exactly there, at its own step or at a byte on the wire, and then resumed.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compileCache, type KillPlace, type Running, type Setting, sideBySide, withKillPlace } from '../kill/place.ts'
import type { World } from '../scenarios/world.ts'
import { Gate } from '../servers/gate.ts'
import type { AppendFault } from '../servers/imap-faults.ts'
import { quirk } from './quirk.ts'

/** A moment at which the process is killed. */
interface Moment {
  readonly what: string
  /** The process kills itself at its first step of this name, in a run after one that stopped at the step `after`. */
  readonly step?: string
  readonly after?: string
  /** Sets the servers up, and resolves once they stand at that byte. What it returns lets them go on after the death. */
  readonly stand?: (world: World) => Promise<() => Promise<void> | void>
}

/** One row of the table. */
interface Row {
  readonly number: number
  readonly what: string
  readonly moments: readonly Moment[]
}

const steps = (...names: string[]): Moment[] => names.map((step) => ({ what: step, step }))

const rows: readonly Row[] = [
  { number: 1, what: 'after login', moments: steps('after login') },
  { number: 2, what: 'after LIST', moments: [{ what: 'UIDL not answered', stand: unansweredUidl }] },
  { number: 3, what: 'after UIDL', moments: steps('after listing') },
  {
    number: 4,
    what: 'mid-RETR',
    moments: [...[1, 40_000, -1].map(insideRetr), ...steps('first octets spooled')],
  },
  { number: 5, what: 'after the terminator, spool not whole', moments: steps('before spooling the end') },
  { number: 6, what: 'spool whole, no intent row', moments: steps('after spooling the end', 'before ledger begin') },
  { number: 7, what: 'intent row committed, APPEND not sent', moments: steps('after ledger begin', 'before APPEND') },
  { number: 8, what: 'mid-literal', moments: [0, 1, 100].map((at) => insideAppend(at, 2)) },
  {
    number: 9,
    what: 'literal and CRLF sent, no reply',
    moments: [insideAppend('after-literal', 2), { what: 'stored', stand: storedAppend }],
  },
  {
    number: 10,
    what: 'tagged OK received, not committed',
    moments: steps('after APPEND', 'before ledger settle'),
  },
  { number: 11, what: 'committed, before DELE', moments: steps('after ledger settle', 'before DELE') },
  { number: 12, what: 'after DELE +OK', moments: steps('after DELE', 'after ledger dele-sent') },
  {
    number: 13,
    what: 'QUIT sent, no reply',
    moments: [
      { what: 'nothing removed', stand: ignoredQuit },
      { what: 'removed', stand: unansweredQuit },
    ],
  },
  {
    number: 14,
    what: 'QUIT ok, absent-confirmed not written',
    moments: [
      ...steps('after QUIT', 'before ledger quit-sent'),
      { what: 'before ledger absent-confirmed', step: 'before ledger absent-confirmed', after: 'after QUIT' },
    ],
  },
]

async function unansweredUidl({ pop3 }: World): Promise<() => void> {
  const gate = new Gate()
  pop3.faults = { hold: { UIDL: gate } }
  await gate.held()
  assert.deepEqual([pop3.count('LIST'), pop3.count('UIDL')], [1, 1])
  return () => gate.open()
}

/** So many octets of the reply with the largest message have been sent; negative: all but so many. */
function insideRetr(at: number): Moment {
  const stand = async ({ pop3 }: World) => {
    const gate = new Gate()
    pop3.faults = { retr: ({ uidl }) => (uidl === 'u5' ? { kind: 'hang', at, gate } : undefined) }
    await gate.held()
    return () => gate.open()
  }
  return { what: `at octet ${at}`, stand }
}

/** The server has received so much of the n-th message offered, and never gets more. */
function insideAppend(at: Extract<AppendFault, { kind: 'drop' }>['at'], message: number): Moment {
  const stand = async ({ imap }: World) => {
    const gate = new Gate()
    imap.faults = { append: ({ index }) => (index === message ? { kind: 'drop', at, gate } : undefined) }
    await gate.held()
    return () => gate.open()
  }
  return { what: typeof at === 'number' ? `at octet ${at} of message ${message}` : 'not stored', stand }
}

async function storedAppend({ imap }: World): Promise<() => void> {
  const gate = new Gate()
  imap.faults = { hold: { APPEND: gate } }
  await gate.held()
  assert.ok(imap.folder('alice', 'INBOX').messages.length > 0)
  return () => gate.open()
}

async function ignoredQuit({ pop3, maildrop }: World): Promise<() => void> {
  pop3.faults = { quit: 'silent' }
  await pop3.waitFor('QUIT', 1)
  assert.equal(pop3.count('DELE'), maildrop.messages.length)
  return () => assert.equal(maildrop.messages.length, 5)
}

/** The QUIT is carried out once the process is dead. */
async function unansweredQuit({ pop3, maildrop }: World): Promise<() => Promise<void>> {
  const gate = new Gate()
  pop3.faults = { hold: { QUIT: gate } }
  await gate.held()
  return () => {
    gate.open()
    return pop3.until(() => maildrop.messages.length === 0)
  }
}

/** Kills a process there, and finds everything well afterwards. */
async function killThere({ what, step, after, stand }: Moment, place: KillPlace): Promise<void> {
  const { world } = place
  if (after !== undefined) await place.stopHere(after)
  const standing = stand?.(world)
  const running = place.run(step ?? 0, cache)
  if (standing) await killWhere(standing, running, world)
  else assert.deepEqual(await running.end, { wasKilled: true, step })
  place.assertNothingLost(what)
  await place.assertResumes(what)
}

async function killWhere(standing: Promise<() => Promise<void> | void>, running: Running, world: World): Promise<void> {
  const reached = await Promise.race([standing, running.end])
  if (typeof reached !== 'function') throw new Error('the process never came so far')
  running.kill()
  assert.deepEqual(await running.end, { wasKilled: true, step: '' })
  world.pop3.faults = {}
  world.imap.faults = {}
  await reached()
}

/** Single appends as well where it is about appends; otherwise every-step.test.ts has them. */
function settingsOf({ number }: Row): readonly Setting[] {
  const batch = { appending: 'batch', leave: 'delete' } as const
  return number >= 7 && number <= 11 ? [batch, { appending: 'single', leave: 'delete' }] : [batch]
}

const cache = compileCache()
const reached = new Set<number>()

describe('D01: killed exactly there', () => {
  for (const row of rows) {
    test(`row ${row.number}: ${row.what}`, async () => {
      const kills = row.moments.flatMap((moment) => settingsOf(row).map((setting) => ({ moment, setting })))
      await sideBySide(kills, ({ moment, setting }) => withKillPlace(setting, (place) => killThere(moment, place)))
      reached.add(row.number)
    })
  }
})

quirk(
  'D01',
  'A process killed at any of the fourteen places, resumed, has lost nothing and stored nothing twice.',
  () => {
    assert.deepEqual(
      [...reached].sort((a, b) => a - b),
      Array.from({ length: 14 }, (_, index) => index + 1),
    )
  },
)
