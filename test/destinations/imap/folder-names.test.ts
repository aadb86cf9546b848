// Configured names and server paths: delimiters, prefixes, case, special use, and how a path travels.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  encodedPath,
  findListed,
  isSelectable,
  isUnusable,
  isView,
  type ListedFolder,
  parentsOf,
  pathOf,
  pathToCreate,
  quotedPath,
} from '../../../src/destinations/imap/folder-names.ts'

const slash = { prefix: '', delimiter: '/' }
const dot = { prefix: '', delimiter: '.' }
const courier = { prefix: 'INBOX.', delimiter: '.' }
const cyrus = { prefix: 'INBOX/', delimiter: '/' }
const exchange = { prefix: '', delimiter: '\\' }
const flat = { prefix: '', delimiter: undefined }

function folder(path: string, ...flags: string[]): ListedFolder {
  return { path, flags: new Set(flags) }
}

describe('pathOf', () => {
  for (const [name, namespace, path] of [
    ['INBOX', slash, 'INBOX'],
    ['inbox', slash, 'INBOX'],
    ['Inbox', courier, 'INBOX'],
    ['Archive/2015', slash, 'Archive/2015'],
    ['Archive/2015', dot, 'Archive.2015'],
    ['Archive/2015', courier, 'INBOX.Archive.2015'],
    ['Archive/2015', cyrus, 'INBOX/Archive/2015'],
    ['Archive/2015', exchange, 'Archive\\2015'],
    ['Archive/2015', flat, 'Archive/2015'],
    ['inbox/Lists', courier, 'INBOX.Lists'],
    ['inbox/Lists', dot, 'INBOX.Lists'],
    ['INBOX.Archive.2015', courier, 'INBOX.Archive.2015'],
    ['Inbox.Archive', courier, 'INBOX.Archive'],
    ['Inboxes/x', slash, 'Inboxes/x'],
    ['[Gmail]/Sent Mail', slash, '[Gmail]/Sent Mail'],
    ['Entwürfe & mehr', courier, 'INBOX.Entwürfe & mehr'],
  ] as const) {
    it(`${name} is ${path}`, () => assert.equal(pathOf(name, namespace), path))
    it(`${path} stays ${path}`, () => assert.equal(pathOf(path, namespace), path))
  }
})

describe('findListed', () => {
  const listed = [folder('INBOX'), folder('Sent'), folder('sent'), folder('Junk E-Mail'), folder('INBOX.a/b')]

  for (const [name, path] of [
    ['inbox', 'INBOX'],
    ['Sent', 'Sent'],
    ['sent', 'sent'],
    ['SENT', 'Sent'],
    ['junk e-mail', 'Junk E-Mail'],
    ['Nothing', undefined],
  ] as const) {
    it(`finds ${path} as ${name}`, () => assert.equal(findListed(name, listed, slash)?.path, path))
  }

  it('finds a path as the server spells it, whatever is in it', () => {
    assert.equal(findListed('INBOX.a/b', listed, courier)?.path, 'INBOX.a/b')
  })

  it('finds a path in another Unicode form', () => {
    assert.equal(findListed('Entwu\u0308rfe', [folder('Entw\u00fcrfe')], slash)?.path, 'Entw\u00fcrfe')
  })

  it('finds a special use by its mark only', () => {
    const marked = { ...folder('Gesendet'), specialUse: '\\Sent' }
    assert.equal(findListed('\\sent', [...listed, marked], slash)?.path, 'Gesendet')
    assert.equal(findListed('\\Junk', [...listed, marked], slash), undefined)
  })
})

describe('folders', () => {
  it('knows which can hold messages', () => {
    assert.ok(isSelectable(folder('a', '\\HasChildren')))
    assert.ok(!isSelectable(folder('a', '\\NoSelect')))
    assert.ok(!isSelectable(folder('a', '\\NonExistent')))
  })

  it('knows which only show messages of others', () => {
    assert.ok(isView(folder('[Gmail]/All Mail', '\\All')))
    assert.ok(isView({ ...folder('x'), specialUse: '\\Flagged' }))
    assert.ok(!isView(folder('Sent', '\\Sent')))
  })

  it('knows names that cannot be', () => {
    for (const name of ['', '/lead', 'trail/', 'a//b', 'a\nb', 'a\0']) assert.ok(isUnusable(name), name)
    for (const name of ['a', 'a/b', 'x y', 'Ü']) assert.ok(!isUnusable(name), name)
  })
})

describe('pathToCreate', () => {
  const listed = [folder('Archive'), folder('Archive/Old'), folder('INBOX')]

  for (const [name, path] of [
    ['archive/2015', 'Archive/2015'],
    ['archive/old/2015', 'Archive/Old/2015'],
    ['archive/new/2015', 'Archive/new/2015'],
    ['Lists/a', 'Lists/a'],
    ['inbox/a', 'INBOX/a'],
  ] as const) {
    it(`${name} becomes ${path}`, () => assert.equal(pathToCreate(name, listed, slash), path))
  }
})

describe('parentsOf', () => {
  for (const [path, namespace, parents] of [
    ['a/b/c', slash, ['a', 'a/b']],
    ['INBOX.a.b', courier, ['INBOX.a']],
    ['INBOX.a', courier, []],
    ['a/b', flat, []],
  ] as const) {
    it(`of ${path} are ${parents.join(', ') || 'none'}`, () => assert.deepEqual(parentsOf(path, namespace), parents))
  }
})

describe('quotedPath', () => {
  for (const [path, quoted] of [
    ['INBOX', '"INBOX"'],
    ['a b', '"a b"'],
    ['say "hi" \\o/', '"say \\"hi\\" \\\\o/"'],
    ['R&D', '"R&-D"'],
    ['Entwürfe', '"Entw&APw-rfe"'],
    // RFC 3501 §5.1.3
    ['~peter/mail/台北/日本語', '"~peter/mail/&U,BTFw-/&ZeVnLIqe-"'],
    ['☺!', '"&Jjo-!"'],
    ['😀', '"&2D3eAA-"'],
  ] as const) {
    it(`${path} travels as ${quoted}`, () => assert.equal(quotedPath(path, false), quoted))
  }

  it('travels in UTF-8 where that is what the server knows', () => {
    assert.equal(quotedPath('Ü&"', true), '"\xc3\x9c&\\""')
    assert.equal(encodedPath('Ü&', true), 'Ü&')
  })

  it('is always one quoted string of printable ASCII', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff)), (units) => {
        const path = String.fromCharCode(...units)
        assert.match(quotedPath(path, false), /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"$/)
      }),
    )
  })
})
