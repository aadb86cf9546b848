// The book of one pair under its lock: every method is one transaction.
import { MailhaulError } from '../core/errors.ts'
import { bytesFromKey, type Key, printableKey } from '../core/message.ts'
import type { Clock, Intent, Known, PairLedger, Rename, Settlement } from '../core/ports.ts'
import { type Company, nextNumber } from './archive.ts'
import type { LockedPair, Locks } from './lock.ts'
import { BookReader, type ReadStatements } from './reader.ts'
import { integer, packFingerprint } from './rows.ts'
import type { Connection } from './sqlite.ts'
import type { WriteStatements } from './write-statements.ts'

/** What books share with their ledger. */
export interface BookParts {
  readonly connection: Connection
  readonly reading: ReadStatements
  readonly writing: WriteStatements
  readonly locks: Locks
  readonly clock: Pick<Clock, 'now'>
  /** The version of mailhaul that runs, kept with each run. */
  readonly version: string
  /** Takes secrets out of what servers said. */
  readonly redact: (text: string) => string
  /** Of all pairs, where their runs are one run for people. */
  readonly company: Company | undefined
}

/** So many runs in a row without an end, and without anything settled, make a pair that is stuck. */
const deathsToBeStuck = 2

/** One pair's book. Writing after `close` is an internal error; reading goes on until the ledger is closed. */
export class PairBook extends BookReader implements PairLedger {
  readonly run: number
  readonly isNew: boolean
  readonly isStuck: boolean
  readonly #parts: BookParts
  readonly #pair: LockedPair
  readonly #account: string
  readonly #token: string
  readonly #onClose: () => void
  #isOpen = true
  /** No message refers to this run. */
  #isIdle = true
  /** It has a number for people. */
  #isNumbered = false

  /** Takes the lock and starts a run. Error: locked. */
  constructor(parts: BookParts, name: string, account: string, onClose: () => void) {
    super(parts.connection, parts.reading, name)
    this.#parts = parts
    this.#account = account
    this.#onClose = onClose
    const { connection, writing, locks, clock, version } = parts
    const opened = connection.transact(() => {
      const isNew = writing.addPair.run(name) > 0
      const pair = { id: integer(writing.findPair.first(name)?.[0]), name }
      const now = clock.now()
      return {
        isNew,
        pair,
        token: locks.take(pair, now),
        run: startRun(writing, pair, version, now),
      }
    })
    this.#pair = opened.pair
    this.#token = opened.token
    this.run = opened.run
    this.isNew = opened.isNew
    this.isStuck = connection.read(() => this.#lookBack())
  }

  begin(intents: readonly Intent[]): void {
    this.#moving((now) => {
      const { begin, lastBegun } = this.#parts.writing
      const folderOf = this.#folders()
      const last = lastBegun.first(this.#pair.id)?.[0] ?? 0
      intents.forEach(({ key, listedSize, size, fingerprints, folder, uidValidity, uidNext, sent }, at) => {
        begin.run(
          this.#pair.id,
          bytesFromKey(key),
          listedSize,
          size,
          packFingerprint(fingerprints.exact),
          packFingerprint(fingerprints.canonical),
          folderOf(folder, uidValidity),
          uidNext,
          integer(last) + 1 + at,
          this.run,
          now,
          sent?.size ?? null,
          sent ? packFingerprint(sent.fingerprints.exact) : null,
          sent ? packFingerprint(sent.fingerprints.canonical) : null,
          sent?.repairs.join(' ') ?? null,
        )
      })
    })
  }

