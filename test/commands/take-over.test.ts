// mailhaul ledger import --from and ledger export --uidl-map, as people and scripts meet them.
import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { mail } from '../core/rows.ts'
import { matchesGolden } from '../golden.ts'
import { Bench, passwords } from './bench.ts'

async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await Bench.start()
  try {
    await work(bench)
  } finally {
    await bench.stop()
  }
}

function write({ directory }: Bench, name: string, text: string): void {
  writeFileSync(join(directory, name), text)
}

test('a dry run, the import, the import once more, and back', () =>
  withBench(async (bench) => {
    write(bench, 'ids', 'old@127.0.0.1 u1\nold@127.0.0.1 u2\nold@127.0.0.1 gone\nelse@127.0.0.1 x\n')
    const dry = await bench.run('ledger', 'import', '--from', 'fetchmail', 'ids', '--dry-run')
    assert.deepEqual([dry.code, dry.stderr], [0, ''])
    matchesGolden('commands/take-over-dry.txt', dry.stdout)
    assert.match((await bench.run('status')).stdout, /never run/)
    const imported = await bench.run('ledger', 'import', '--from', 'fetchmail', 'ids', 'alice')
    assert.deepEqual([imported.code, imported.stderr], [0, ''])
    matchesGolden('commands/take-over.txt', imported.stdout)
    const again = await bench.run('ledger', 'import', '--from', 'fetchmail', 'ids', '--json')
    matchesGolden('commands/take-over.json', again.stdout.replace(/"mailhaul": "[^"]+"/, '"mailhaul": "x"'))
    assert.match((await bench.run('sync')).stdout, /1 message copied/)
    assert.match((await bench.run('status')).stdout, /filtered +2 .+delivered by fetchmail before$/m)
    const back = await bench.run('ledger', 'import', '--from', 'fetchmail', '--undo', 'alice')
    assert.equal(
      back.stdout,
      '2 messages that fetchmail had delivered are no longer left out.\nNext: mailhaul plan alice\n',
    )
    assert.match((await bench.run('sync')).stdout, /2 messages copied/)
    assert.equal(bench.imap.folder('new', 'INBOX').messages.length, 3)
    for (const text of bench.printed) assert.ok(!text.includes(passwords.source))
  }))

describe('what is refused, with nothing written down', () => {
  let bench: Bench
  before(async () => {
    bench = await Bench.start()
  })
  after(() => bench.stop())

  const cases: { title: string; name?: string; text: string; words: string[]; said: RegExp; code?: number }[] = [
    {
      title: 'the file of another account',
      text: 'bob@pop.example u1\n\x1b[2Jcarol@pop.example u1\n',
      words: ['--from', 'fetchmail', 'ids'],
      said: /ids holds nothing for old at 127\.0\.0\.1\.[\s\S]+It speaks of bob@pop\.example,\s+\\x1b\[2Jcarol[\s\S]+--account USER@HOST/,
    },
    {
      title: 'a getmail file by another name',
      name: 'oldmail-pop.example-110-old',
      text: 'u1\x001795678425\n',
      words: ['--from', 'getmail', 'oldmail-pop.example-110-old'],
      said: /holds nothing for old at 127\.0\.0\.1/,
    },
    {
      title: 'an account that is none',
      text: 'bob@pop.example u1\n',
      words: ['--from', 'fetchmail', 'ids', '--account', 'bob'],
      said: /--account wants USER@HOST/,
    },
    { title: 'a file that is not there', text: '', words: ['--from', 'mpop', 'none'], said: /none could not be read/ },
    {
      title: 'another program',
      text: '',
      words: ['--from', 'imapsync', 'ids'],
      said: /none of getmail, fetchmail, mpop/,
    },
    {
      title: 'a pair that is not there',
      text: '',
      words: ['--from', 'mpop', 'ids', 'alise'],
      said: /no pair called "alise"/,
    },
    { title: 'no file', text: '', words: [], said: /wants a file/ },
    { title: 'a pair without --from', text: '', words: ['ids', 'alice'], said: /go with --from/ },
    { title: '--undo without --from', text: '', words: ['ids', '--undo'], said: /go with --from/ },
    {
      title: 'a damaged file',
      text: ' 3 h u\nu1\n',
      words: ['--from', 'mpop', 'ids'],
      said: /Line 3 of ids is not one that mpop/,
    },
    {
      title: 'messages that are all unknown to the server',
      text: ' 1 127.0.0.1 old\nx1\n',
      words: ['--from', 'mpop', 'ids'],
      said: /Of the 1 messages in ids, 127\.0\.0\.1 lists none/,
    },
  ]
  for (const { title, name = 'ids', text, words, said } of cases) {
    test(title, async () => {
      write(bench, name, text)
      const { code, stdout, stderr } = await bench.run('ledger', 'import', ...words)
      assert.deepEqual([code, stdout], [2, ''], stderr)
      assert.match(stderr, said)
    })
  }

  test('nothing of it is in the ledger', async () => {
    assert.match((await bench.run('status')).stdout, /never run/)
  })
})

test('the same account under another name is taken where somebody says so', () =>
  withBench(async (bench) => {
    write(bench, 'seen.txt', 'u1\x001795678425\nu2\x001795678425\n')
    const words = ['ledger', 'import', '--from', 'getmail', 'seen.txt', '--account', 'old@mail.other.example']
    assert.match((await bench.run(...words)).stdout, /^ +2 .+delivered before/m)
  }))

test('with several pairs, the one that the file speaks of; where there are more, it has to be named', () =>
  withBench(async (bench) => {
    const pair = (name: string, user: string) => `  - { name: ${name}, source: { user: ${user} } }`
    await bench.configure({ pair: `select: {}\n${pair('bob', 'bob')}\n${pair('again', 'old')}` })
    write(bench, 'ids', 'old@127.0.0.1 u1\n')
    const several = await bench.run('ledger', 'import', '--from', 'fetchmail', 'ids')
    assert.equal(several.code, 2, several.stdout)
    assert.match(several.stderr, /speaks of the sources of 2 pairs\.[\s\S]+Name one of them: alice, again/)
    assert.equal((await bench.run('ledger', 'import', '--from', 'fetchmail', 'ids', 'again')).code, 0)
    await bench.configure({ pair: `select: {}\n${pair('bob', 'bob')}` })
    assert.match(
      (await bench.run('ledger', 'import', '--from', 'fetchmail', 'ids')).stdout,
      /1 message of pair "alice"/,
    )
  }))

test('uidl-map: unique-ids of any bytes, and where their messages lie now', () =>
  withBench(async (bench) => {
    const odd = Buffer.from([0x61, 0x2c, 0x22, 0x20, 0xff, 0x80]).toString('latin1')
    bench.pop3.maildrop('old').add({ uidl: odd, bytes: mail(4) }, { uidl: 'a,"b"', bytes: mail(5) })
    await bench.configure({ destination: 'folder: \'Ärger, "alt"\'' })
    assert.equal((await bench.run('sync')).code, 0)
    const { code, stdout, stderr } = await bench.run('ledger', 'export', '--uidl-map', 'alice')
    assert.deepEqual([code, stderr], [0, ''])
    const [header, ...lines] = stdout.split('\r\n')
    assert.equal(header, 'pair,uidl,uidl_base64,folder,uidvalidity,uid')
    const { uidValidity } = bench.imap.folder('new', 'Ärger, "alt"')
    const rest = `,"Ärger, ""alt""",${uidValidity},`
    const base64 = (key: string) => Buffer.from(key, 'latin1').toString('base64')
    const known = ['u1', 'u2', 'u3'].map((key, at) => `alice,${key},${base64(key)}${rest}${at + 1}`)
    const quoted = `alice,"a,""b""",${base64('a,"b"')}${rest}5`
    assert.deepEqual(
      lines.filter((line) => line !== '').sort(),
      [`alice,,${base64(odd)}${rest}4`, quoted, ...known].sort(),
    )
    const toFile = await bench.run('ledger', 'export', '--uidl-map', '--out', 'map.csv')
    assert.equal(toFile.stdout, '5 messages of 1 pair written to map.csv.\n')
    assert.equal(readFileSync(join(bench.directory, 'map.csv'), 'utf8'), stdout)
    assert.equal(statSync(join(bench.directory, 'map.csv')).mode & 0o077, 0)
    assert.equal((await bench.run('ledger', 'export', '--uidl-map', 'bob')).code, 2)
  }))

test('uidl-map of a damaged ledger: what can be read, and exit code 3', () =>
  withBench(async (bench) => {
    assert.equal((await bench.run('sync')).code, 0)
    const ledger = join(bench.directory, 'state', 'ledger.db')
    const bytes = readFileSync(ledger)
    // The last page holds a table that was made late: the messages are still there.
    writeFileSync(ledger, bytes.fill(0xa5, bytes.length - 4096, bytes.length - 3896))
    const { code, stderr } = await bench.run('ledger', 'export', '--uidl-map')
    assert.equal(code, 3)
    assert.match(stderr, /The table lacks\s+messages/)
  }))
