// The usual two steps: a POP3 fetcher into a Maildir, then mbsync from the Maildir to IMAP; each where it is installed.
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { measureProgram, type Process, together } from '../measure.ts'
import type { Account, Contestant, Measured } from './contestant.ts'

/** Writes its configuration into the directory, and says how to fetch everything into the Maildir. */
type Prepare = (source: Account, directory: string, maildir: string) => Promise<Process>

const fetchers: Readonly<Record<string, Prepare>> = {
  fetchmail: async ({ port, user, password }, directory, maildir) => {
    // Each message has a process of its own, and so a number that no other has.
    const deliver = `cat > ${maildir}/tmp/$$.localhost && mv ${maildir}/tmp/$$.localhost ${maildir}/new/$$.localhost`
    await writePrivate(
      join(directory, 'fetchmailrc'),
      `set invisible
poll 127.0.0.1 port ${port} proto pop3
user "${user}" password "${password}" sslproto '' keep fetchall no rewrite mda "/bin/sh -c '${deliver}'"
`,
    )
    const words = ['--silent', '-f', join(directory, 'fetchmailrc'), '-i', join(directory, 'fetchids')]
    return { program: 'fetchmail', words, directory }
  },
  getmail: async ({ port, user, password }, directory, maildir) => {
    await writePrivate(
      join(directory, 'getmailrc'),
      `[retriever]
type = SimplePOP3Retriever
server = 127.0.0.1
port = ${port}
username = ${user}
password = ${password}
[destination]
type = Maildir
path = ${maildir}/
[options]
verbose = 0
delivered_to = false
received = false
`,
    )
    return { program: 'getmail', words: [`--getmaildir=${directory}`, '--rcfile=getmailrc'], directory }
  },
  mpop: async ({ port, user, password }, directory, maildir) => {
    await writePrivate(
      join(directory, 'mpoprc'),
      `account default
host 127.0.0.1
port ${port}
user ${user}
password ${password}
auth user
tls off
keep on
received_header off
uidls_file ${join(directory, 'uidls')}
delivery maildir ${maildir}
`,
    )
    return { program: 'mpop', words: ['-q', '-C', join(directory, 'mpoprc')], directory }
  },
}

/** One contestant per fetcher. */
export const twoSteps: readonly Contestant[] = Object.entries(fetchers).map(([name, prepare]) => ({
  name: `${name}+mbsync`,
  title: `${name} into a Maildir, then mbsync to IMAP`,
  isSampled: true,
  absence: () => {
    const missing = [name, 'mbsync'].filter((program) => !isInstalled(program))
    if (missing.length > 0) return `not here: ${missing.join(' and ')}`
    return name === 'getmail' && process.getuid?.() === 0 ? 'getmail delivers nothing for root' : undefined
  },
  run: async ({ directory, pairs: [pair] }): Promise<Measured> => {
    if (pair === undefined) throw new Error('nothing to run')
    const store = join(directory, 'store')
    const maildir = join(store, 'INBOX')
    for (const part of ['cur', 'new', 'tmp']) await mkdir(join(maildir, part), { recursive: true })
    const fetched = await measureProgram(await prepare(pair.source, directory, maildir))
    return together(fetched, await measureProgram(await mbsync(pair.destination, directory, store)))
  },
}))

async function mbsync({ port, user, password }: Account, directory: string, store: string): Promise<Process> {
  await writePrivate(
    join(directory, 'mbsyncrc'),
    `IMAPStore far
Host 127.0.0.1
Port ${port}
User ${user}
Pass ${password}
SSLType None
AuthMechs LOGIN

MaildirStore near
Path ${store}/
Inbox ${store}/INBOX

Channel up
Far :far:
Near :near:
Patterns INBOX
Sync Push
Create Far
SyncState *
`,
  )
  return { program: 'mbsync', words: ['-q', '-c', join(directory, 'mbsyncrc'), 'up'], directory }
}

function writePrivate(path: string, text: string): Promise<void> {
  return writeFile(path, text, { mode: 0o600 })
}

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => existsSync(join(directory, program)))
}
