// Sync does exactly what the plan has said, in every scenario; and the plan writes nothing at either end.
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { describe, test } from 'node:test'
import type { Outcome } from '../../src/core/outcome.ts'
import type { PlanEntry } from '../../src/core/plan.ts'
import type { Preview } from '../../src/engine/preview.ts'
import { type PlanCase, planCases } from './plan-cases.ts'
import { scenarios } from './scenarios.ts'
import { hash, type World, withWorld } from './world.ts'

/** What a plan may ask. RSET takes back marks, and QUIT is said where nothing is marked. */
const reading = {
  pop3: /^(CAPA|AUTH|USER|PASS|UTF8|STAT|LIST|UIDL|TOP \d+ 0|NOOP|RSET|QUIT)\b|^\*\*\*\*$/,
  imap: new RegExp(
    '^\\S+ (CAPABILITY|ID|STARTTLS|LOGIN|AUTHENTICATE|NAMESPACE|LIST|STATUS|EXAMINE|GETQUOTAROOT|MYRIGHTS|NOOP|LOGOUT)\\b|' +
      '^\\S+ UID FETCH \\S+ \\(UID RFC822\\.SIZE\\)$|^\\*\\*\\*\\*$',
  ),
}

/** Everything that a plan could change. */
async function stateOf(world: World) {
  const folders = [...world.imap.account('alice').folders.entries()].map(
    ([path, { messages, uidValidity, uidNext }]) => ({
      path,
      uidValidity,
      uidNext,
      messages: messages.map(({ uid, bytes, flags }) => [uid, hash(bytes), [...flags].sort()]),
    }),
  )
  const source = world.maildrop.messages.map(({ uidl, bytes }) => [uidl, hash(bytes)])
  const files = (await readdir(world.directory)).filter((name) => !/-(wal|shm)$/.test(name)).sort()
  return { folders, source, files, known: files.includes('ledger.db') ? world.known() : [] }
}

async function planOf(world: World, { retryFailed = false }: PlanCase): Promise<Preview> {
  const before = await stateOf(world)
  const asked = { pop3: world.pop3.log.length, imap: world.imap.log.length }
  const planned = await world.preview({ retryFailed })
  for (const end of ['pop3', 'imap'] as const) {
    const others = world[end].log.slice(asked[end]).filter((line) => !reading[end].test(line))
    assert.deepEqual(others, [], `${end}: only reading commands`)
  }
  assert.deepEqual(await stateOf(world), before, 'nothing has changed anywhere')
  return planned
}

/** What became of each message in the run: the last word on each. */
interface Ran {
  readonly byKey: ReadonlyMap<string, Outcome>
  readonly all: readonly Outcome[]
  readonly error: string | undefined
  readonly removed: number
}

async function ranIn(world: World, { retryFailed = false }: PlanCase): Promise<Ran> {
  const byKey = new Map<string, Outcome>()
  let nameless = 0
  const { error, removal } = await world.run({
    retryFailed,
    onEvent: (event) => {
      if (event.kind === 'outcome') byKey.set(event.outcome.key ?? `#${++nameless}`, event.outcome)
    },
  })
  return { byKey, all: [...byKey.values()], error: error?.code, removed: removal.removed }
}

type Job = Extract<PlanEntry, { action: 'fetch' }>

/** What a message that was to be copied or compared may end as. */
const ends: ReadonlySet<string> = new Set(['copied', 'adopted', 'already-there', 'duplicate'])

function sumOf(items: readonly { readonly listed: { readonly size: number } }[]) {
  return { count: items.length, bytes: items.reduce((sum, { listed }) => sum + listed.size, 0) }
}

/** The configured name as a path of the server. */
function pathOf(name: string, { options }: PlanCase): string {
  const { prefix = '', delimiter = '/' } = options.imap ?? {}
  return name.toUpperCase() === 'INBOX' ? 'INBOX' : prefix + name.replaceAll('/', delimiter)
}

