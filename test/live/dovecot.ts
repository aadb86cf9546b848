// A private Dovecot for live tests: users, mail in and out, and proof of what was written.
import { execFileSync } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { certificate } from '../servers/certificates.ts'
import { dovecotProgram } from './binaries.ts'
import { dovecotConfig, type MailFormat, storageName } from './dovecot-config.ts'
import { type Command, type Identity, type Instance, type Ports, startInstance } from './instance.ts'
import { deliverToMaildir, folderDirectory, readMaildir } from './maildir.ts'
import { type RawImap, withImap } from './raw-imap.ts'
import { digestFiles } from './snapshot.ts'
import { findUser, type User } from './user.ts'

/** What a Dovecot is started with. */
export type DovecotOptions = {
  readonly users: readonly User[]
  /** Default: maildir. */
  readonly format?: MailFormat
  /** Default: yes, so logins in clear are allowed; `required` allows them over TLS only. */
  readonly ssl?: 'yes' | 'required'
  /** Text for the end of dovecot.conf, where it wins over what stands before; in the words of the installed version. */
  readonly config?: string
}

/** Starts a Dovecot on free ports of 127.0.0.1. The caller stops it. */
export async function startDovecot(options: DovecotOptions): Promise<DovecotServer> {
  const { ca, cert, key } = await certificate()
  const format = options.format ?? 'maildir'
  const version = execFileSync(dovecotProgram, ['--version'], { encoding: 'utf8' })
  const prepare = async (directory: string, ports: Ports, identity: Identity): Promise<Command> => {
    const { ssl = 'yes', config: extra = '' } = options
    const config = dovecotConfig({ version, directory, ports, identity, format, ssl, extra })
    const write = (name: string, text: string) => writeFile(join(directory, name), text, { mode: 0o600 })
    for (const user of options.users) await mkdir(storageOf(directory, format, user.name), { recursive: true })
    await Promise.all([
      ...[write('dovecot.conf', config), write('passwd', options.users.map(passwdLine).join(''))],
      ...[write('ca.pem', ca), write('server.pem', cert), write('server.key', key)],
    ])
    return { program: dovecotProgram, arguments: ['-F', '-c', join(directory, 'dovecot.conf')], env: process.env }
  }
  return new DovecotServer(await startInstance('dovecot', prepare), options.users, format, ca)
}

/** A running Dovecot. Folders are named as IMAP shows them, with `/` or `.` between levels. */
export class DovecotServer {
  readonly host = 'localhost'
  readonly ports: Ports
  /** The certificate authority to trust, in PEM. */
  readonly caFile: string
  readonly users: readonly User[]
  readonly pid: number
  /** Holds everything of this server: `dovecot.conf`, `log`, and `mail/` with a home per user. */
  readonly directory: string
  readonly #instance: Instance
  readonly #format: MailFormat
  readonly #ca: string

  constructor(instance: Instance, users: readonly User[], format: MailFormat, ca: string) {
    this.#instance = instance
    this.#format = format
    this.#ca = ca
    this.ports = instance.ports
    this.pid = instance.pid
    this.directory = instance.directory
    this.caFile = join(instance.directory, 'ca.pem')
    this.users = users
  }

  /** The user's Maildir or mdbox directory. */
  mailDir(user: string): string {
    return storageOf(this.directory, this.#format, findUser(this.users, user).name)
  }

  /** Puts messages into a folder, in order: as unseen files with exactly these bytes; for mdbox, over IMAP. */
  async deliver(user: string, messages: readonly Uint8Array[], folder = 'INBOX'): Promise<void> {
    if (this.#format === 'mdbox') return this.#withImap(user, (session) => session.append(folder, messages))
    deliverToMaildir(folderDirectory(this.mailDir(user), folder), messages, this.#instance.identity)
  }

  /**
   * What is stored in a folder, in UID order. For Maildir these are the bytes of the files, where Dovecot itself ends
   * lines with a bare LF (unless mail_save_crlf is set); for mdbox, what IMAP sends, with CRLF.
   */
  async messages(user: string, folder = 'INBOX'): Promise<Buffer[]> {
    if (this.#format === 'mdbox') return this.#withImap(user, (session) => session.messages(folder))
    return readMaildir(folderDirectory(this.mailDir(user), folder))
  }

  /** Makes Dovecot forget the UIDs of the inbox, so that every UIDL is another one from the next session on. */
  async removeUidlist(user: string): Promise<void> {
    await rm(join(this.mailDir(user), 'dovecot-uidlist'))
  }

  /**
   * A digest of all mail of all users: each file with its name, flags, size and bytes, each folder, the subscriptions.
   * Not of Dovecot's own indexes, nor of whether a message is still in `new/`: both change when mail is only read.
   */
  async snapshot(): Promise<string> {
    return digestFiles(join(this.directory, 'mail'), mailName)
  }

  /** Ends Dovecot with all its processes and removes the directory. */
  stop(): Promise<void> {
    return this.#instance.stop()
  }

  #withImap<T>(user: string, work: (session: RawImap) => Promise<T>): Promise<T> {
    return withImap({ port: this.ports.imaps, ca: this.#ca, ...findUser(this.users, user) }, work)
  }
}

function storageOf(directory: string, format: MailFormat, user: string): string {
  return join(directory, 'mail', user, storageName(format))
}

/** In base64, because a colon in a password would end the field. */
function passwdLine({ name, password }: User): string {
  return `${name}:{PLAIN.b64}${Buffer.from(password).toString('base64')}\n`
}

/** The inbox's own directories are made at the first login and do not count; a folder's do. */
function mailName(path: string, isDirectory: boolean): string | undefined {
  const name = basename(path)
  if (isDirectory) return name.startsWith('.') || path.endsWith('/dbox-Mails') ? path : undefined
  if (name.startsWith('dovecot')) return undefined
  if (basename(dirname(path)) !== 'new') return path
  return `${join(dirname(path), '../cur', name)}${name.includes(':2,') ? '' : ':2,'}`
}
