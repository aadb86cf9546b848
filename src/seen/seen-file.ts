// Reads the file in which another program keeps the names of the messages it has delivered, and finds an account in it.
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type OtherProgram, otherPrograms } from '../core/elsewhere.ts'
import { MailhaulError } from '../core/errors.ts'
import { escapeText } from '../core/printable.ts'
import { parseFetchmail, seenByFetchmail } from './fetchmail.ts'
import { parseGetmail, seenByGetmail } from './getmail.ts'
import { parseMpop, seenByMpop } from './mpop.ts'
import { type Account, type SeenAccount, WrongLine } from './seen-account.ts'

/** What a file holds for one account. */
export interface SeenNames {
  /** As the program writes them: one character (U+0000 to U+00FF) per byte. */
  readonly names: ReadonlySet<string>
  /** How the program would write down a unique-id of the server. */
  readonly nameOf: (key: string) => string
}

/** A file that was read. */
export interface SeenFile {
  /** How many names it holds, of all accounts. */
  readonly count: number
  /** The names of one account; undefined where it holds none. `isGiven`: somebody says that the file is this account's. */
  namesOf(account: Account, isGiven: boolean): SeenNames | undefined
  /** The accounts it speaks of, for sentences. */
  readonly accounts: readonly string[]
}

interface Format {
  readonly parse: (text: string, fileName: string) => readonly SeenAccount[]
  readonly nameOf: (key: string) => string
}

const formats: Readonly<Record<OtherProgram, Format>> = {
  getmail: { parse: parseGetmail, nameOf: seenByGetmail },
  fetchmail: { parse: parseFetchmail, nameOf: seenByFetchmail },
  mpop: { parse: parseMpop, nameOf: seenByMpop },
}

/** Far more than any mailbox needs. */
const largestFile = 256 * 1024 * 1024

/** Reads a file whole, or throws. Error: usage (cannot be read, or a line that the program does not write). */
export function readSeenFile(file: string, program: OtherProgram): SeenFile {
  return parseSeenFile(readText(file), file, program)
}

/** The same for what has been read; one character of the text stands for one byte. */
export function parseSeenFile(text: string, file: string, program: OtherProgram): SeenFile {
  const { parse, nameOf } = formats[program]
  const found = attempt(() => parse(text, basename(file)))
  if (found instanceof WrongLine) throw notTheFile(found, text, file, program)
  return {
    count: found.reduce((sum, { names }) => sum + names.length, 0),
    accounts: found.map(({ title }) => escapeText(title, 200)),
    namesOf: (account, isGiven) => {
      const own = found.filter(({ isOf }) => isOf(account, isGiven))
      return own.length === 0 ? undefined : { names: new Set(own.flatMap(({ names }) => names)), nameOf }
    },
  }
}

function readText(file: string): string {
  let handle: number | undefined
  try {
    // Not blocking: a pipe nobody writes to would hold everything up.
    handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
    const { size } = checkedFile(fstatSync(handle))
    if (size > largestFile) throw new Error('it is far too large')
    return readFileSync(handle, 'latin1')
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    throw usage(`The file ${file} could not be read: ${reason}.`, undefined, thrown)
  } finally {
    if (handle !== undefined) closeSync(handle)
  }
}

function checkedFile<T extends { isFile(): boolean }>(found: T): T {
  if (!found.isFile()) throw new Error('it is not a file')
  return found
}

function notTheFile({ line }: WrongLine, text: string, file: string, program: OtherProgram): MailhaulError {
  const fits = otherPrograms.find((other) => {
    const found = attempt(() => formats[other].parse(text, basename(file)))
    return !(found instanceof WrongLine) && found.length > 0
  })
  const advice = fits
    ? `It looks like a file of ${fits}: --from ${fits}.`
    : `Name the file in which ${program} keeps what it has seen.`
  return usage(`Line ${line} of ${file} is not one that ${program} writes.`, `${advice} Nothing was imported.`)
}

function attempt<T>(work: () => T): T | WrongLine {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof WrongLine) return thrown
    throw thrown
  }
}

function usage(message: string, hint?: string, cause?: unknown): MailhaulError {
  const parts = { code: 'usage', scope: 'run', retry: 'never', message, cause } as const
  return new MailhaulError(hint === undefined ? parts : { ...parts, hint })
}
