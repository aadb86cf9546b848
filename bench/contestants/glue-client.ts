// The twenty lines: node-pop3 fetches, imapflow appends.
import { ImapFlow } from 'imapflow'
import Pop3Command from 'node-pop3'
import { readRound } from './round-file.ts'

const hungMilliseconds = 30_000

const round = readRound()
let done = 0
// node-pop3 may wait for ever where a reply's last line comes in two pieces.
const watch = setTimeout(() => {
  console.error(`nothing came for ${hungMilliseconds / 1000} seconds, after ${done} messages`)
  process.exit(3)
}, hungMilliseconds)

for (const { source, destination } of round.pairs) {
  const pop3 = new Pop3Command({ host: '127.0.0.1', ...source })
  const imap = new ImapFlow({
    host: '127.0.0.1',
    port: destination.port,
    secure: false,
    doSTARTTLS: false,
    auth: { user: destination.user, pass: destination.password },
    logger: false,
  })
  await imap.connect()
  for (const [number] of await pop3.UIDL()) {
    const text = await pop3.RETR(Number(number))
    await imap.append('INBOX', Buffer.from(text))
    done++
    watch.refresh()
  }
  await pop3.QUIT()
  await imap.logout()
}
clearTimeout(watch)
