// Quirks of INTERNALDATE: what a destination does with dates, and what headers claim (group B of the catalogue).
import assert from 'node:assert/strict'
import { parseHeaders } from '../../src/core/headers.ts'
import { internalDateOf } from '../../src/core/internal-date.ts'
import { withWorld } from '../scenarios/world.ts'
import { quirk } from './quirk.ts'

quirk('B26', 'Dates sent to a server lie between 1970 and now, whatever the headers claim.', () => {
  const now = Date.UTC(2026, 5, 1)
  for (const date of [
    '1 Jan 1900 00:00:00 +0000',
    '31 Dec 1969 23:59:59 +0000',
    '1 Jan 2999 00:00:00 +0000',
    '29 Feb 2023 12:00:60 +0000',
    '1 Jan 0099 00:00:00 +0000',
  ]) {
    const fields = parseHeaders(Buffer.from(`Date: ${date}\r\n\r\n`))
    const { instant } = internalDateOf(fields, { listedAt: now, now })
    assert.ok(instant >= Date.UTC(1970, 0, 2) && instant <= now + 86_400_000, `${date}: ${instant}`)
  }
})

quirk(
  'B27',
  'The topmost Received says when a message arrived, then Date, then the time of listing; the report says how often each was used.',
  () => {
    const received = 'Received: from a by b; Tue, 3 Mar 2015 10:00:00 +0100\r\n'
    const older = 'Received: from x by a; Mon, 2 Mar 2015 09:00:00 +0000\r\n'
    const date = 'Date: Sun, 1 Mar 2015 08:00:00 +0000\r\n'
    const messages = [`${received}${older}${date}`, date, 'Received: nonsense; (Invalid)\r\n'].map((headers) =>
      Buffer.from(`${headers}Subject: x\r\n\r\nbody\r\n`),
    )
    return withWorld({ messages }, async (world) => {
      const { dateRules } = await world.run()
      assert.deepEqual(dateRules, { received: 1, date: 1, listing: 1 })
      const dates = world.imap.folder('alice', 'INBOX').messages.map(({ internalDate }) => internalDate)
      assert.deepEqual(dates.slice(0, 2), [' 3-Mar-2015 09:00:00 +0000', ' 1-Mar-2015 08:00:00 +0000'])
    })
  },
)

quirk('B28', 'No unreadable date is ever sent: every stored message has one that can be read.', () => {
  const bad = ['', 'Date: garbage\r\n', 'Date: 99 Foo 12345 77:88:99\r\n', 'Date: Thu, 0 Jan 1 00:00 EST5EDT\r\n']
  const messages = bad.map((date, at) => Buffer.from(`${date}Subject: ${at}\r\n\r\nx\r\n`))
  return withWorld({ messages }, async (world) => {
    assert.equal((await world.run()).tally.copied.count, bad.length)
    for (const { internalDate } of world.imap.folder('alice', 'INBOX').messages)
      assert.ok(Date.parse(internalDate) > 0, internalDate)
  })
})
