// plan --html and sync --html: the page as a file, what it is never written over, and what is kept out of it.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Bench, passwords } from './bench.ts'

let bench: Bench
before(async () => {
  bench = await Bench.start()
})
after(() => bench.stop())

const at = (name: string) => join(bench.directory, name)
const headline = (page: string) => /<h1[^>]*>(.*?)<\/h1>/.exec(page)?.[1]

test('plan writes the page beside the text, for its owner alone', async () => {
  const { code, stdout, stderr } = await bench.run('plan', '--html', 'plan.html')
  assert.equal(code, 0, stderr)
  assert.match(stdout, /3 listed = 3 to copy/)
  assert.match(stderr, /The page is in plan\.html\./)
  const page = readFileSync(at('plan.html'), 'utf8')
  assert.equal(headline(page), 'It adds up: all 3 messages will move')
  assert.equal(statSync(at('plan.html')).mode & 0o777, 0o600)
  assert.equal(bench.imap.appends.length, 0)
})

test('- prints the page and nothing else', async () => {
  const { code, stdout } = await bench.run('sync', '--dry-run', '--html', '-')
  assert.deepEqual([code, headline(stdout)], [0, 'It adds up: all 3 messages will move'])
  assert.match(stdout, /^<!doctype html>\n[\s\S]*<\/html>\n$/)
})

test('sync writes the report of what it did, over an earlier page', async () => {
  for (const said of ['It adds up: all 3 messages are accounted for', 'It adds up: nothing new among 3 messages']) {
    const { code, stderr } = await bench.run('sync', '--html', 'report.html')
    assert.equal(code, 0, stderr)
    assert.equal(headline(readFileSync(at('report.html'), 'utf8')), said)
  }
  assert.deepEqual(
    readdirSync(bench.directory).filter((name) => name.includes('.part')),
    [],
  )
})

test('plan --csv writes the table, over an earlier one and over nothing else', async () => {
  for (const file of ['plan.csv', 'plan.csv']) {
    const { code, stderr } = await bench.run('plan', '--csv', file, '--quiet')
    assert.deepEqual([code, stderr], [0, ''])
    const [header, row] = readFileSync(at(file), 'utf8').split('\n')
    assert.equal(header, 'pair,part,folder,created,outcome,reason,messages,bytes')
    assert.match(row ?? '', /^alice,(copy|leave),/)
    assert.equal(statSync(at(file)).mode & 0o777, 0o600)
  }
  for (const [file, why] of [
    ['mailhaul.yaml', /The file mailhaul\.yaml is there already, and is no table of a plan\./],
    ['missing/plan.csv', /The file missing\/plan\.csv cannot be written/],
  ] as const) {
    const logins = bench.pop3.count('PASS')
    const { code, stderr } = await bench.run('plan', '--csv', file)
    assert.equal(code, 2)
    assert.match(stderr, why)
    assert.equal(bench.pop3.count('PASS'), logins)
  }
})

test('a page is written over nothing but a page, and where it cannot be written nothing is begun', async () => {
  writeFileSync(at('letter.txt'), 'Dear Marta')
  mkdirSync(at('directory.html'))
  const logins = bench.pop3.count('PASS')
  for (const [file, why] of [
    ['letter.txt', /is there already, and is no page/],
    ['directory.html', /is there already, and is no page/],
    ['mailhaul.yaml', /is there already, and is no page/],
    ['missing/report.html', /cannot be written/],
  ] as const) {
    const { code, stderr } = await bench.run('sync', '--html', file)
    assert.equal(code, 2)
    assert.match(stderr, why)
  }
  assert.match((await bench.run('plan', '--json', '--html', '-')).stderr, /both print to standard output/)
  assert.equal(readFileSync(at('letter.txt'), 'utf8'), 'Dear Marta')
  assert.equal(existsSync(at('missing')), false)
  assert.equal(bench.pop3.count('PASS'), logins)
})

test('a server that says the password back gets it into no page', async () => {
  bench.pop3.maildrop('old').add({ uidl: 'late', bytes: Buffer.from('Subject: late\r\n\r\nx\r\n') })
  // The server writes its lines octet by octet.
  const told = Buffer.from(`NO I know ${passwords.source}<&"> and ${passwords.destination}`).toString('latin1')
  bench.imap.faults = { refuse: () => told }
  await bench.run('sync', '--html', 'told.html')
  bench.imap.faults = {}
  const page = readFileSync(at('told.html'), 'utf8')
  assert.match(page, /I know \[redacted\]/)
  for (const password of Object.values(passwords)) assert.ok(!page.includes(password))
})
