// The lock of a pair: one run works on it, every other one is told who does. A row of the ledger, not a file.
import { randomUUID } from 'node:crypto'
import { MailhaulError } from '../core/errors.ts'
import { type Holder, lifeOf, thisProcess } from './holder.ts'
import { integer, optional, text } from './rows.ts'
import type { Cells, Connection, Statement } from './sqlite.ts'

/** The pair that a lock is for. */
export interface LockedPair {
  readonly id: number
  readonly name: string
}

// A holder that cannot be seen from here (another container, another machine) counts as gone after so many
// milliseconds without a sign of life. If it lives after all, its next transaction fails: see `renew`.
const longestSilence = 60 * 60 * 1000

// Locks of this process that could not be given back, on a full disk for one: nobody works under them any more.
const abandoned = new Set<string>()

interface Row extends Holder {
  readonly token: string
  readonly takenAt: number
  readonly renewedAt: number
}

/** Every lock there is, held or left behind, with the number of its pair. */
export function allLocks(
  connection: Connection,
): readonly (Holder & { readonly pair: number; readonly takenAt: number })[] {
  const columns = 'token, host, boot, namespace, pid, process_start, taken_at, renewed_at, pair'
  const rows = connection.prepare(`SELECT ${columns} FROM lock`).rows()
  return Array.from(rows, (cells) => ({ ...rowOf(cells), pair: integer(cells[8]) }))
}

/** Takes, renews and gives back locks; to be used inside transactions. Times are milliseconds since the epoch. */
export class Locks {
  readonly #find: Statement
  readonly #put: Statement
  readonly #renew: Statement
  readonly #remove: Statement

  constructor(connection: Connection) {
    this.#find = connection.prepare(
      'SELECT token, host, boot, namespace, pid, process_start, taken_at, renewed_at FROM lock WHERE pair = ?',
    )
    this.#put = connection.prepare('INSERT OR REPLACE INTO lock VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)')
    this.#renew = connection.prepare('UPDATE lock SET renewed_at = ? WHERE pair = ? AND token = ?')
    this.#remove = connection.prepare('DELETE FROM lock WHERE pair = ? AND token = ?')
  }

  /** Takes the lock and returns its token. Error: locked, naming the holder. */
  take(pair: LockedPair, now: number): string {
    const holder = this.#holder(pair)
    if (holder) {
      const life = lifeOf(holder)
      // A sign of life from far in the future comes from a clock that was wrong (quirk D08).
      const silent = life === 'unknown' && Math.abs(now - holder.renewedAt) > longestSilence
      if (life !== 'gone' && !silent && !abandoned.has(holder.token)) throw isHeld(pair, holder, life === 'running')
    }
    const token = randomUUID()
    const { host, boot, namespace, pid, processStart } = thisProcess()
    this.#put.run(pair.id, token, host, boot, namespace, pid, processStart, now)
    return token
  }

  /** Holds on to the lock: nobody writes who has lost it. Error: locked, naming who has it now. */
  renew(pair: LockedPair, token: string, now: number): void {
    if (this.#renew.run(now, pair.id, token) === 0) throw wasLost(pair, this.#holder(pair))
  }

  /** Gives the lock back. */
  remove(pair: LockedPair, token: string): void {
    this.#remove.run(pair.id, token)
  }

  /** Remembers that a lock could not be given back, so that this process can take it again. */
  abandon(token: string): void {
    abandoned.add(token)
  }

  #holder(pair: LockedPair): Row | undefined {
    const cells = this.#find.first(pair.id)
    return cells && rowOf(cells)
  }
}

function rowOf(cells: Cells): Row {
  return {
    token: text(cells[0]),
    host: text(cells[1]),
    boot: optional(cells[2], text) ?? null,
    namespace: optional(cells[3], text) ?? null,
    pid: integer(cells[4]),
    processStart: optional(cells[5], text) ?? null,
    takenAt: integer(cells[6]),
    renewedAt: integer(cells[7]),
  }
}

function isHeld(pair: LockedPair, holder: Row, isRunning: boolean): MailhaulError {
  const lapse = utc(holder.renewedAt + longestSilence)
  const hint = isRunning
    ? `Wait until it has finished, or end process ${holder.pid}; then run again.`
    : `Whether it still runs cannot be seen from here: if not, the pair is free from ${lapse} on.`
  return lockedError(`Pair ${JSON.stringify(pair.name)} is being worked on by ${nameOf(holder)}.`, hint)
}

function wasLost(pair: LockedPair, holder: Row | undefined): MailhaulError {
  const taker = holder ? ` to ${nameOf(holder)}` : ''
  const hint = 'This run was silent for so long that it was taken for dead. The next one settles what is open.'
  return lockedError(`This run has lost pair ${JSON.stringify(pair.name)}${taker}.`, hint)
}

function nameOf({ pid, host, takenAt }: Row): string {
  return `process ${pid} on ${host} since ${utc(takenAt)}`
}

function utc(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

function lockedError(message: string, hint: string): MailhaulError {
  return new MailhaulError({ code: 'locked', scope: 'pair', retry: 'later', message, hint })
}
