// A workbench for tests of the command: two servers in memory, a directory with a configuration, and the command itself.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mail } from '../core/rows.ts'
import { assertOutput } from '../documents/strict.ts'
import { type ImapServer, type ImapServerOptions, startImapServer } from '../servers/imap-server.ts'
import { type Pop3Server, type Pop3ServerOptions, startPop3Server } from '../servers/pop3-server.ts'
import { type Finished, runCli } from './run-cli.ts'

/** The passwords in use: none of them may ever be seen in any output. */
export const passwords = { source: 'sesame-öffne-dich', destination: 'xyzzy+plugh/42' } as const

/** How a workbench is set up. */
export interface BenchOptions {
  readonly pop3?: Partial<Pop3ServerOptions>
  readonly imap?: Partial<ImapServerOptions>
  /** Messages in the maildrop: three unless told. */
  readonly messages?: readonly Uint8Array[]
}

/** Servers, a directory, and what was printed so far. */
export class Bench {
  readonly pop3: Pop3Server
  readonly imap: ImapServer
  readonly directory: string
  /** Everything the command has printed, for the search for secrets. */
  readonly printed: string[] = []

  private constructor(pop3: Pop3Server, imap: ImapServer, directory: string) {
    this.pop3 = pop3
    this.imap = imap
    this.directory = directory
  }

  static async start({
    pop3 = {},
    imap = {},
    messages = [mail(1), mail(2), mail(3)],
  }: BenchOptions = {}): Promise<Bench> {
    const maildrop = messages.map((bytes, at) => ({ uidl: `u${at + 1}`, bytes }))
    const source = await startPop3Server({
      users: [{ user: 'old', password: passwords.source, messages: maildrop }],
      ...pop3,
    })
    const destination = await startImapServer({ users: [{ user: 'new', password: passwords.destination }], ...imap })
    const bench = new Bench(source, destination, await mkdtemp(join(tmpdir(), 'mailhaul-cli-')))
    await bench.configure({})
    return bench
  }

  /** Writes the configuration of one pair called alice; lines are added to its ends. */
  async configure(changes: { source?: string; destination?: string; pair?: string; top?: string }): Promise<void> {
    const { source = '', destination = '', pair = '', top = '' } = changes
    await writeFile(
      join(this.directory, 'mailhaul.yaml'),
      `ledger: ./state/ledger.db
${top}
defaults:
  source: { host: 127.0.0.1, port: ${this.pop3.port}, tls: none, user: old, password: { env: OLD } }
  destination: { host: 127.0.0.1, port: ${this.imap.port}, tls: none, user: new, password: { env: NEW } }
pairs:
  - name: alice
    source: { ${source} }
    destination: { ${destination} }
    ${pair}
`,
    )
  }

  /** Runs the command in the directory. */
  async run(...words: string[]): Promise<Finished> {
    const env = { OLD: passwords.source, NEW: passwords.destination }
    const finished = await runCli(words, { cwd: this.directory, env })
    this.printed.push(finished.stdout, finished.stderr)
    if (words.includes('--json') && finished.stdout !== '') assertOutput(finished.stdout)
    return finished
  }

  async stop(): Promise<void> {
    await this.pop3.stop()
    await this.imap.stop()
    await rm(this.directory, { recursive: true, force: true })
  }
}
