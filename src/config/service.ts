// What a service manager says to a process it has started, in the environment (sd_notify(3), sd_watchdog_enabled(3)).

/** What the service manager wants to hear. */
export interface ServiceEnvironment {
  /** Where it listens: a path, or a name that begins with `@`; undefined where nobody listens. */
  readonly notifySocket: string | undefined
  /** It wants a sign of life this often, in milliseconds; undefined where it wants none. */
  readonly watchdog: number | undefined
  /** Whether standard error goes to the journal, which dates every line itself. */
  readonly hasJournal: boolean
  /** Where programs are looked up. */
  readonly path: string
}

/** Reads the environment; `pid` is the process's own: a watchdog may be meant for another one. */
export function readServiceEnvironment(pid: number, env: NodeJS.ProcessEnv = process.env): ServiceEnvironment {
  const { NOTIFY_SOCKET, WATCHDOG_USEC = '', WATCHDOG_PID, JOURNAL_STREAM, PATH } = env
  const isMeant = WATCHDOG_PID === undefined || WATCHDOG_PID === String(pid)
  const watchdog = /^[1-9]\d{0,15}$/.test(WATCHDOG_USEC) && isMeant ? Number(WATCHDOG_USEC) / 1000 : undefined
  return {
    notifySocket: NOTIFY_SOCKET || undefined,
    watchdog,
    hasJournal: Boolean(JOURNAL_STREAM),
    path: PATH || '/usr/bin:/bin',
  }
}
