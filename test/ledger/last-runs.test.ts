// How the last run of each pair ended, as --failed and --skip-completed read it.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { interrupted, MailhaulError } from '../../src/core/errors.ts'
import { hasFailed } from '../../src/core/last-run.ts'
import { rememberEnd } from '../../src/engine/last-run.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { ledgerTools } from '../../src/ledger/tools.ts'

const clock = { now: () => 1_700_000_000_000 }
const soFar = { isOpen: false, isPart: false }

describe('the last runs', () => {
  let directory = ''
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mailhaul-last-runs-'))
  })
  after(() => rm(directory, { recursive: true, force: true }))

  const tools = (path: string) => ledgerTools(path, clock, 'test')

  test('are none where there is no ledger', () => {
    const path = join(directory, 'none.db')
    assert.equal(tools(path).lastRuns().size, 0)
  })

  test('end as they were told to, and the last one counts', () => {
    const path = join(directory, 'some.db')
    const ledger = openLedger({ path, clock })
    const auth = new MailhaulError({ code: 'auth', scope: 'pair', retry: 'never', message: 'No.' })
    const run = (
      pair: string,
      ...told: Parameters<typeof rememberEnd> extends [unknown, ...infer Rest] ? Rest : never
    ) => {
      const book = ledger.open(pair, 'account')
      rememberEnd(book, ...told)
      book.close()
    }
    run('done', auth, soFar)
    run('done', undefined, soFar)
    run('done', undefined, soFar)
    run('partial', undefined, { isOpen: true, isPart: false })
    run('window', undefined, { isOpen: false, isPart: true })
    run('auth', undefined, soFar)
    run('auth', auth, soFar)
    run('stopped', interrupted(), soFar)
    // Dies without a word.
    run('died', undefined, soFar)
    ledger.open('died', 'account')
    // As a mailhaul wrote it that knew nothing of this.
    ledger.open('old', 'account').close()
    const lastRuns = tools(path).lastRuns()
    assert.deepEqual(Object.fromEntries(lastRuns), {
      done: 'done',
      partial: 'partial',
      window: 'in part',
      auth: 'auth',
      stopped: 'interrupted',
      died: 'unfinished',
      old: 'unknown',
    })
    const failed = [...lastRuns].filter(([, last]) => hasFailed(last)).map(([pair]) => pair)
    assert.deepEqual(failed.toSorted(), ['auth', 'died', 'partial', 'stopped'])
    assert.equal(hasFailed(undefined), false)
    ledger.close()
  })

  test('that find nothing to do write nothing more', () => {
    const written: string[] = []
    const habits = new Map<string, string>()
    const book = {
      run: 7,
      habit: (name: string) => habits.get(name),
      setHabit: (name: string, value: string) => {
        habits.set(name, value)
        written.push(value)
      },
    }
    for (let time = 0; time < 5; time += 1) rememberEnd(book, undefined, soFar)
    assert.deepEqual(written, ['7 done'])
  })
})
