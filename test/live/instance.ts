// Runs one private server: its own directory and ports, an unprivileged user, started and stopped by process id.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** The ports of one instance on 127.0.0.1: in clear with STARTTLS or STLS, and with TLS from the first byte. */
export type Ports = { readonly imap: number; readonly imaps: number; readonly pop3: number; readonly pop3s: number }

/** The system user a server runs as. */
export type Identity = { readonly user: string; readonly group: string; readonly uid: number; readonly gid: number }

/** How to run a server in the foreground; `env` is the whole environment. */
export type Command = {
  readonly program: string
  readonly arguments: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** Writes a server's configuration into its directory; everything there is given to `identity` afterwards. */
export type Prepare = (directory: string, ports: Ports, identity: Identity) => Promise<Command>

/** A running server: `pid` is its master, which leads the process group of its workers. */
export type Instance = {
  readonly directory: string
  readonly ports: Ports
  readonly identity: Identity
  readonly pid: number
  /** Ends the server, waits until its last worker is gone, and removes the directory. */
  stop(): Promise<void>
}

const attempts = 3
const startMilliseconds = 20_000
const isRoot = process.getuid?.() === 0

/**
 * Starts a server and waits for its greetings. One that ends by itself is tried again on other ports, because a free
 * port may be taken before it is used; the third time, this throws with the server's log in the message.
 */
export async function startInstance(name: string, prepare: Prepare): Promise<Instance> {
  for (let attempt = 1; ; attempt++) {
    const directory = await mkdtemp(join(tmpdir(), `mailhaul-${name}-`))
    try {
      return await startIn(directory, prepare)
    } catch (error) {
      const log = await readFile(join(directory, 'log'), 'utf8').catch(() => '')
      await rm(directory, { recursive: true, force: true })
      if (attempt < attempts && error instanceof EndedByItself) continue
      throw new Error(`${name} did not start: ${String(error)}\n${log}`, { cause: error })
    }
  }
}

async function startIn(directory: string, prepare: Prepare): Promise<Instance> {
  const identity = serviceIdentity()
  const ports = await freePorts()
  await chmod(directory, 0o755)
  const child = await spawnAs(identity, await prepare(directory, ports, identity), directory)
  try {
    await greeted(child, [ports.imap, ports.pop3])
  } catch (error) {
    await ended(child)
    throw error
  }
  const stop = async () => {
    await ended(child)
    await rm(directory, { recursive: true, force: true })
  }
  return { directory, ports, identity, pid: child.pid, stop }
}

/** Nobody, where the tests run as root: mail servers refuse to serve mail as root. Otherwise the tests' own user. */
function serviceIdentity(): Identity {
  const user = isRoot ? 'nobody' : userInfo().username
  const id = (option: string) => execFileSync('id', [option, user], { encoding: 'utf8' }).trim()
  return { user, group: id('-gn'), uid: Number(id('-u')), gid: Number(id('-g')) }
}

/** Four ports that nobody listens on. They are held together, so that they differ, and then let go. */
async function freePorts(): Promise<Ports> {
  const servers = Array.from({ length: 4 }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const [imap = 0, imaps = 0, pop3 = 0, pop3s = 0] = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return { imap, imaps, pop3, pop3s }
}

type RunningChild = ChildProcess & { readonly pid: number }

/**
 * Gives the directory to the server's user and starts it there, writing to `log`.
 * The server gets a process group of its own, so that Ctrl-C reaches the tests alone, and a SIGTERM from the kernel
 * when the tests die without stopping it. setpriv replaces itself by the server, whose process id this is.
 */
async function spawnAs({ uid, gid }: Identity, command: Command, directory: string): Promise<RunningChild> {
  const user = isRoot ? [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'] : []
  const log = await open(join(directory, 'log'), 'a')
  if (isRoot) execFileSync('chown', ['-R', `${uid}:${gid}`, directory])
  try {
    const child = spawn('/usr/bin/setpriv', ['--pdeathsig=TERM', ...user, command.program, ...command.arguments], {
      stdio: ['ignore', log.fd, log.fd],
      cwd: directory,
      env: command.env,
      detached: true,
    })
    await once(child, 'spawn')
    return child as RunningChild
  } finally {
    await log.close()
  }
}

class EndedByItself extends Error {}

async function greeted(child: RunningChild, ports: readonly number[]): Promise<void> {
  const until = Date.now() + startMilliseconds
  for (const port of ports) {
    while (!(await greets(port))) {
      if (hasExited(child)) throw new EndedByItself('it ended by itself')
      if (Date.now() > until) throw new Error(`no greeting on port ${port}`)
      await delay(10)
    }
  }
  if (hasExited(child)) throw new EndedByItself('it ended by itself')
}

function greets(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return new Promise<boolean>((resolve) => {
    socket.once('data', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
    socket.setTimeout(1000, () => resolve(false))
  }).finally(() => socket.destroy())
}

/**
 * Kills the whole process group at once. There is nothing to end in order, since the directory goes with it, and
 * Dovecot would take seconds to say goodbye.
 */
async function ended(child: RunningChild): Promise<void> {
  if (runningMembers(child.pid) > 0) process.kill(-child.pid, 'SIGKILL')
  while (!hasExited(child) || runningMembers(child.pid) > 0) await delay(5)
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** How many processes of a group run. The dead do not count: in a container, nobody may ever collect them. */
function runningMembers(group: number): number {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false
    const stat = readStat(name)
    // After the name in brackets: state, parent, group (proc(5)).
    const [state, , inGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(inGroup) === group && state !== 'Z'
  }).length
}

/** Empty when the process has gone since it was listed. */
function readStat(process: string): string {
  try {
    return readFileSync(`/proc/${process}/stat`, 'latin1')
  } catch {
    return ''
  }
}
