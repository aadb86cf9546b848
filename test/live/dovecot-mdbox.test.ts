// Dovecot's mdbox at both ends: many messages in one file, exact line ends, and indexes without which nothing can be read.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mail } from '../core/rows.ts'
import { makeCorpus } from '../corpus/corpus.ts'
import { strangeMessage } from '../corpus/strange-messages.ts'
import { describeLive } from './live.ts'
import { cyrus, dovecot, withLive } from './live-bench.ts'

const mdbox = dovecot({ format: 'mdbox' })
const twins = [mail(1), mail(1)]
const strange = ['eight-bit-header', 'dots-at-line-starts', 'bare-cr', 'invalid-utf8', 'header-only'].map(
  strangeMessage,
)
const messages = [...makeCorpus({ seed: 3, count: 60, averageSize: 4000, twins: 3 }), ...twins, ...strange]
const count = messages.length

describeLive('Dovecot with mdbox', ['dovecot'], () => {
  for (const [name, source, destination] of [
    ['mdbox to mdbox', mdbox, mdbox],
    ['mdbox to Maildir', mdbox, dovecot()],
    ['Maildir to mdbox', dovecot(), mdbox],
  ] as const) {
    test(`${name}: every message arrives, once, with its bytes, whatever is lost in between`, () =>
      withLive({ source, destination, messages }, async (bench) => {
        await bench.syncs({ copied: count })
        await bench.holds(messages)
        const again = await bench.syncs({ 'already-there': count })
        assert.deepEqual([again.bytesFetched, again.bytesAppended], [0, 0])
        assert.deepEqual(await bench.verifyDeep(), {
          code: 0,
          deep: { identical: count, canonicalEqual: 0, rules: {}, different: 0, missing: 0 },
          problems: [],
        })
        await bench.forgetLedger()
        await bench.syncs({ adopted: count })
        await bench.holds(messages)
      }))
  }

  for (const [name, destination] of [
    ['mdbox', mdbox],
    ['Maildir', dovecot()],
  ] as const) {
    test(`${name}: a folder that is made anew with the same mail in it: nothing is doubled, new mail arrives`, () =>
      withLive({ source: dovecot(), destination, messages, destinationKeys: 'folder: Archive' }, async (bench) => {
        await bench.syncs({ copied: count })
        const before = await bench.uidValidity('Archive')
        await bench.withDestination(async (session) => {
          for (const command of ['RENAME Archive Old', 'CREATE Archive', 'SELECT Old', 'UID MOVE 1:* Archive'])
            await session.command(command)
        })
        assert.notEqual(await bench.uidValidity('Archive'), before)
        await bench.source.deliver('alice', [mail(999)])
        await bench.syncs({ 'already-there': count, copied: 1 })
        await bench.holds([...messages, mail(999)], [...messages, mail(999)], 'Archive')
        assert.equal((await bench.verifyDeep()).code, 0)
      }))
  }
})

describeLive('Dovecot with mdbox to Cyrus', ['dovecot', 'cyrus'], () => {
  test('MULTIAPPEND out of one store into the other, bytes and all', () =>
    withLive({ source: mdbox, destination: cyrus({ munge8bit: 'no' }), messages }, async (bench) => {
      await bench.syncs({ copied: count })
      await bench.holds(messages)
      await bench.forgetLedger()
      await bench.syncs({ adopted: count })
      await bench.holds(messages)
    }))
})
