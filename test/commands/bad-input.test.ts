// Whatever people get wrong: the right exit code, one clear sentence with a hint, no stack trace, no secret, nothing lost.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { certificate } from '../servers/certificates.ts'
import { Bench, type BenchOptions, passwords } from './bench.ts'

interface BadInput {
  readonly name: string
  readonly options?: BenchOptions
  readonly prepare?: (bench: Bench) => Promise<void>
  readonly words?: readonly string[]
  readonly code: number
  /** The sentence, and the hint. */
  readonly says: readonly RegExp[]
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 1
}

const table: readonly BadInput[] = [
  {
    name: 'a host that does not exist',
    prepare: (bench) => bench.configure({ source: 'host: nowhere.invalid, allowPlaintext: true' }),
    code: 5,
    says: [/nowhere\.invalid/],
  },
  {
    name: 'a port that is refused at the source',
    prepare: async (bench) => bench.configure({ source: `port: ${await freePort()}` }),
    code: 5,
    says: [/refused|Nobody answers/, /port/],
  },
  {
    name: 'a port that is refused at the destination',
    prepare: async (bench) => bench.configure({ destination: `port: ${await freePort()}` }),
    code: 5,
    says: [/Nobody answers/, /port/],
  },
  {
    name: 'a certificate nobody vouches for, at the source',
    options: { pop3: { tls: 'implicit' } },
    prepare: (bench) => bench.configure({ source: 'tls: implicit' }),
    code: 5,
    says: [/certificate/i, /\bca\b/],
  },
  {
    name: 'a certificate nobody vouches for, at the destination',
    options: { imap: { tls: 'implicit' } },
    prepare: (bench) => bench.configure({ destination: 'tls: implicit' }),
    code: 5,
    says: [/certificate/i, /\bca\b/],
  },
  {
    name: 'a wrong password at the source',
    options: { pop3: { faults: { login: 'wrong-password' } } },
    code: 4,
    says: [/password/i],
  },
  {
    name: 'a wrong password at the destination',
    options: { imap: { faults: { login: { text: 'NO [AUTHENTICATIONFAILED] Authentication failed.' } } } },
    code: 4,
    says: [/password/i],
  },
  {
    name: 'a folder that may not be created',
    options: { imap: { faults: { create: 'NO [NOPERM] Permission denied' } } },
    prepare: (bench) => bench.configure({ destination: 'folder: Archive' }),
    code: 3,
    says: [/Archive/, /permission|allow|create/i],
  },
  {
    name: 'a password that is not where it should be',
    prepare: (bench) => bench.configure({ source: 'password: { env: NOT_SET }' }),
    code: 4,
    says: [/NOT_SET/, /export/],
  },
  {
    name: 'an invalid configuration',
    prepare: (bench) => bench.configure({ source: 'hots: x, port: many', destination: 'flags: ["\\\\Deleted"]' }),
    code: 2,
    says: [/3 problems/, /hots.*host/s, /port/, /Deleted/],
  },
  { name: 'no configuration', words: ['--config', 'nothing.yaml', 'sync'], code: 2, says: [/nothing\.yaml/] },
  { name: 'a pair that is not there', words: ['sync', 'bob'], code: 2, says: [/"bob"/, /alice/] },
  { name: 'a pair that was mistyped', words: ['status', 'alcie'], code: 2, says: [/"alcie"/, /Did you mean alice\?/] },
  { name: 'an unknown verb', words: ['snyc'], code: 2, says: [/snyc/, /sync/] },
  { name: 'an unknown verb of a verb', words: ['ledger', 'chekc'], code: 2, says: [/chekc/, /Did you mean check/] },
  { name: 'an unknown option', words: ['sync', '--drynrun'], code: 2, says: [/--drynrun/, /--dry-run/] },
  { name: 'an unknown global option', words: ['sync', '--quite'], code: 2, says: [/--quite/, /--quiet/] },
  { name: 'a mistyped pair of a secret', words: ['secret', 'set', 'alic', 'source'], code: 2, says: [/mean alice\?/] },
]

for (const { name, options = {}, prepare, words = ['sync'], code, says } of table) {
  test(`bad input: ${name}`, async () => {
    await certificate()
    const bench = await Bench.start(options)
    try {
      await prepare?.(bench)
      const finished = await bench.run(...words)
      const output = finished.stdout + finished.stderr
      assert.equal(finished.code, code, output)
      for (const pattern of says) assert.match(output, pattern)
      assert.doesNotMatch(output, /\n\s+at .*:\d+/, 'no stack trace')
      for (const secret of Object.values(passwords)) assert.ok(!output.includes(secret), 'no secret')
      assert.equal(bench.pop3.maildrop('old').messages.length, 3, 'nothing was removed')
    } finally {
      await bench.stop()
    }
  })
}
