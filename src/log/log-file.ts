// A file that lines are appended to: its owner's alone, written beside the work, and never a reason for it to stop.
import { close, closeSync, constants, fstatSync, openSync, write, writeSync } from 'node:fs'
import { MailhaulError } from '../core/errors.ts'

/** Lines wait so long for others, in milliseconds, before they are written together. */
const pause = 100

/** Characters that wait at most: a disk that does not answer must not fill the memory. */
const mostWaiting = 8 * 1024 * 1024

/** Characters written at once. */
const pieceLength = 256 * 1024

/** Whether lines get through: told when that changes. `lost`: lines that did not. */
export type Trouble =
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'back'; readonly lost: number }

/** A log's file. */
export class LogFile {
  readonly #path: string
  readonly #onTrouble: (trouble: Trouble) => void
  #handle: number
  #waiting: string[] = []
  #length = 0
  #lost = 0
  #reason: string | undefined
  #timer: NodeJS.Timeout | undefined
  #isWriting = false
  #isTorn = false

  /** Opens or makes the file. Error: usage, where that cannot be. */
  constructor(path: string, onTrouble: (trouble: Trouble) => void) {
    this.#path = path
    this.#onTrouble = onTrouble
    this.#handle = open(path)
  }

  /** Takes a line with its line end. */
  append(line: string): void {
    if (this.#length + line.length > mostWaiting) {
      this.#lose(1, 'it does not take lines as fast as they come')
      return
    }
    this.#waiting.push(line)
    this.#length += line.length
    this.#timer ??= setTimeout(() => this.#flush(), pause).unref()
  }

  /** What comes from now on goes into a new file of the same name: the old one was moved away. Stays where that cannot be. */
  reopen(): void {
    this.#flushNow()
    try {
      const next = open(this.#path)
      const last = this.#handle
      this.#handle = next
      // What is being written still goes there.
      if (this.#isWriting) setTimeout(() => close(last, () => undefined), 1000).unref()
      else closeSync(last)
    } catch (thrown) {
      this.#lose(0, reasonOf(thrown))
    }
  }

  /** Writes what waits, at once. For the end of the process. */
  close(): void {
    clearTimeout(this.#timer)
    this.#flushNow()
    closeSync(this.#handle)
  }

  #take(): { text: string; lines: number } {
    let lines = 0
    let length = 0
    while (lines < this.#waiting.length && length < pieceLength) length += this.#waiting[lines++]?.length ?? 0
    this.#length -= length
    return { text: this.#waiting.splice(0, lines).join(''), lines }
  }

  #flush(): void {
    this.#timer = undefined
    if (this.#isWriting || this.#waiting.length === 0) return
    this.#isWriting = true
    const { text, lines } = this.#take()
    const bytes = Buffer.from(this.#begin() + text)
    write(this.#handle, bytes, 0, bytes.length, null, (error, written) => {
      this.#isWriting = false
      if (error || written < bytes.length) this.#fail(error ?? new Error('the disk is full'), written, lines)
      else this.#succeed()
      if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#flush(), pause).unref()
    })
  }

  #flushNow(): void {
    while (this.#waiting.length > 0) {
      const { text, lines } = this.#take()
      const bytes = Buffer.from(this.#begin() + text)
      try {
        const written = writeSync(this.#handle, bytes)
        if (written < bytes.length) this.#fail(new Error('the disk is full'), written, lines)
        else this.#succeed()
      } catch (thrown) {
        this.#fail(thrown, 0, lines)
      }
    }
  }

  /** Behind half a line, a new one has to be begun. */
  #begin(): string {
    return this.#isTorn ? '\n' : ''
  }

  #fail(thrown: unknown, written: number, lines: number): void {
    this.#isTorn ||= written > 0
    this.#lose(lines, reasonOf(thrown))
  }

  #succeed(): void {
    this.#isTorn = false
    if (this.#reason === undefined) return
    const lost = this.#lost
    this.#lost = 0
    this.#reason = undefined
    this.#onTrouble({ kind: 'back', lost })
  }

  #lose(lines: number, reason: string): void {
    this.#lost += lines
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#onTrouble({ kind: 'lost', reason })
  }
}

/** For appending; a new one is its owner's alone. No link is followed: somebody else could point it elsewhere (quirk E07). */
function open(path: string): number {
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  let handle: number
  try {
    handle = openSync(path, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK, 0o600)
  } catch (thrown) {
    throw unusable(path, reasonOf(thrown), thrown)
  }
  const found = fstatSync(handle)
  if (found.isFile() || found.isCharacterDevice()) return handle
  closeSync(handle)
  throw unusable(path, 'it is not a file')
}

function unusable(path: string, reason: string, cause?: unknown): MailhaulError {
  const message = `The log ${path} cannot be written: ${reason}.`
  const hint = 'Name a file in a directory you may write to; a link is not followed.'
  return new MailhaulError({ code: 'usage', scope: 'run', retry: 'never', message, hint, cause })
}

function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return 'code' in Object(thrown) && Object(thrown).code === 'ELOOP' ? 'it is a symbolic link' : text
}
