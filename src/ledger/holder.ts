// Who holds a lock: which process of which system, and whether it is still there.
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** A process, told apart from every other one that had its number before or has it elsewhere. */
export interface Holder {
  readonly host: string
  /** Names the time since the system last started; null where the system has no such name (Linux has). */
  readonly boot: string | null
  /** Names the set of processes that share their numbers (a container has its own); null as above. */
  readonly namespace: string | null
  readonly pid: number
  /** When the process started, in ticks since the system did; null as above. */
  readonly processStart: string | null
}

/** This process. */
export function thisProcess(): Holder {
  return {
    host: hostname(),
    boot: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()),
    namespace: attempt(() => readlinkSync('/proc/self/ns/pid')),
    pid: process.pid,
    processStart: statusOf(process.pid)?.start ?? null,
  }
}

/** Whether a holder still runs; `unknown` where it cannot be seen from here. */
export function lifeOf(holder: Holder, here = thisProcess()): 'running' | 'gone' | 'unknown' {
  if (!seesEachOther(holder, here)) return hasRestarted(holder, here) ? 'gone' : 'unknown'
  if (!exists(holder.pid)) return 'gone'
  const status = statusOf(holder.pid)
  if (status && holder.processStart) {
    return status.ended || status.start !== holder.processStart ? 'gone' : 'running'
  }
  return holder.pid === here.pid ? 'running' : 'unknown'
}

function seesEachOther(holder: Holder, here: Holder): boolean {
  if (holder.boot !== here.boot || holder.namespace !== here.namespace) return false
  return here.boot !== null || holder.host === here.host
}

function hasRestarted(holder: Holder, here: Holder): boolean {
  const bothKnown = holder.boot !== null && here.boot !== null
  return bothKnown && holder.boot !== here.boot && holder.host === here.host
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    // EPERM: somebody else's process, but a process.
    return !(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH')
  }
}

/** Fields 3 (state) and 22 (start time) of proc(5), counted from behind the name, which may hold anything. */
function statusOf(pid: number): { readonly ended: boolean; readonly start: string } | undefined {
  const line = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))
  const fields = line?.slice(line.lastIndexOf(')') + 2).split(' ')
  const state = fields?.[0]
  const start = fields?.[19]
  // A process that has ended stays listed as a zombie until its parent has asked how.
  return state && start ? { ended: state === 'Z' || state === 'X', start } : undefined
}

function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}
