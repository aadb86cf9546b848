// One iteration of chaos: a mailbox is moved while the process is killed and cut off, and then both ends are compared.
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import type { DovecotServer } from '../live/dovecot.ts'
import type { User } from '../live/user.ts'
import { startProxy } from '../servers/proxy.ts'
import type { Ground } from './ground.ts'
import { compare, type Difference, mailbox } from './mailbox.ts'
import { type Plan, planOf } from './plan.ts'
import { type Proxies, type Ran, runAttempt } from './run.ts'

/** What came of an iteration. Counts of messages, but for `kills`, `cuts` and `hung`. */
export interface Outcome extends Difference {
  readonly seed: number
  readonly messages: number
  /** Appended by one more run after the mailbox was complete. */
  readonly appendedAgain: number
  /** Still at the source although they were to be deleted. */
  readonly undeleted: number
  /** Missing at the source although they were to be kept. */
  readonly deleted: number
  readonly kills: number
  readonly cuts: number
  /** Had arrived although their answer was lost, and were found there instead of being sent again. */
  readonly adopted: number
  /** Runs that never ended. */
  readonly hung: number
  /** The settings and every run, for people. */
  readonly steps: readonly string[]
  /** Whether every count of what went wrong is 0 and the last runs ended with 0. */
  readonly isClean: boolean
}

// Undisturbed runs that may be needed until one ends with 0.
const patience = 4

/** Runs the iteration of a seed on an unused account; `leave` overrides what the seed says. */
export async function runIteration(ground: Ground, seed: number, leave?: Plan['leave']): Promise<Outcome> {
  const plan = planOf(seed, leave)
  const { source } = ground
  const destination = ground.destinations[plan.appending]
  const user = ground.nextUser()
  const messages = mailbox(seed, plan.count)
  const directory = join(ground.directory, user.name)
  await mkdir(directory)
  await source.deliver(user.name, messages)
  const isTls = plan.tls === 'implicit'
  const proxies = {
    source: await startProxy({ target: { port: source.ports[isTls ? 'pop3s' : 'pop3'] } }),
    destination: await startProxy({ target: { port: destination.ports[isTls ? 'imaps' : 'imap'] } }),
  }
  const cache = join(ground.directory, 'compiled')
  const iteration = { seed, plan, user, messages, directory, cache, proxies, servers: { source, destination } }
  try {
    await writeFile(join(directory, 'mailhaul.yaml'), configuration(iteration))
    return await endure(iteration)
  } finally {
    await Promise.all([proxies.source.stop(), proxies.destination.stop()])
    await rm(directory, { recursive: true, force: true })
  }
}

interface Iteration {
  readonly seed: number
  readonly plan: Plan
  readonly user: User
  readonly messages: readonly Uint8Array[]
  readonly directory: string
  /** Where node keeps what it has compiled: it makes the many starts of the command quick. */
  readonly cache: string
  readonly proxies: Proxies
  readonly servers: Readonly<Record<keyof Proxies, DovecotServer>>
}

async function endure({ seed, plan, user, messages, directory, cache, proxies, servers }: Iteration): Promise<Outcome> {
  const env = { SECRET: user.password, NODE_COMPILE_CACHE: cache }
  const ran: Ran[] = []
  const run = async (attempt: Plan['attempts'][number]) => {
    ran.push(await runAttempt(attempt, proxies, { cwd: directory, env }))
    return ran.at(-1)?.finished.code
  }
  let code: number | null | undefined
  for (const attempt of plan.attempts) code = await run(attempt)
  for (let tries = 0; code !== 0 && tries < patience; tries++) code = await run({})
  const before = await servers.destination.messages(user.name, plan.folder)
  const codeAgain = await run({})
  const stored = await servers.destination.messages(user.name, plan.folder)
  const remaining = compare(messages, await servers.source.messages(user.name))
  const counts = {
    ...compare(messages, stored),
    appendedAgain: stored.length - before.length,
    undeleted: plan.leave === 'delete' ? messages.length - remaining.lost : 0,
    deleted: plan.leave === 'keep' ? remaining.lost : 0,
    hung: ran.filter(({ hung }) => hung).length,
  }
  const isClean = code === 0 && codeAgain === 0 && Object.values(counts).every((count) => count === 0)
  return {
    seed,
    messages: messages.length,
    ...counts,
    adopted: adoptedIn(directory),
    kills: ran.filter(({ wasKilled }) => wasKilled).length,
    cuts: ran.filter(({ wasCut }) => wasCut).length,
    steps: [describe(plan), ...ran.map(({ step }) => step), ...(isClean ? [] : evidence(directory, ran))],
    isClean,
  }
}

function configuration({ plan, proxies, servers, user }: Iteration): string {
  const { tls, connections, leave, folder } = plan
  const end = (which: keyof Proxies) => {
    const trust = tls === 'none' ? '' : `, ca: ${servers[which].caFile}`
    return `host: localhost, port: ${proxies[which].port}, tls: ${tls}${trust}, user: ${user.name}, password: { env: SECRET }`
  }
  return `ledger: ./ledger.db
pairs:
  - name: chaos
    source: { ${end('source')}, leave: ${leave} }
    destination: { ${end('destination')}, folder: ${folder}, connections: ${connections} }
`
}

function describe({ count, tls, appending, connections, leave, folder }: Plan): string {
  return `${count} messages and twins; tls ${tls}; ${appending} appends; connections ${connections}; leave ${leave}; folder ${folder}`
}

/** What the ledger says in the end, and what the command printed. */
function evidence(directory: string, ran: readonly Ran[]): string[] {
  const rows = ledgerRows(
    directory,
    'SELECT state, outcome, reason, removal, count(*) AS count, group_concat(uid) AS uids FROM message GROUP BY 1, 2, 3, 4',
  )
  return [
    ...rows.map((row) => `ledger: ${JSON.stringify(row)}`),
    ...ran.map(({ finished }) => `printed: ${finished.stdout}${finished.stderr}`),
  ]
}

function adoptedIn(directory: string): number {
  const [row] = ledgerRows(directory, "SELECT count(*) AS count FROM message WHERE outcome = 'adopted'")
  return Number(row?.count ?? 0)
}

/** None where no run has come so far as to make a ledger. */
function ledgerRows(directory: string, query: string): Record<string, SQLOutputValue>[] {
  const path = join(directory, 'ledger.db')
  if (!existsSync(path)) return []
  const ledger = new DatabaseSync(path, { readOnly: true })
  try {
    return ledger.prepare(query).all()
  } finally {
    ledger.close()
  }
}
