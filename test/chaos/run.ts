// One run of the real command between two proxies, with what the plan has in store for it.
import { type Finished, type Running, startCli } from '../commands/run-cli.ts'
import type { TcpProxy } from '../servers/proxy.ts'
import type { LinkSettings } from '../servers/proxy-link.ts'
import type { Attempt, Kill, Link } from './plan.ts'

/** The proxies in front of both servers. */
export type Proxies = Readonly<Record<Link['end'], TcpProxy>>

/** How a run went. */
export interface Ran {
  readonly finished: Finished
  readonly wasKilled: boolean
  readonly wasCut: boolean
  /** Neither ended nor was killed by the plan for so long that it never would have. */
  readonly hung: boolean
  /** What happened, for people. */
  readonly step: string
}

// Milliseconds; an undisturbed run takes a few seconds.
const longestRun = 180_000

/** Runs `mailhaul sync --quiet --yes` and leaves the proxies without faults, and without connections of a killed process. */
export async function runAttempt(
  attempt: Attempt,
  proxies: Proxies,
  cli: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<Ran> {
  const { kill, cut, bytewise } = attempt
  const pending = cut && { at: cut.at, how: cut.how, times: 1 }
  if (bytewise) settingsOf(proxies, bytewise).chunking = 'bytes'
  if (cut && pending) settingsOf(proxies, cut.link).cut = pending
  if (kill?.kind === 'bytes' && kill.isExact) settingsOf(proxies, kill.link).blackholeFrom = kill.at
  const running = startCli(['sync', '--quiet', '--yes'], cli)
  if (kill) void moment(kill, proxies, running).then(() => running.child.kill('SIGKILL'))
  const guard = setTimeout(() => running.child.kill('SIGQUIT'), longestRun)
  const finished = await running.end
  clearTimeout(guard)
  for (const proxy of [proxies.source, proxies.destination]) {
    if (kill?.kind === 'bytes' && kill.isExact) proxy.cutAll()
    proxy.up = {}
    proxy.down = {}
  }
  const wasKilled = finished.signal === 'SIGKILL'
  const wasCut = pending?.times === 0
  const hung = finished.signal === 'SIGQUIT'
  return { finished, wasKilled, wasCut, hung, step: describe(attempt, finished, wasCut) }
}

function settingsOf(proxies: Proxies, { end, way }: Link): LinkSettings {
  return proxies[end][way]
}

/** Resolves when the process is to die, or has ended before. */
function moment(kill: Kill, proxies: Proxies, { end }: Running): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = kill.kind === 'time' ? setTimeout(resolve, kill.milliseconds) : watch(kill, proxies, resolve)
  const stop = () => {
    clearInterval(timer)
    resolve()
  }
  end.then(stop, stop)
  return promise
}

function watch(kill: Extract<Kill, { kind: 'bytes' }>, proxies: Proxies, reached: () => void): NodeJS.Timeout {
  const { end, way } = kill.link
  const target = proxies[end].bytes[way] + kill.at
  return setInterval(() => {
    if (proxies[end].bytes[way] >= target) reached()
  }, 1)
}

function describe({ kill, cut, bytewise }: Attempt, { code, signal }: Finished, wasCut: boolean): string {
  const links = ({ end, way }: Link) => `${end} ${way}`
  const words = [
    signal === null ? `ended with ${code}` : `ended by ${signal}`,
    kill?.kind === 'time' && `kill after ${kill.milliseconds} ms`,
    kill?.kind === 'bytes' && `kill at byte ${kill.at} of ${links(kill.link)}${kill.isExact ? ', none after it' : ''}`,
    cut && `cut (${cut.how}) at byte ${cut.at} of ${links(cut.link)}${wasCut ? '' : ', not reached'}`,
    bytewise && `${links(bytewise)} one byte at a time`,
  ]
  return words.filter(Boolean).join('; ')
}
