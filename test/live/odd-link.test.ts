// Real servers behind a link with latency, whose segments begin and end anywhere: the bytes arrive all the same.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { compare } from '../chaos/mailbox.ts'
import { runCli } from '../commands/run-cli.ts'
import { makeCorpus } from '../corpus/corpus.ts'
import { randomSplit } from '../servers/chunking.ts'
import { startProxy, type TcpProxy } from '../servers/proxy.ts'
import { startCyrus } from './cyrus.ts'
import { type DovecotServer, startDovecot } from './dovecot.ts'
import { describeLive } from './live.ts'

const alice = { name: 'alice', password: 'alice-secret-3f8' }

/** What both kinds of destination have in common. */
interface LiveDestination {
  readonly ports: { readonly imap: number; readonly imaps: number }
  readonly caFile: string
  messages(user: string): Promise<Buffer[]>
  stop(): Promise<void>
}

function overOddLinks(startDestination: () => Promise<LiveDestination>): void {
  let source: DovecotServer
  let destination: LiveDestination
  let directory = ''
  const proxies: TcpProxy[] = []
  const messages = makeCorpus({ seed: 23, count: 150, averageSize: 6000, twins: 10 })

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mailhaul-odd-link-'))
    source = await startDovecot({ users: [alice] })
    destination = await startDestination()
    await source.deliver('alice', messages)
  })
  after(async () => {
    await Promise.all(proxies.map((proxy) => proxy.stop()))
    await source?.stop()
    await destination?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  /** A proxy in front of a port, with a seed of its own for each direction. */
  const behind = async (port: number, latency: number, seed: number): Promise<number> => {
    const proxy = await startProxy({
      target: { port },
      up: { latency, chunking: randomSplit(seed, 700) },
      down: { latency, chunking: randomSplit(seed + 1, 700) },
    })
    proxies.push(proxy)
    return proxy.port
  }

  const configure = async (tls: 'implicit' | 'starttls', ledger: string): Promise<void> => {
    const isImplicit = tls === 'implicit'
    const from = await behind(source.ports[isImplicit ? 'pop3s' : 'pop3'], 10, 1)
    const to = await behind(destination.ports[isImplicit ? 'imaps' : 'imap'], 15, 3)
    const account = `tls: ${tls}, user: alice, password: { env: ALICE }`
    await writeFile(
      join(directory, 'mailhaul.yaml'),
      `ledger: ./${ledger}
pairs:
  - name: alice
    source: { host: localhost, port: ${from}, ca: ${source.caFile}, ${account} }
    destination: { host: localhost, port: ${to}, ca: ${destination.caFile}, ${account} }
`,
    )
  }

  for (const tls of ['implicit', 'starttls'] as const) {
    test(`${tls}: every message arrives once with its bytes, whatever was there before`, async () => {
      await configure(tls, `${tls}.db`)
      const { code, stdout, stderr } = await runCli(['sync'], { cwd: directory, env: { ALICE: alice.password } })
      assert.equal(code, 0, stdout + stderr)
      assert.deepEqual(compare(messages, await destination.messages('alice')), { lost: 0, doubled: 0 })
      assert.ok(proxies.every(({ connections }) => connections.total > 0))
    })
  }
}

describeLive('Dovecot to Dovecot over odd links', ['dovecot'], () => {
  overOddLinks(() => startDovecot({ users: [alice] }))
})

describeLive('Dovecot to Cyrus over odd links', ['dovecot', 'cyrus'], () => {
  overOddLinks(() => startCyrus({ users: [alice], config: { munge8bit: 'no' } }))
})
