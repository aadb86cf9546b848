// Rights on a folder of Dovecot (RFC 4314): without the right to insert or to read nothing is stored, and people are told why.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mail } from '../core/rows.ts'
import { acl, setRights } from './dovecot-plugins.ts'
import { describeLive } from './live.ts'
import { dovecot, withLive } from './live-bench.ts'

const messages = [mail(1), mail(2), mail(3)]
const all = 'lrwstipekxa'

const cases = [
  {
    name: 'no right to insert, and the server says so',
    tells: true,
    rights: all.replace('i', ''),
    sentence: 'The account may not store mail in the folder "Archive": its rights are "lrwstpekxacd".',
    hint: /right to insert/,
  },
  {
    name: 'no right to insert, found out when storing',
    tells: false,
    rights: all.replace('i', ''),
    sentence: 'The account may not store mail in this folder: [NOPERM] Permission denied',
    hint: /right to insert/,
  },
  {
    name: 'the right to insert, but not to read what is there (B04)',
    tells: true,
    rights: 'lip',
    sentence: 'The account may not read the folder "Archive": Permission denied',
    hint: /right to read/,
  },
]

describeLive('Dovecot with rights on folders', ['dovecot'], () => {
  for (const { name, tells, rights, sentence, hint } of cases) {
    test(`${name}: nothing is stored; once the right is there, everything is, once`, () => {
      const destination = dovecot({ config: acl(tells) })
      return withLive(
        { source: dovecot(), destination, messages, destinationKeys: 'folder: Archive' },
        async (bench) => {
          await bench.withDestination((session) => session.command('CREATE Archive'))
          await setRights(bench.destination, 'Archive', rights)
          for (let run = 0; run < 2; run++) {
            const refused = await bench.sync()
            assert.deepEqual([refused.code, refused.outcomes], [3, { pending: 3 }], refused.printed)
            assert.equal(refused.error?.code, 'permission-denied')
            assert.equal(refused.error?.message.replace(/ \([\d. +]+ secs\)\.$/, ''), sentence)
            assert.match(refused.error?.hint ?? '', hint)
            assert.equal(refused.bytesAppended, 0)
          }
          await setRights(bench.destination, 'Archive', all)
          await bench.holds([], messages, 'Archive')
          await bench.syncs({ copied: 3 })
          await bench.holds(messages, messages, 'Archive')
        },
      )
    })
  }
})
