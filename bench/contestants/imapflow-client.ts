// Four imapflow connections that append messages from memory.
import { ImapFlow } from 'imapflow'
import { readMessages, readRound } from './round-file.ts'

const connections = 4

for (const pair of readRound().pairs) {
  const waiting = readMessages(pair).values()
  const { port, user, password } = pair.destination
  const work = async () => {
    const imap = new ImapFlow({
      host: '127.0.0.1',
      port,
      secure: false,
      doSTARTTLS: false,
      auth: { user, pass: password },
      logger: false,
    })
    await imap.connect()
    for (const bytes of waiting) await imap.append('INBOX', bytes)
    await imap.logout()
  }
  await Promise.all(Array.from({ length: connections }, work))
}
