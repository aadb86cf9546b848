// Reads the file of a list of accounts.
import { dirname } from 'node:path'
import { MailhaulError } from '../../core/errors.ts'
import { expandPath, shellWord } from '../paths.ts'
import { readPrivateFile, whyUnreadable } from '../private-file.ts'
import { type AccountList, readAccounts } from './list.ts'
import { formatListProblems } from './problems.ts'
import { decodeList } from './rows.ts'

/** A list and its file. */
export interface ListFile {
  readonly list: AccountList
  /** What is wrong with the file as a whole, one line each. */
  readonly problems: readonly string[]
}

// A hundred thousand accounts take about twenty megabytes.
const largestFile = 64 * 2 ** 20

/**
 * Reads the list in this file; paths in it are relative to its own directory. `shown` is its name in messages. Error:
 * config, where it cannot be read.
 */
export async function readListFile(file: string, shown: string, homeDirectory: string): Promise<ListFile> {
  const { bytes, isOpenToOthers } = await readPrivateFile(file, largestFile).catch((cause: unknown) => {
    const message = `The list of accounts ${shown} ${whyUnreadable(cause)}.`
    const hint = 'Name the right file: --accounts FILE, or pairs: { csv: FILE } in the configuration.'
    throw new MailhaulError({ code: 'config', scope: 'run', retry: 'never', message, hint, cause })
  })
  const text = decodeList(bytes)
  const expand = (path: string) => expandPath(path, dirname(file), homeDirectory)
  if (typeof text === 'number') {
    const hint = 'save it as "CSV UTF-8"'
    const problem = { row: text, column: '', message: 'this is not UTF-8 text', hint }
    return { list: readAccounts('', expand), problems: formatListProblems([problem], shown) }
  }
  const list = readAccounts(text, expand)
  const isOpen = list.holdsPlainPassword && isOpenToOthers
  const problem = `${shown}: this file holds passwords and can be read by others; run: chmod 600 ${shellWord(file)}`
  return { list, problems: isOpen ? [problem] : [] }
}
