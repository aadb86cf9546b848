// The made-up messages: the same for the same seed, of the size asked for, varied, clean unless strangeness is wanted.

import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { makeCorpus } from './corpus.ts'
import { seededRandom } from './random.ts'
import { strangeMessage, strangeMessages } from './strange-messages.ts'

const texts = (messages: readonly Uint8Array[]) => messages.map((bytes) => Buffer.from(bytes).toString('latin1'))

test('the seed decides everything', () => {
  const one = texts(makeCorpus({ seed: 7, count: 50 }))
  assert.deepEqual(texts(makeCorpus({ seed: 7, count: 50 })), one)
  assert.notDeepEqual(texts(makeCorpus({ seed: 8, count: 50 })), one)
})

test('2,000 messages: the average size is near what was asked for, and no two are the same', () => {
  for (const averageSize of [4_000, 21_504]) {
    const messages = makeCorpus({ seed: 1, count: 2000, averageSize })
    const mean = messages.reduce((sum, { length }) => sum + length, 0) / messages.length
    assert.ok(mean > averageSize * 0.8 && mean < averageSize * 1.3, `${mean} for ${averageSize}`)
    assert.equal(new Set(texts(messages)).size, 2000)
  }
})

test('without strangeness every line ends in CRLF, and every kind of message occurs', () => {
  const messages = texts(makeCorpus({ seed: 3, count: 400, averageSize: 4000 }))
  for (const text of messages) {
    assert.doesNotMatch(text, /[^\r]\n|\r[^\n]/)
    assert.ok(text.endsWith('\r\n'))
    assert.ok(text.includes('\r\n\r\n'))
  }
  const counted = (pattern: RegExp) => messages.filter((text) => pattern.test(text)).length
  const kinds = [
    /^List-Id:/m,
    /^Received:/m,
    /multipart\/mixed/,
    /multipart\/alternative/,
    /text\/html/,
    /^\.\r/m,
    /^\.\./m,
  ]
  const oddities = [
    /^Subject: .*[\x80-\xff]/m,
    /^Date: not a date/m,
    /\r\n\r\n[\s\S]*[\x80-\xff]/,
    /[^\r\n]{1000}/,
    /^Subject: \r$/m,
  ]
  for (const pattern of [...kinds, ...oddities]) assert.ok(counted(pattern) > 0, `${pattern}`)
  const withoutId = messages.length - counted(/^Message-ID:/m)
  assert.ok(withoutId > 0 && withoutId < 60, `${withoutId} without a Message-ID`)
  const years = new Set(messages.flatMap((text) => /^Date: .* (\d{4}) /m.exec(text)?.[1] ?? []))
  assert.ok(years.size > 10)
})

test('twins are exact copies, and strange messages are mixed in on request', () => {
  const twins = texts(makeCorpus({ seed: 5, count: 100, averageSize: 1000, twins: 10 }))
  assert.equal(twins.length - new Set(twins).size, 10)
  const strange = new Set(texts(makeCorpus({ seed: 5, count: 500, averageSize: 1000, strange: true })))
  const missing = strangeMessages().filter(({ bytes }) => !strange.has(Buffer.from(bytes).toString('latin1')))
  assert.deepEqual(
    missing.map(({ name }) => name),
    ['one-megabyte-line', 'long-header'],
  )
  assert.ok([...strange].some((text) => text.length > 500 && !text.endsWith('\n')))
})

test('strange messages have different names and different bytes', () => {
  const messages = strangeMessages()
  assert.equal(new Set(messages.map(({ name }) => name)).size, messages.length)
  assert.equal(new Set(texts(messages.map(({ bytes }) => bytes))).size, messages.length)
  assert.ok(messages.length > 45)
  assert.equal(Buffer.from(strangeMessage('forged-reply')).indexOf('.\r\n+OK 999 octets\r\nSubject: forged'), 0)
  assert.ok(strangeMessage('one-megabyte-line').length > 1_000_000)
  assert.equal(new Set(strangeMessage('all-byte-values')).size, 256)
  assert.throws(() => strangeMessage('no such'))
})

test('the fixture files hold the bytes of the strange messages they are named after', async () => {
  const folder = new URL('../fixtures/', import.meta.url)
  const known = new Map(strangeMessages().map(({ name, bytes }) => [`${name}.eml`, Buffer.from(bytes)]))
  const files = (await readdir(folder)).filter((file) => known.has(file))
  assert.ok(files.length >= 12)
  for (const file of files) assert.ok(known.get(file)?.equals(await readFile(new URL(file, folder))), file)
})

test('random choices keep to their bounds', () => {
  const random = seededRandom(1)
  const drawn = new Set(Array.from({ length: 1000 }, () => random.below(5)))
  assert.deepEqual([...drawn].sort(), [0, 1, 2, 3, 4])
  const items = Array.from({ length: 20 }, (_, index) => index)
  const shuffled = [...items]
  random.shuffle(shuffled)
  assert.notDeepEqual(shuffled, items)
  assert.deepEqual(
    [...shuffled].sort((one, other) => one - other),
    items,
  )
  assert.throws(() => random.pick([]))
})
