// Writes and reads Maildir folders as files, as a mail transfer agent and an archivist would: no server in between.
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mailboxName } from './raw-imap.ts'

/** The directory of a folder in a Maildir++ tree: INBOX is the tree itself, `A/B` or `A.B` is `.A.B` in it. */
export function folderDirectory(maildir: string, folder: string): string {
  return folder === 'INBOX' ? maildir : join(maildir, `.${mailboxName(folder).replaceAll('/', '.')}`)
}

let lastMicroseconds = 0

/**
 * Delivers messages in order into `new/`, byte for byte as given, by way of `tmp/` so that no server sees half of one.
 * Everything belongs to `owner` afterwards.
 */
export function deliverToMaildir(
  directory: string,
  messages: readonly Uint8Array[],
  owner: { readonly uid: number; readonly gid: number },
): void {
  for (const part of ['', 'cur', 'new', 'tmp']) {
    const path = join(directory, part)
    if (mkdirSync(path, { recursive: true }) !== undefined) chownSync(path, owner.uid, owner.gid)
  }
  for (const message of messages) {
    const name = uniqueName(message)
    const temporary = join(directory, 'tmp', name)
    writeFileSync(temporary, message, { flag: 'wx', mode: 0o600 })
    chownSync(temporary, owner.uid, owner.gid)
    renameSync(temporary, join(directory, 'new', name))
  }
}

/** The stored bytes of a folder, none where it does not exist: in UID order where Dovecot has numbered them, the rest behind in order of delivery. */
export function readMaildir(directory: string): Buffer[] {
  const uids = uidsOf(directory)
  const parts = ['cur', 'new'].filter((part) => existsSync(join(directory, part)))
  const files = parts.flatMap((part) =>
    readdirSync(join(directory, part)).map((name) => {
      const base = baseName(name)
      return { path: join(directory, part, name), base, uid: uids.get(base) ?? Number.POSITIVE_INFINITY }
    }),
  )
  files.sort((a, b) => (a.uid === b.uid ? (a.base < b.base ? -1 : 1) : a.uid - b.uid))
  return files.map(({ path }) => readFileSync(path))
}

/** Names sort in order of delivery: servers number new messages by the time and the microseconds in the name. */
function uniqueName(message: Uint8Array): string {
  lastMicroseconds = Math.max(Date.now() * 1000, lastMicroseconds + 1)
  const seconds = Math.floor(lastMicroseconds / 1_000_000)
  const microseconds = String(lastMicroseconds % 1_000_000).padStart(6, '0')
  return `${seconds}.M${microseconds}P${process.pid}.localhost,S=${message.length},W=${sizeWithCrlf(message)}`
}

/** Dovecot takes this from the name as the size to announce, counting every bare LF as CR LF. */
function sizeWithCrlf(message: Uint8Array): number {
  let size = message.length
  for (let at = message.indexOf(10); at >= 0; at = message.indexOf(10, at + 1)) if (message[at - 1] !== 13) size++
  return size
}

/** Reads `dovecot-uidlist`: after its header, one line per message, `UID fields :name`. */
function uidsOf(directory: string): Map<string, number> {
  const path = join(directory, 'dovecot-uidlist')
  if (!existsSync(path)) return new Map()
  const lines = readFileSync(path, 'latin1').split('\n').slice(1)
  return new Map(
    lines.flatMap((line) => {
      const entry = /^(\d+) [^:]*:(.+)$/.exec(line)
      return entry?.[1] && entry[2] ? [[baseName(entry[2]), Number(entry[1])] as const] : []
    }),
  )
}

/** A message's name without its flags, which change. */
function baseName(name: string): string {
  return name.replace(/:2,.*$/, '')
}
