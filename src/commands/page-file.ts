// The page, or the table, of a plan or a run as a file: looked at before the work begins, written whole or not at all at its end.
import { access, constants, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { MailhaulError } from '../core/errors.ts'
import type { CommandContext } from './context.ts'

/** What is written, and how every such file begins: nothing else is ever written over. */
export interface FileKind {
  readonly name: string
  readonly beginning: string
}

/** A page to look at. */
const htmlPage: FileKind = { name: 'page', beginning: '<!doctype html>' }

/** In place of a file: standard output, instead of the text. */
export const standardOutput = '-'

/**
 * Looks whether a page can be written there, so that nobody waits for hours and then has none. A page that is there is
 * written over, and no other file. Error: usage.
 */
export async function checkPageFile(
  file: string | undefined,
  { options }: CommandContext,
  kind: FileKind = htmlPage,
): Promise<void> {
  if (file === undefined) return
  if (file === standardOutput && kind === htmlPage) {
    if (options.json) throw usage('--json and --html - both print to standard output.', 'Name a file for the page.')
    return
  }
  try {
    const found = await stat(file).catch(isMissing)
    if (found === undefined) return await access(dirname(file), constants.W_OK)
    if (!found.isFile() || !(await begins(file, kind))) {
      throw usage(
        `The file ${file} is there already, and is no ${kind.name}.`,
        'Name another file: this one stays as it is.',
      )
    }
  } catch (thrown) {
    throw unwritable(file, thrown)
  }
}

/** Writes a page, for its owner alone to read, or prints it. Errors: usage, disk-full. */
export async function writePage(
  file: string,
  page: string,
  { pid, print, remark }: Pick<CommandContext, 'pid' | 'print' | 'remark'>,
  kind: FileKind = htmlPage,
): Promise<void> {
  if (file === standardOutput && kind === htmlPage) return print(page)
  const part = `${file}.${pid}.part`
  try {
    await writeFile(part, page, { flag: 'wx', mode: 0o600 })
    await rename(part, file)
  } catch (thrown) {
    await rm(part, { force: true })
    throw unwritable(file, thrown)
  }
  remark(`The ${kind.name} is in ${file}.`)
}

/** Fields that hold words of ours, numbers and times: there is nothing to mask in them. */
const plainFields = new Set([
  'kind',
  'outcome',
  'scope',
  'retry',
  'severity',
  'proof',
  'dateRule',
  'startedAt',
  'madeAt',
])

/** The same document with every secret masked: behind the escapes of HTML one would not be recognised. */
export function maskedDocument<T>(document: T, mask: (text: string) => string): T {
  const known = new Map<string, string>()
  const masked = (text: string) => {
    const found = known.get(text) ?? mask(text)
    known.set(text, found)
    return found
  }
  const replaced = (_: unknown, value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, maskedField(name, field, masked)]))
  }
  return JSON.parse(JSON.stringify(document, replaced))
}

function maskedField(name: string, field: unknown, masked: (text: string) => string): unknown {
  if (typeof field === 'string') return plainFields.has(name) ? field : masked(field)
  if (!Array.isArray(field)) return field
  return field.map((item: unknown) => (typeof item === 'string' ? masked(item) : item))
}

async function begins(file: string, { beginning }: FileKind): Promise<boolean> {
  const handle = await open(file)
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(beginning.length), 0, beginning.length, 0)
    return bytesRead === 0 || buffer.toString('latin1', 0, bytesRead) === beginning
  } finally {
    await handle.close()
  }
}

function isMissing(thrown: unknown): undefined {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
  throw thrown
}

function usage(message: string, hint: string, cause?: unknown): MailhaulError {
  return new MailhaulError({ code: 'usage', scope: 'run', retry: 'never', message, hint, cause })
}

function unwritable(file: string, cause: unknown): MailhaulError {
  if (cause instanceof MailhaulError) return cause
  const why = cause instanceof Error ? cause.message : String(cause)
  const isFull = cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')
  const message = `The file ${file} cannot be written: ${why}.`
  if (!isFull) return usage(message, 'Name a file in a directory you may write to.', cause)
  const hint = 'Free some space, or name a file on another disk.'
  return new MailhaulError({ code: 'disk-full', scope: 'run', retry: 'never', message, hint, cause })
}
