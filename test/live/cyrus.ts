// A private Cyrus for live tests: users with mailboxes, mail in and out, and proof of what was written.
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { certificate } from '../servers/certificates.ts'
import { type CyrusPrograms, cyrusServices, findCyrus, libraryEnvironment } from './binaries.ts'
import { cyrusDirectories, type ImapdOptions, imapdConfig, servicesConfig } from './cyrus-config.ts'
import { type Command, type Identity, type Instance, type Ports, startInstance } from './instance.ts'
import { type RawImap, withImap } from './raw-imap.ts'
import { digestFiles } from './snapshot.ts'
import { findUser, type User } from './user.ts'

/** What a Cyrus is started with. */
export type CyrusOptions = {
  /** Plain names, without a domain. */
  readonly users: readonly User[]
  /**
   * More for imapd.conf, such as `{ popminpoll: '5' }`. By default `unixhierarchysep` and `altnamespace` are on:
   * folders stand beside INBOX, with `/` between levels.
   */
  readonly config?: ImapdOptions
}

/** Starts a Cyrus on free ports of 127.0.0.1, with an empty inbox per user. The caller stops it. */
export async function startCyrus(options: CyrusOptions): Promise<CyrusServer> {
  const programs = findCyrus()
  if (!programs) throw new Error('Cyrus is not installed')
  const { ca, cert, key } = await certificate()
  const admin = { name: 'cyrus', password: randomUUID() }
  const prepare = async (directory: string, ports: Ports, identity: Identity): Promise<Command> => {
    const bin = await copyPrograms(programs, directory)
    const settings = { directory, ports, identity, bin, admin: admin.name, options: options.config ?? {} }
    const write = (name: string, text: string) => writeFile(join(directory, name), text, { mode: 0o600 })
    await Promise.all(cyrusDirectories.map((name) => mkdir(join(directory, name), { recursive: true })))
    await Promise.all([
      ...[write('imapd.conf', imapdConfig(settings)), write('cyrus.conf', servicesConfig(settings))],
      ...[write('ca.pem', ca), write('server.pem', cert), write('server.key', key)],
    ])
    for (const user of [admin, ...options.users]) setPassword(programs, join(directory, 'sasldb2'), user)
    return masterCommand(programs, directory, bin)
  }
  const server = new CyrusServer(await startInstance('cyrus', prepare), options.users, admin, ca)
  try {
    await server.createInboxes(options.config?.unixhierarchysep === 'no' ? '.' : '/')
    return server
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** A running Cyrus. Folders are named as IMAP shows them. */
export class CyrusServer {
  readonly host = 'localhost'
  readonly ports: Ports
  /** The certificate authority to trust, in PEM. */
  readonly caFile: string
  readonly users: readonly User[]
  /** May do everything over IMAP, for instance SETQUOTA. */
  readonly admin: User
  readonly pid: number
  /** Holds everything of this server: `imapd.conf`, `cyrus.conf`, `state/` and `spool/`. */
  readonly directory: string
  readonly #instance: Instance
  readonly #ca: string

  constructor(instance: Instance, users: readonly User[], admin: User, ca: string) {
    this.#instance = instance
    this.#ca = ca
    this.ports = instance.ports
    this.pid = instance.pid
    this.directory = instance.directory
    this.caFile = join(instance.directory, 'ca.pem')
    this.users = users
    this.admin = admin
  }

  /** Appends messages to a folder that exists, in order. Throws with Cyrus's answer where it refuses one. */
  deliver(user: string, messages: readonly Uint8Array[], folder = 'INBOX'): Promise<void> {
    return this.#withImap(findUser(this.users, user), (session) => session.append(folder, messages))
  }

  /** What is stored in a folder, in UID order, read over IMAP, which in Cyrus sends the bytes of the files. */
  messages(user: string, folder = 'INBOX'): Promise<Buffer[]> {
    return this.#withImap(findUser(this.users, user), (session) => session.messages(folder))
  }

  /** A digest of every message file of all users with its folder, size and bytes, and of every folder; not of flags. */
  async snapshot(): Promise<string> {
    return digestFiles(join(this.directory, 'spool'), (path, isDirectory) =>
      isDirectory || /^\d+\.$/.test(basename(path)) ? path : undefined,
    )
  }

  /** Ends Cyrus with all its processes and removes the directory. */
  stop(): Promise<void> {
    return this.#instance.stop()
  }

  /** Makes an inbox for every user. */
  async createInboxes(separator: '/' | '.'): Promise<void> {
    await this.#withImap(this.admin, async (session) => {
      for (const user of this.users) await session.command(`CREATE "user${separator}${user.name}"`)
    })
  }

  #withImap<T>(user: User, work: (session: RawImap) => Promise<T>): Promise<T> {
    return withImap({ port: this.ports.imaps, ca: this.#ca, ...user }, work)
  }
}

/**
 * Copies an unpacked Cyrus into the directory and returns where its services are: their user may have no way to
 * the tests' own directory. A system's Cyrus is used where it is.
 */
async function copyPrograms({ bin, library }: CyrusPrograms, directory: string): Promise<string> {
  if (library === undefined) return bin
  const target = join(directory, 'programs')
  await mkdir(target)
  const libraries = (await readdir(library)).filter((name) => name.startsWith('libcyrus'))
  const sources = [...cyrusServices.map((name) => join(bin, name)), ...libraries.map((name) => join(library, name))]
  await Promise.all(sources.map((source) => copyFile(source, join(target, basename(source)))))
  return target
}

/** Cyrus looks for a plain name in the realm of its `servername`. */
function setPassword({ saslpasswd2 }: CyrusPrograms, file: string, { name, password }: User): void {
  execFileSync(saslpasswd2, ['-p', '-c', '-f', file, '-u', 'localhost', name], { input: password })
}

function masterCommand({ library }: CyrusPrograms, directory: string, bin: string): Command {
  const file = (name: string) => join(directory, name)
  return {
    program: join(bin, 'master'),
    arguments: ['-D', '-C', file('imapd.conf'), '-M', file('cyrus.conf'), '-p', file('master.pid')],
    env: libraryEnvironment(library === undefined ? undefined : bin),
  }
}
