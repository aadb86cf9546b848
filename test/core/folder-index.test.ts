// The index of a destination folder: what is unclaimed, by size and content, given out once each.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fingerprintsOf } from '../../src/core/fingerprint.ts'
import { FolderIndex, matchContents } from '../../src/core/folder-index.ts'
import { mail } from './rows.ts'

const sought = (bytes: Uint8Array) => ({
  size: bytes.length,
  foldedSize: bytes.length,
  fingerprints: fingerprintsOf(bytes),
})
const digest = (uid: number, bytes: Uint8Array) => ({ uid, size: bytes.length, fingerprints: fingerprintsOf(bytes) })

test('only messages of the sizes asked for have to be re-read, and each once', () => {
  const index = new FolderIndex()
  index.add(1, 10)
  index.add(2, 10)
  index.add(3, 20)
  assert.deepEqual(index.unread([10, 30]), [1, 2])
  index.learn(digest(1, mail(1)))
  assert.deepEqual(index.unread([10]), [2])
  assert.equal(index.countOf(10), 2)
})

test('identical twins are given out one by one', () => {
  const bytes = mail(1)
  const index = new FolderIndex()
  for (const uid of [4, 5]) {
    index.add(uid, bytes.length)
    index.learn(digest(uid, bytes))
  }
  assert.deepEqual(
    [index.claim(sought(bytes)), index.claim(sought(bytes)), index.claim(sought(bytes))],
    [4, 5, undefined],
  )
})

test('a message of equal size with other bytes is never claimed (C03)', () => {
  const index = new FolderIndex()
  index.add(1, mail(1).length)
  index.learn(digest(1, mail(1)))
  assert.equal(index.claim(sought(mail(2))), undefined)
})

test('a message stored with folded line ends is found by its folded size', () => {
  const sent = Buffer.from('Subject: x\r\n\r\na\nb\r\n')
  const stored = Buffer.from('Subject: x\r\n\r\na\r\nb\r\n')
  const index = new FolderIndex()
  index.add(1, stored.length)
  index.learn(digest(1, stored))
  assert.equal(index.claim({ size: sent.length, foldedSize: stored.length, fingerprints: fingerprintsOf(sent) }), 1)
})

test('contents are matched exactly first, canonically second, and each message once', () => {
  const exact = mail(1)
  const folded = Buffer.from(Buffer.from(exact).toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
  const contents = [fingerprintsOf(folded), fingerprintsOf(exact), fingerprintsOf(exact)]
  assert.deepEqual(matchContents(contents, [digest(8, exact), digest(9, exact)]), [undefined, 8, 9])
  assert.deepEqual(matchContents([fingerprintsOf(folded)], [digest(8, exact)]), [8])
  const { exact: same } = fingerprintsOf(exact)
  assert.deepEqual(matchContents([fingerprintsOf(folded)], [digest(8, exact)], [same]), [undefined])
  assert.deepEqual(matchContents([fingerprintsOf(folded)], [digest(8, exact), digest(9, exact)], [same]), [9])
})

test('what has been re-read is found by its canonical form, once; of another size only when all others have claimed theirs', () => {
  const marked = Buffer.concat([Buffer.from('X-Gmail-Received: 1\r\n'), mail(1)])
  const index = new FolderIndex()
  index.add(7, marked.length)
  assert.deepEqual([...index.sizes()], [marked.length])
  assert.equal(index.claim(sought(mail(1))), undefined)
  index.learn(digest(7, marked))
  assert.equal(index.claim(sought(mail(2)), 'of any size'), undefined)
  assert.equal(index.claim(sought(mail(1))), undefined)
  assert.equal(index.claim(sought(mail(1)), 'of any size'), 7)
  assert.equal(index.claim(sought(mail(1)), 'of any size'), undefined)
})
