// Messages of a server in memory re-read and hashed: strange bytes, large ones in parts, absent ones left out.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { fingerprintsOf } from '../../../src/core/fingerprint.ts'
import { setOf } from '../../../src/destinations/imap/digests.ts'
import { all, openAccount, user } from './open-account.ts'

const part = 256 * 1024
const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))

function digestOf(uid: number, bytes: Buffer) {
  return { uid, size: bytes.length, fingerprints: fingerprintsOf(bytes) }
}

describe('digests', () => {
  it('hashes what is stored, whatever it is', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    const messages = [
      Buffer.from('Subject: plain\r\n\r\nbody\r\n'),
      Buffer.concat([Buffer.from('Subject: every byte\r\n\r\n'), everyByte]),
      Buffer.from('a\0b\0\0'),
      Buffer.from('\r'),
      Buffer.from('no header and no line end'),
      Buffer.from('lines\nof\nUnix\r\r\nand others\n'),
      Buffer.from('* 1 FETCH (UID 7 BODY[] {3}\r\n)\r\n'),
      Buffer.from(`${'x'.repeat(20_000)}\r\n`),
    ]
    server.seed(
      user,
      'INBOX',
      messages.map((bytes) => ({ bytes })),
    )
    const folder = await destination.ensure('INBOX', signal)
    const uids = messages.map((_, at) => at + 1)
    assert.deepEqual(
      await all(destination.digests(folder, uids, signal)),
      messages.map((bytes, at) => digestOf(at + 1, bytes)),
    )
    assert.equal(server.count('UID FETCH'), 1)
  })

  it('reads large messages part by part', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    const sizes = [part - 1, part, part + 1, 3 * part, 3 * part + 17, 100]
    const messages = sizes.map((size) => Buffer.alloc(size, everyByte))
    server.seed(
      user,
      'INBOX',
      messages.map((bytes) => ({ bytes })),
    )
    const folder = await destination.ensure('INBOX', signal)
    assert.deepEqual(
      await all(destination.digests(folder, [6, 5, 4, 3, 2, 1], signal)),
      messages.map((bytes, at) => digestOf(at + 1, bytes)),
    )
    assert.ok(server.log.filter((line) => line.includes('BODY.PEEK[]')).every((line) => /<\d+\.262144>/.test(line)))
  })

  it('leaves absent messages out', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    const bytes = Buffer.from('Subject: x\r\n\r\n')
    server.seed(user, 'INBOX', [{ bytes }, { bytes }, { bytes }]).remove(new Set([2]))
    const folder = await destination.ensure('INBOX', signal)
    assert.deepEqual(await all(destination.digests(folder, [1, 2, 3, 3, 99], signal)), [
      digestOf(1, bytes),
      digestOf(3, bytes),
    ])
    assert.deepEqual(await all(destination.digests(folder, [], signal)), [])
  })

  it('takes NIL behind the end of a message, and a message that is gone when its rest is read', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    const bytes = Buffer.alloc(part, everyByte)
    server.seed(user, 'INBOX', [{ bytes }])
    const folder = await destination.ensure('INBOX', signal)
    const answerRest = (answer: string) => {
      server.faults = { script: (_verb, line) => (line.includes(`<${part}.`) ? `${answer}{tag} OK\r\n` : undefined) }
    }
    answerRest(`* 1 FETCH (UID 1 BODY[]<${part}> NIL)\r\n`)
    assert.deepEqual(await all(destination.digests(folder, [1], signal)), [digestOf(1, bytes)])
    answerRest('')
    assert.deepEqual(await all(destination.digests(folder, [1], signal)), [])
  })

  it('is done in groups', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    server.seed(
      user,
      'INBOX',
      Array.from({ length: 250 }, (_, at) => ({ bytes: Buffer.from(`Subject: ${at}\r\n\r\n`) })),
    )
    const folder = await destination.ensure('INBOX', signal)
    const uids = Array.from({ length: 250 }, (_, at) => at + 1)
    const digests = await all(destination.digests(folder, uids, signal))
    assert.deepEqual(
      digests.map(({ uid }) => uid),
      uids,
    )
    assert.equal(server.count('UID FETCH'), 3)
    assert.equal(server.count('EXAMINE'), 1)
    await all(destination.digests(folder, [1], signal))
    assert.equal(server.count('EXAMINE'), 2, 'what has come since must show')
  })
})

describe('setOf', () => {
  it('joins neighbours', () => {
    assert.equal(setOf([1, 2, 3, 7, 9, 10]), '1:3,7,9:10')
    assert.equal(setOf([]), '')
  })

  it('names just what it is given', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 60 })), (uids) => {
        const ascending = uids.sort((a, b) => a - b)
        const named = setOf(ascending)
          .split(',')
          .filter((range) => range !== '')
          .flatMap((range) => {
            const [first = 0, last = first] = range.split(':').map(Number)
            return Array.from({ length: last - first + 1 }, (_, at) => first + at)
          })
        assert.deepEqual(named, ascending)
      }),
    )
  })
})
