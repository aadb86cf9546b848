// The whole product on real servers: two thousand messages from Dovecot to Dovecot and from Dovecot to Cyrus, over TLS.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { z } from 'zod'
import { build, type Finished, peakOf, runCli } from '../commands/run-cli.ts'
import { makeCorpus } from '../corpus/corpus.ts'
import { strangeMessages } from '../corpus/strange-messages.ts'
import { forgetLedger } from '../scenarios/forget-ledger.ts'
import { startCyrus } from './cyrus.ts'
import { type DovecotServer, startDovecot } from './dovecot.ts'
import { describeLive } from './live.ts'

const alice = { name: 'alice', password: 'alice-secret-7c1' }
const peakLimit = 200 * 1024 * 1024

/** What both kinds of destination have in common. */
interface LiveDestination {
  readonly host: string
  readonly ports: { readonly imaps: number }
  readonly caFile: string
  messages(user: string, folder?: string): Promise<Buffer[]>
  /** A digest of everything stored. */
  snapshot(): Promise<string>
  stop(): Promise<void>
}

/** The document of `--json`, as far as these tests look at it. */
const document = z.object({
  pairs: z.array(
    z.object({
      listed: z.object({ count: z.number() }),
      outcomes: z.record(z.string(), z.object({ count: z.number() })).optional(),
    }),
  ),
})

/** Two thousand messages of mixed size, an 80 MB one among them; for Cyrus without what it refuses by rule. */
function mailbox(isStrict: boolean): Uint8Array[] {
  const large = Buffer.concat([
    Buffer.from('Subject: large\r\nDate: Mon, 1 Jan 2018 00:00:00 +0000\r\n\r\n'),
    Buffer.alloc(80 * 1024 * 1024, `${'0123456789'.repeat(7)}\r\n`),
    Buffer.from('\r\n'),
  ])
  const strange = isStrict
    ? []
    : strangeMessages().filter(({ bytes }) => bytes.length < 2_000_000 && canBeServed(bytes))
  const corpus = makeCorpus({ seed: 11, count: 1999 - strange.length, averageSize: 12_000, twins: 5 })
  return [...corpus.slice(0, 700), large, ...corpus.slice(700), ...strange.map(({ bytes }) => bytes)]
}

/**
 * Dovecot leaves the first line unstuffed (quirk A29): a message that begins with a lone dot ends its own reply, and
 * nobody can fetch it over POP3 (A30). Those have a test of their own.
 */
function canBeServed(bytes: Uint8Array): boolean {
  return bytes.length > 0 && !/^\.\r*(\n|$)/.test(Buffer.from(bytes.subarray(0, 8)).toString('latin1'))
}

/**
 * Dovecot's own canonicalisation, named: its POP3 server serves, and its IMAP server reads back, line ends folded to
 * CRLF (quirk B15), NUL as 0x80 over IMAP (B14), and a final line end where there was none (A34).
 */
function canonical(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1').replaceAll('\0', '\x80')
  const whole = text.endsWith('\n') ? text : `${text}\r\n`
  return createHash('sha256')
    .update(Buffer.from(whole.replace(/\r*\n/g, '\r\n'), 'latin1'))
    .digest('hex')
}

const hashes = (messages: readonly Uint8Array[]) => messages.map(canonical).sort()

function migration(name: string, isStrict: boolean, startDestination: () => Promise<LiveDestination>): void {
  let source: DovecotServer
  let destination: LiveDestination
  let directory = ''
  const messages = mailbox(isStrict)

  const run = (words: readonly string[], peakFile?: string): Promise<Finished> =>
    runCli(words, { cwd: directory, env: { ALICE: alice.password }, isBuilt: true, ...(peakFile ? { peakFile } : {}) })

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mailhaul-live-'))
    source = await startDovecot({ users: [alice], ssl: 'required' })
    destination = await startDestination()
    await source.deliver('alice', messages)
    const account = 'user: alice, password: { env: ALICE }'
    await writeFile(
      join(directory, 'mailhaul.yaml'),
      `ledger: ./state/ledger.db
pairs:
  - name: alice
    source: { host: localhost, port: ${source.ports.pop3s}, ca: ${source.caFile}, ${account} }
    destination: { host: localhost, port: ${destination.ports.imaps}, ca: ${destination.caFile}, ${account} }
`,
    )
  })
  after(async () => {
    await source?.stop()
    await destination?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  test(`${name}: plan tells what will be done, and writes nothing`, async () => {
    const files = await Promise.all([source.snapshot(), destination.snapshot()])
    const planned = await run(['plan', '--json'])
    assert.equal(planned.code, 0, planned.stdout + planned.stderr)
    assert.match(planned.stdout, new RegExp(`"count": ${messages.length}`))
    assert.deepEqual(await Promise.all([source.snapshot(), destination.snapshot()]), files)
    assert.deepEqual(await destination.messages('alice'), [])
  })

  test(`${name}: sync moves every message with its bytes, in flat memory`, async () => {
    const peakFile = join(directory, 'peak')
    const synced = await run(['sync', '--json'], peakFile)
    assert.equal(synced.code, 0, synced.stdout.slice(0, 4000) + synced.stderr)
    const [pair] = document.parse(JSON.parse(synced.stdout)).pairs
    assert.equal(pair?.listed.count, messages.length)
    assert.equal(pair?.outcomes?.copied?.count, messages.length)
    assert.deepEqual(hashes(await destination.messages('alice')), hashes(messages))
    const peak = await peakOf(peakFile)
    assert.ok(peak < peakLimit, `peak memory was ${Math.round(peak / 2 ** 20)} MiB`)
  })

  test(`${name}: a second run appends nothing and fetches no body`, async () => {
    const again = await run(['sync', '--json'])
    assert.equal(again.code, 0, again.stdout + again.stderr)
    assert.match(again.stdout, /"bytesFetched": 0/)
    assert.equal((await destination.messages('alice')).length, messages.length)
  })

  test(`${name}: verify --deep finds every message, identical or equal but for what the server rewrites`, async () => {
    const verified = await run(['verify', '--deep'])
    assert.equal(verified.code, 0, verified.stdout + verified.stderr)
  })

  test(`${name}: with the ledger deleted, nothing is appended`, async () => {
    await forgetLedger(join(directory, 'state/ledger.db'))
    const again = await run(['sync'])
    assert.equal(again.code, 0, again.stdout + again.stderr)
    assert.equal((await destination.messages('alice')).length, messages.length)
  })

  test(`${name}: with all UIDLs changed at once, nothing is appended`, async () => {
    await source.removeUidlist('alice')
    const again = await run(['sync'])
    assert.equal(again.code, 0, again.stdout + again.stderr)
    assert.equal((await destination.messages('alice')).length, messages.length)
  })
}

describeLive('Dovecot to Dovecot', ['dovecot'], () => {
  before(build)
  migration('Dovecot', false, () => startDovecot({ users: [alice], ssl: 'required' }))
})

describeLive('Dovecot to Cyrus', ['dovecot', 'cyrus'], () => {
  before(build)
  migration('Cyrus', true, () => startCyrus({ users: [alice], config: { munge8bit: 'no' } }))
})
