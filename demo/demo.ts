// npm run demo: mailhaul between two servers in memory, with a power cut in the middle; needs nothing else.
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCorpus } from '../test/corpus/corpus.ts'
import { type ImapServer, startImapServer } from '../test/servers/imap-server.ts'
import { endsWithCrlf } from '../test/servers/maildrop.ts'
import { type Pop3Server, startPop3Server } from '../test/servers/pop3-server.ts'
import { startProxy } from '../test/servers/proxy.ts'

const user = 'you@old.example'
const newUser = 'you@new.example'
const password = 'not-a-secret-here'
const cli = join(import.meta.dirname, '../src/cli.ts')
/** One way, in milliseconds: about the distance to a provider in the next country. */
const latency = 15

const say = (text = '') => process.stdout.write(`${text}\n`)
const heading = (text: string) => say(`\n\x1b[1m── ${text}\x1b[0m\n`)

/** Hashes of the messages as a POP3 server sends them: it adds the final line end where there is none. */
function hashes(messages: readonly { bytes: Uint8Array }[]): string {
  return messages
    .map(({ bytes }) =>
      createHash('sha256')
        .update(endsWithCrlf(bytes) ? bytes : Buffer.concat([bytes, Buffer.from('\r\n')]))
        .digest('hex'),
    )
    .sort()
    .join()
}

function configuration(pop3Port: number, imapPort: number): string {
  return `# What the demo uses; your own file needs little more: see configs/minimal.yaml
ledger: ./ledger.db
pairs:
  - name: demo
    source:      { host: 127.0.0.1, port: ${pop3Port}, tls: none, user: ${user}, password: { env: DEMO_PASSWORD } }
    destination: { host: 127.0.0.1, port: ${imapPort}, tls: none, user: ${newUser}, password: { env: DEMO_PASSWORD } }
    routes:
      - { when: { header: List-Id, matches: "*" }, folder: Lists }
`
}

/** Runs the real command in a process of its own, as you would, and shows what it prints. */
function start(directory: string, words: readonly string[]): ChildProcess {
  say(`\x1b[2m$ mailhaul ${words.join(' ')}\x1b[0m`)
  const env = { ...process.env, DEMO_PASSWORD: password }
  return spawn(process.execPath, [cli, ...words], { cwd: directory, env, stdio: 'inherit' })
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code))
  })
}

async function run(directory: string, words: readonly string[]): Promise<void> {
  const code = await ended(start(directory, words))
  if (code !== 0) throw new Error(`mailhaul ${words.join(' ')} ended with ${code}`)
}

/** A sync whose process is killed, as by a power cut, once a third of the mail has arrived. */
async function runAndKill(directory: string, imap: ImapServer, count: number): Promise<number> {
  const child = start(directory, ['sync'])
  const end = ended(child)
  await imap.until(() => stored(imap).length > count / 3)
  child.kill('SIGKILL')
  await end
  say('\n\x1b[31m⚡ killed: no goodbye to either server, answers of the last appends lost\x1b[0m')
  return stored(imap).length
}

function stored(imap: ImapServer): { bytes: Uint8Array }[] {
  return [...imap.account(newUser).folders.values()].flatMap(({ messages }) => [...messages])
}

async function perform(directory: string, pop3: Pop3Server, imap: ImapServer): Promise<void> {
  const count = pop3.maildrop(user).messages.length
  heading('1. A dry run: what would happen? Nothing is written anywhere.')
  await run(directory, ['plan'])

  heading('2. The move, and a power cut in the middle of it.')
  const before = await runAndKill(directory, imap, count)

  heading('3. The same command again: it asks what had arrived, and goes on from there.')
  await run(directory, ['sync'])

  heading('4. New mail has come in at the old account: only that is moved.')
  for (const [at, bytes] of makeCorpus({ seed: 99, count: 3 }).entries())
    pop3.maildrop(user).add({ uidl: `late-${at}`, bytes })
  await run(directory, ['sync'])

  heading('5. Once more: nothing is new. No message is fetched, nothing is said.')
  await run(directory, ['sync'])

  heading('6. Every message read back from the destination and compared.')
  await run(directory, ['verify', '--deep'])

  const isSame = hashes(pop3.maildrop(user).messages) === hashes(stored(imap))
  heading('What happened')
  say(`${pop3.maildrop(user).messages.length} messages are at the destination, each once and with the bytes that the`)
  say(`old server sent, although the process was killed after about ${before} of them.`)
  if (isSame) say('SHA-256 of all messages at both ends: the same. The old account is untouched.')
  else say('SHA-256 of the messages DIFFER. This is a fault in mailhaul: please report it.')
  say('\nNext, with an account of your own:')
  say('  cp configs/minimal.yaml mailhaul.yaml   put in your two servers and names')
  say('  npm run -s mailhaul -- check            logs in at both ends, changes nothing')
  say('  npm run -s mailhaul -- plan             shows what sync would do')
  say('  npm run -s mailhaul -- sync             moves the mail, keeps the old account\n')
  if (!isSame) process.exitCode = 1
}

const messages = makeCorpus({ seed: 7, count: 400, strange: true }).map((bytes, at) => ({ uidl: `demo-${at}`, bytes }))
const pop3 = await startPop3Server({ users: [{ user, password, messages }] })
const imap = await startImapServer({ users: [{ user: newUser, password }] })
const far = { up: { latency }, down: { latency } }
const proxies = [await startProxy({ target: pop3, ...far }), await startProxy({ target: imap, ...far })] as const
const directory = await mkdtemp(join(tmpdir(), 'mailhaul-demo-'))
try {
  say(`Two servers have been started in memory, ${2 * latency} ms away: POP3 with ${messages.length} messages,`)
  say('and IMAP, empty.')
  await writeFile(join(directory, 'mailhaul.yaml'), configuration(proxies[0].port, proxies[1].port))
  await perform(directory, pop3, imap)
} finally {
  for (const server of [...proxies, pop3, imap]) await server.stop()
  await rm(directory, { recursive: true, force: true })
}
