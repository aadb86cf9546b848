// What IMAP users own on the test server: accounts, folders and messages as exact bytes.

import { createHash } from 'node:crypto'

/** A message as it was appended. */
export type StoredMessage = {
  readonly uid: number
  readonly bytes: Buffer
  readonly flags: Set<string>
  /** As the client gave it, or the time of arrival. */
  readonly internalDate: string
}

/** What a message is stored from. */
export type NewMessage = Pick<StoredMessage, 'bytes' | 'internalDate'> & { readonly flags: Iterable<string> }

/** A folder. `messages` is in ascending order of UID. */
export class Folder {
  /** Full name in Unicode, with namespace prefix and delimiters. */
  readonly path: string
  readonly specialUse: string | undefined
  uidValidity: number
  uidNext = 1
  isSubscribed: boolean
  /** Grows with every change, so that a session sees at once whether it has to look. */
  version = 0
  messages: StoredMessage[] = []
  readonly #byUid = new Map<number, StoredMessage>()
  readonly #watchers = new Set<() => void>()

  constructor(path: string, uidValidity: number, specialUse?: string, isSubscribed = false) {
    this.path = path
    this.uidValidity = uidValidity
    this.specialUse = specialUse
    this.isSubscribed = isSubscribed
  }

  get octets(): number {
    return this.messages.reduce((sum, message) => sum + message.bytes.length, 0)
  }

  get(uid: number): StoredMessage | undefined {
    return this.#byUid.get(uid)
  }

  /** Whether these very bytes are stored here. */
  holds(bytes: Buffer): boolean {
    return this.messages.some((message) => message.bytes.equals(bytes))
  }

  append(message: NewMessage): StoredMessage {
    const stored = { ...message, flags: new Set(message.flags), uid: this.uidNext++ }
    this.messages.push(stored)
    this.#byUid.set(stored.uid, stored)
    this.changed()
    return stored
  }

  remove(uids: ReadonlySet<number>): void {
    this.messages = this.messages.filter((message) => !uids.has(message.uid))
    for (const uid of uids) this.#byUid.delete(uid)
    this.changed()
  }

  /** Starts a new life of the folder: the same messages under a new UIDVALIDITY, UIDs from 1 (B05). */
  renumber(uidValidity: number): void {
    const old = this.messages
    this.messages = []
    this.#byUid.clear()
    this.uidValidity = uidValidity
    this.uidNext = 1
    for (const message of old) this.append(message)
  }

  /** Calls back after every change until the function it returns is called. */
  watch(callback: () => void): () => void {
    this.#watchers.add(callback)
    return () => this.#watchers.delete(callback)
  }

  changed(): void {
    this.version++
    for (const callback of this.#watchers) callback()
  }
}

/** How an account is set up. */
export type AccountOptions = {
  readonly user: string
  readonly password: string
  readonly token?: string
  /** Folders besides INBOX; `specialUse` is an attribute such as `\Sent`. */
  readonly folders?: readonly { readonly path: string; readonly specialUse?: string }[]
  readonly quota?: Quota
}

/** Limits over all folders of an account. */
export type Quota = { readonly octets?: number; readonly messages?: number }

/** How a server names folders. */
export type Naming = { readonly delimiter: string; readonly prefix: string }

/** A user with folders. */
export class Account {
  readonly user: string
  password: string
  token: string | undefined
  quota: Quota | undefined
  readonly naming: Naming
  readonly folders = new Map<string, Folder>()
  #uidValidity = 1_700_000_000

  constructor(options: AccountOptions, naming: Naming) {
    this.user = options.user
    this.password = options.password
    this.token = options.token
    this.quota = options.quota
    this.naming = naming
    this.create('INBOX').isSubscribed = true
    for (const { path, specialUse } of options.folders ?? []) this.create(path, specialUse).isSubscribed = true
  }

  /** A UIDVALIDITY that this account has not used yet. */
  nextUidValidity(): number {
    return ++this.#uidValidity
  }

  /** INBOX is known in any case (RFC 3501 §5.1). */
  find(path: string): Folder | undefined {
    return this.folders.get(path.toUpperCase() === 'INBOX' ? 'INBOX' : path)
  }

  /** Creates a folder and the folders above it. */
  create(path: string, specialUse?: string): Folder {
    const { delimiter, prefix } = this.naming
    const parent = path.slice(0, Math.max(0, path.lastIndexOf(delimiter)))
    if (parent !== '' && `${parent}${delimiter}` !== prefix && !this.find(parent)) this.create(parent)
    const folder = new Folder(path, this.nextUidValidity(), specialUse)
    this.folders.set(path, folder)
    return folder
  }

  usage(): Required<Quota> {
    const all = [...this.folders.values()]
    return {
      octets: all.reduce((sum, folder) => sum + folder.octets, 0),
      messages: all.reduce((sum, folder) => sum + folder.messages.length, 0),
    }
  }

  /** Whether these very bytes are stored in any folder. */
  holds(bytes: Buffer): boolean {
    return [...this.folders.values()].some((folder) => folder.holds(bytes))
  }
}

/** The header block with its blank line, and the rest. */
export function splitMessage(bytes: Buffer): { header: Buffer; body: Buffer } {
  const blank = bytes.indexOf('\r\n\r\n')
  const end = bytes.indexOf('\r\n') === 0 ? 2 : blank < 0 ? bytes.length : blank + 4
  return { header: bytes.subarray(0, end), body: bytes.subarray(end) }
}

/** A header field with its name in lower case, and as it stands there: folded lines and line ends included. */
export type HeaderField = { readonly name: string; readonly raw: string }

const knownFields = new WeakMap<Buffer, HeaderField[]>()

/** The header fields of a message in order. */
export function fieldsOf(bytes: Buffer): readonly HeaderField[] {
  const fields = knownFields.get(bytes) ?? headerFields(splitMessage(bytes).header)
  knownFields.set(bytes, fields)
  return fields
}

function headerFields(header: Buffer): HeaderField[] {
  const fields = header.toString('latin1').match(/[^\r\n][^\n]*\n(?:[ \t][^\n]*\n)*/g) ?? []
  return fields.map((raw) => ({
    name: raw
      .slice(0, Math.max(0, raw.indexOf(':')))
      .trimEnd()
      .toLowerCase(),
    raw,
  }))
}

/** A number that is the same for the same bytes, as Gmail's X-GM-MSGID. */
export function contentId(bytes: Buffer): bigint {
  return createHash('sha256').update(bytes).digest().readBigUInt64BE() >> 1n
}
