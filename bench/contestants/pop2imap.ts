// pop2imap, the Perl script: it is not part of this repository; its path is given on the command line.
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { measureProgram } from '../measure.ts'
import type { Account, Contestant } from './contestant.ts'

/** One pair, the first: the script knows no more. */
export const pop2imap: Contestant = {
  name: 'pop2imap',
  title: 'pop2imap, the Perl script',
  isSampled: true,
  absence: ({ pop2imap: path }) => {
    if (path === undefined) return 'not here: give its path with --pop2imap'
    return existsSync(path) ? undefined : `not here: there is no ${path}`
  },
  run: async ({ directory, pairs: [pair] }, { pop2imap: path }) => {
    if (pair === undefined || path === undefined) throw new Error('nothing to run')
    const words = async ({ port, user, password }: Account, end: 1 | 2) => {
      const file = join(directory, `password${end}`)
      await writeFile(file, password, { mode: 0o600 })
      const options = { host: '127.0.0.1', port, user, passfile: file }
      return Object.entries(options).flatMap(([name, value]) => [`--${name}${end}`, String(value)])
    }
    const ends = [...(await words(pair.source, 1)), ...(await words(pair.destination, 2))]
    return measureProgram({ program: 'perl', words: [path, ...ends, '--folder', 'INBOX', '--quiet'], directory })
  },
}