function holdAgainst(planned: Preview, ran: Ran, given: PlanCase): void {
  const jobs = planned.entries.filter((entry) => entry.action === 'fetch')
  const outcomeOf = ({ listed }: PlanEntry) => ran.byKey.get(String(listed.key))
  const isOtherwise = ({ listed }: Job) => given.otherwise?.[String(listed.key)] !== undefined
  for (const entry of planned.entries) {
    if (entry.action === 'fetch') continue
    const { kind, reason } = outcomeOf(entry) ?? {}
    assert.deepEqual(
      [kind, kind === 'already-there' ? undefined : reason],
      [entry.outcome.kind, entry.outcome.kind === 'already-there' ? undefined : entry.outcome.reason],
    )
  }
  for (const [key, { outcome }] of Object.entries(given.otherwise ?? {}))
    assert.equal(ran.byKey.get(key)?.kind, outcome)
  const tooBig = jobs.filter((job) => outcomeOf(job)?.kind === 'too-big' && !isOtherwise(job))
  assert.deepEqual(sumOf(tooBig), { count: planned.tooBig?.count ?? 0, bytes: planned.tooBig?.bytes ?? 0 })
  const taken = jobs.filter((job) => !tooBig.includes(job))
  const folders = new Map(planned.folders.map((folder) => [folder.folder, folder]))
  for (const [name, inFolder] of Map.groupBy(taken, ({ folder }) => folder)) {
    const { copy, compare } = folders.get(name) ?? assert.fail(`${name} is not planned`)
    const sum = sumOf(inFolder)
    assert.deepEqual(sum, { count: copy.count + compare.count, bytes: copy.bytes + compare.bytes }, name)
    const usual = inFolder.filter((job) => !isOtherwise(job))
    for (const job of usual)
      assert.ok(ends.has(outcomeOf(job)?.kind ?? 'nothing'), `${job.listed.key}: ${outcomeOf(job)?.kind}`)
    const copied = usual.filter((job) => outcomeOf(job)?.kind === 'copied')
    assert.ok(
      copied.length >= copy.count - (inFolder.length - usual.length),
      `${name}: ${copied.length} copied of ${copy.count}`,
    )
    assert.ok(copied.length <= copy.count + compare.count)
    if (given.foldersDiffer) continue
    for (const job of copied) assert.equal(outcomeOf(job)?.folder, pathOf(name, given))
    folders.delete(name)
  }
  if (!given.foldersDiffer) assert.deepEqual([...folders.keys()], [])
}

/** Messages without names can only be counted. */
function countAgainst(planned: Preview, { all }: Ran): void {
  const copy = planned.folders.reduce((sum, folder) => sum + folder.copy.count, 0)
  const compare = planned.folders.reduce((sum, folder) => sum + folder.compare.count, 0)
  const copied = all.filter(({ kind }) => kind === 'copied').length
  assert.ok(copied >= copy && copied <= copy + compare, `${copied} copied, ${copy} to copy, ${compare} to compare`)
  assert.equal(all.filter(({ kind }) => ends.has(kind)).length, copy + compare)
}

const cases: readonly PlanCase[] = [...scenarios, ...planCases]

describe('what plan says is what sync does', () => {
  for (const given of cases) {
    test(given.name, () =>
      withWorld(given.options, async (world) => {
        await given.before?.(world)
        const planned = await planOf(world, given)
        const ran = await ranIn(world, given)
        if (given.stops) {
          assert.deepEqual([planned.fits, ran.error], [false, given.stops])
          return
        }
        assert.equal(planned.error?.code, ran.error)
        if (planned.error) return
        assert.notEqual(planned.fits, false)
        if (given.isNameless) countAgainst(planned, ran)
        else holdAgainst(planned, ran, given)
        assert.equal(ran.removed, planned.removal?.count ?? 0)
        assert.equal(
          planned.sizes.reduce((sum, { count }) => sum + count, 0),
          planned.listed.count,
        )
        const next = await planOf(world, given)
        assert.deepEqual(
          next.folders.map(({ copy }) => copy.count).filter((count) => count > 0),
          [],
          'nothing is left to copy',
        )
      }),
    )
  }
})
