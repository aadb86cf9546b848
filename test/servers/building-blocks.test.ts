// The parts that both test servers are made of: input, chunking, gates, waiting, the IMAP grammar, certificates.

import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { certificate } from './certificates.ts'
import { rollingSplit, splitterOf } from './chunking.ts'
import { CommandLog } from './command-log.ts'
import { Gate } from './gate.ts'
import { formatDateTime, parseDateTime, parseDay } from './imap-date.ts'
import { nest, parseSegment, textOf, wordsOf } from './imap-parser.ts'
import { formatSet, parseSet } from './imap-view.ts'
import { InputQueue } from './input-queue.ts'
import { Account, Folder, fieldsOf, splitMessage } from './mailbox-store.ts'
import { decodeMailboxName, encodeMailboxName } from './modified-utf7.ts'
import { parseSaslResponse } from './sasl.ts'

test('lines and counted bytes come out of the input however it was cut', () => {
  const line = fc.string({ maxLength: 20 }).map((text) => text.replace(/[\r\n]/g, ''))
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), fc.array(fc.nat(30), { maxLength: 60 }), (lines, cuts) => {
      const input = new InputQueue()
      let bytes = Buffer.from(lines.map((one) => `${one}\r\n`).join(''))
      const total = bytes.length
      for (const cut of cuts) {
        input.push(bytes.subarray(0, cut))
        bytes = bytes.subarray(cut)
      }
      input.push(bytes)
      assert.equal(input.length, total)
      for (const expected of lines) assert.equal(input.takeLine()?.toString(), expected)
      assert.equal(input.takeLine(), undefined)
    }),
  )
  const input = new InputQueue()
  for (const piece of ['ab', 'cd\n', 'ef']) input.push(Buffer.from(piece))
  assert.equal(input.takeUpTo(1)?.toString(), 'a')
  assert.equal(input.takeLine()?.toString(), 'bcd')
  assert.equal(input.takeLine(), undefined)
  assert.equal(input.takeUpTo(9)?.toString(), 'ef')
  assert.equal(input.takeUpTo(9), undefined)
})

test('every splitter keeps all bytes in order', () => {
  const splitters = [splitterOf('bytes'), splitterOf({ splitAt: 3 }), rollingSplit()]
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
      for (const split of splitters) {
        const pieces = split?.(Buffer.from(bytes)) ?? []
        assert.ok(pieces.every((piece) => piece.length > 0))
        assert.ok(Buffer.concat(pieces).equals(Buffer.from(bytes)))
      }
    }),
  )
  assert.equal(splitterOf('whole'), undefined)
})

test('a gate holds, releases one by one, and stays open', async () => {
  const gate = new Gate()
  const passed: number[] = []
  const waiting = [1, 2, 3].map((number) => gate.pass().then(() => passed.push(number)))
  await gate.held(3)
  gate.release()
  await waiting[0]
  assert.deepEqual(passed, [1])
  gate.open()
  await Promise.all(waiting)
  await gate.pass()
  assert.deepEqual(passed, [1, 2, 3])
})

test('waiting for a command ends when it has come, or at once when it had', async () => {
  const log = new CommandLog()
  const waiting = log.until(() => log.count('RETR') >= 2)
  log.record('RETR', 'RETR 1')
  log.record('RETR', 'RETR 2')
  await waiting
  await log.until(() => log.lines.length === 2)
})

test('mailbox names survive modified UTF-7, and what is not modified UTF-7 is told apart', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      const wire = encodeMailboxName(name)
      assert.match(wire, /^[ -~]*$/)
      assert.equal(decodeMailboxName(wire), name)
    }),
  )
  assert.equal(encodeMailboxName('Entwürfe & 日本'), 'Entw&APw-rfe &- &ZeVnLA-')
  for (const wrong of ['a&b', 'a&', '&APw', '&AP-', '&AGE-', 'ü'])
    assert.equal(decodeMailboxName(wrong), undefined, wrong)
})

test('command lines become values', () => {
  const parsed = (line: string) => parseSegment(Buffer.from(line, 'latin1'))
  const values = (line: string) => nest(parsed(line)?.tokens ?? [])
  assert.deepEqual(parsed('a APPEND x {12}')?.literal, { size: 12, isSynchronising: true, isBinary: false })
  assert.deepEqual(parsed(' (\\Seen) ~{3+}')?.literal, { size: 3, isSynchronising: false, isBinary: true })
  assert.equal(parsed('a LOGIN "x{3}"')?.literal, undefined)
  assert.deepEqual(values('"a \\"b\\\\" [Gmail]/x \\Seen *')?.map(textOf), ['a "b\\', '[Gmail]/x', '\\Seen', '*'])
  const fetch = values('1:* (UID BODY.PEEK[HEADER.FIELDS (A "B")]<0.9> FLAGS)')
  assert.deepEqual(wordsOf(fetch?.[1]), ['UID', 'BODY.PEEK[HEADER.FIELDS (A "B")]<0.9>', 'FLAGS'])
  for (const wrong of ['(a', 'a)', '(a))(']) assert.equal(values(wrong), undefined, wrong)
  assert.equal(parsed('"open'), undefined)
})