  settle(settlements: readonly Settlement[]): void {
    this.#moving((now) => {
      const { settle, addSettled } = this.#parts.writing
      const folderOf = this.#folders()
      for (const { key, listedSize, state, outcome, size, fingerprints, placed, reason, policy } of settlements) {
        const values = [
          this.#pair.id,
          bytesFromKey(key),
          listedSize,
          state,
          outcome,
          size ?? null,
          fingerprints ? packFingerprint(fingerprints.exact) : null,
          fingerprints ? packFingerprint(fingerprints.canonical) : null,
          placed ? folderOf(placed.folder, placed.uidValidity) : null,
          placed?.uid ?? null,
          reason === undefined ? null : this.#parts.redact(reason),
          this.run,
          policy ?? null,
          now,
        ]
        if (settle.run(...values) === 0) addSettled.run(...values)
      }
    })
  }

  durable(): Promise<void> {
    return this.#parts.connection.durable()
  }

  rekey(renames: readonly Rename[]): void {
    const { giveWay, rename } = this.#parts.writing
    this.#transact(() => {
      for (const { from, to, listedSize } of renames) {
        if (from !== to) giveWay.run(this.#pair.id, bytesFromKey(to))
        const changed = rename.run(bytesFromKey(to), listedSize, this.#pair.id, bytesFromKey(from))
        this.#changeOne(from, changed)
      }
    })
  }

  markRemoval(keys: readonly Key[], removal: Known['removal']): void {
    const { markRemoval } = this.#parts.writing
    this.#transact(() => {
      for (const key of keys) this.#changeOne(key, markRemoval.run(removal, this.#pair.id, bytesFromKey(key)))
    })
  }

  markAbsent(keys: readonly Key[], isAbsent: boolean): void {
    const { markAbsent } = this.#parts.writing
    this.#transact((now) => {
      for (const key of keys)
        this.#changeOne(key, markAbsent.run(isAbsent ? now : null, this.#pair.id, bytesFromKey(key)))
    })
  }

  setComparedTo(account: string, folder: string, uidValidity: number, uid: number): void {
    this.#transact(() => this.#parts.writing.setCompared.run(this.#pair.id, account, folder, uidValidity, uid))
  }

  setHabit(name: string, value: string): void {
    this.#transact(() => this.#parts.writing.setHabit.run(this.#pair.id, name, value))
  }

  count(day: string, budgets: readonly string[], add: (counts: readonly number[]) => readonly number[]): void {
    const { count, forgetCounts } = this.#parts.writing
    this.#transact(() => {
      const counts = this.counted(day, budgets)
      const added = add(counts)
      budgets.forEach((name, at) => {
        if (!added[at]) return
        if (!counts[at]) forgetCounts.run(day, name)
        count.run(day, name, Math.max(0, (counts[at] ?? 0) + added[at]))
      })
    })
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#onClose()
    const { connection, writing, locks, clock } = this.#parts
    try {
      connection.transact(() => {
        writing.finishRun.run(clock.now(), this.run)
        if (this.#isIdle && !this.#followsDeath()) writing.noteIdleRun.run(this.run)
        locks.remove(this.#pair, this.#token)
      })
    } catch (thrown) {
      locks.abandon(this.#token)
      throw thrown
    }
  }

  /** Something comes of this run: it gets the number that it has for people. */
  #moving(work: (now: number) => void): void {
    this.#isIdle = false
    const { company, connection, writing } = this.#parts
    let number = this.#isNumbered ? undefined : company?.number
    this.#change('write', (now) => {
      if (!this.#isNumbered) {
        number ??= nextNumber(connection)
        writing.numberRun.run(number, this.run)
      }
      work(now)
    })
    this.#isNumbered = true
    if (company) company.number ??= number
  }

  /** Whether the run before never came to its end: that this one did is worth its row. */
  #followsDeath(): boolean {
    const [before] = this.#parts.writing.runsBefore.rows(this.#pair.id, this.run, 1)
    return before !== undefined && before[1] === null
  }

  #lookBack(): boolean {
    const { runsBefore, didSettle } = this.#parts.writing
    const runs = [...runsBefore.rows(this.#pair.id, this.run, deathsToBeStuck)]
    if (runs.length < deathsToBeStuck || runs.some(([, finished]) => finished !== null)) return false
    const [last, first] = [runs[0]?.[0], runs.at(-1)?.[0]].map(integer)
    return didSettle.first(this.#pair.id, first ?? 0, last ?? 0) === undefined
  }

  #transact(work: (now: number) => void): void {
    this.#change('transact', work)
  }

  #change(how: 'transact' | 'write', work: (now: number) => void): void {
    if (!this.#isOpen) throw internal(`The book of pair ${JSON.stringify(this.#pair.name)} is closed.`)
    const now = this.#parts.clock.now()
    this.#parts.connection[how](() => {
      this.#parts.locks.renew(this.#pair, this.#token, now)
      work(now)
    })
  }

  /** Numbers of folders, looked up once per transaction: a number found in one that is rolled back may not exist. */
  #folders(): (folder: string, uidValidity: number) => number {
    const { addFolder, findFolder } = this.#parts.writing
    const numbers = new Map<string, number>()
    return (folder, uidValidity) => {
      const name = `${uidValidity} ${folder}`
      let number = numbers.get(name)
      if (number === undefined) {
        addFolder.run(this.#account, folder, uidValidity)
        number = integer(findFolder.first(this.#account, folder, uidValidity)?.[0])
        numbers.set(name, number)
      }
      return number
    }
  }

  #changeOne(key: Key, changed: number): void {
    if (changed !== 1) throw internal(`The ledger knows no message ${printableKey(key)}.`)
  }
}

/** A new run, or the last one anew where nothing came of it. */
function startRun(writing: WriteStatements, pair: LockedPair, version: string, now: number): number {
  const idle = writing.takeIdleRun.first(pair.id, version, now)
  writing.forgetIdleRun.run(pair.id)
  return integer((idle ?? writing.startRun.first(pair.id, version, now))?.[0])
}

function internal(message: string): MailhaulError {
  const hint = 'This is a fault in mailhaul: please report it with the output of --verbose.'
  return new MailhaulError({ code: 'internal', scope: 'pair', retry: 'never', message, hint })
}