test('sets of numbers are read and written', () => {
  assert.deepEqual(parseSet('1,3:5,9:*,*', 12), [
    [1, 1],
    [3, 5],
    [9, 12],
    [12, 12],
  ])
  assert.deepEqual(parseSet('20:*', 12), [[12, 20]])
  for (const wrong of ['', '0', '1,', 'a', '1:2:3', '-1']) assert.equal(parseSet(wrong, 12), undefined, wrong)
  assert.equal(formatSet([1, 2, 3, 5, 7, 8]), '1:3,5,7:8')
})

test('dates', () => {
  assert.equal(formatDateTime(new Date('2020-02-03T04:05:06Z')), ' 3-Feb-2020 04:05:06 +0000')
  assert.equal(parseDateTime('03-Feb-2020 04:05:06 +0130'), Date.parse('2020-02-03T02:35:06Z'))
  assert.equal(parseDateTime('03-Feb-2020 04:05:06 -0130'), Date.parse('2020-02-03T05:35:06Z'))
  for (const wrong of ['3-Feb-2020 04:05:06 +0000', '03-Foo-2020 04:05:06 +0000', '03-Feb-2020', '']) {
    assert.equal(parseDateTime(wrong), undefined, wrong)
  }
  assert.equal(parseDay('2-jan-1970'), 1)
  assert.equal(parseDay(' 2-Jan-1970 23:00:00 +0000'), 1)
  assert.equal(parseDay('yesterday'), undefined)
})

test('header fields and the end of the header', () => {
  const bytes = Buffer.from('A: 1\r\n folded\r\nB : 2\r\n\r\nbody: x\r\n')
  assert.deepEqual(fieldsOf(bytes), [
    { name: 'a', raw: 'A: 1\r\n folded\r\n' },
    { name: 'b', raw: 'B : 2\r\n' },
  ])
  assert.equal(splitMessage(bytes).body.toString(), 'body: x\r\n')
  assert.deepEqual(splitMessage(Buffer.from('\r\nbody')).body.toString(), 'body')
  assert.equal(splitMessage(Buffer.from('A: 1\r\n')).body.length, 0)
})

test('folders: parents, INBOX in any case, removal, a new life', () => {
  const account = new Account({ user: 'a', password: 'b' }, { delimiter: '.', prefix: 'INBOX.' })
  account.create('INBOX.a.b')
  assert.deepEqual([...account.folders.keys()], ['INBOX', 'INBOX.a', 'INBOX.a.b'])
  const inbox = account.find('inbox')
  assert.ok(inbox instanceof Folder)
  for (const text of ['x', 'y', 'z']) inbox.append({ bytes: Buffer.from(text), flags: [], internalDate: '' })
  assert.deepEqual(account.usage(), { octets: 3, messages: 3 })
  assert.equal(account.holds(Buffer.from('y')), true)
  inbox.remove(new Set([2]))
  assert.equal(account.holds(Buffer.from('y')), false)
  assert.equal(inbox.get(2), undefined)
  inbox.renumber(account.nextUidValidity())
  assert.equal(inbox.get(2)?.bytes.toString(), 'z')
})

test('SASL responses, right and malformed', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  assert.deepEqual(parseSaslResponse('PLAIN', base64('\0ä\0b')), { user: 'ä', password: 'b' })
  assert.deepEqual(parseSaslResponse('OAUTHBEARER', base64('n,a=x=2Cy=3D,\x01host=h\x01auth=Bearer t\x01\x01')), {
    user: 'x,y=',
    token: 't',
  })
  assert.equal(parseSaslResponse('PLAIN', base64('\0a\0b\0c')), undefined)
  assert.equal(parseSaslResponse('XOAUTH2', base64('user=a\x01auth=Bearer t\x01')), undefined)
  assert.equal(parseSaslResponse('OAUTHBEARER', ''), undefined)
})

test('certificates are what their variant says, and are made once', async () => {
  const good = await certificate()
  assert.equal(await certificate('good'), good)
  const parsed = async (variant: 'good' | 'wrong-name' | 'self-signed' | 'expired') =>
    new X509Certificate((await certificate(variant)).cert)
  const authority = new X509Certificate(good.ca)
  assert.equal((await parsed('good')).checkHost('localhost'), 'localhost')
  assert.equal((await parsed('good')).checkIP('127.0.0.1'), '127.0.0.1')
  assert.equal((await parsed('good')).verify(authority.publicKey), true)
  assert.equal((await parsed('wrong-name')).checkHost('localhost'), undefined)
  assert.equal((await parsed('self-signed')).verify(authority.publicKey), false)
  assert.ok((await parsed('expired')).validToDate < new Date())
  assert.equal(good.fingerprint.length, 95)
  assert.equal(Buffer.from(good.publicKeyPin, 'base64').length, 32)
})
