// The IMAP test server as Gmail runs it: labels in place of folders, a limit per message, and a budget per day.
import type { ImapFaults } from './imap-faults.ts'
import { type ImapServerOptions, imapCapabilities } from './imap-server.ts'

/** Octets of the largest message that Gmail takes, as its capability says. */
export const gmailAppendLimit = 35_651_584

/** A Gmail, and what it has counted today. */
export interface Gmail {
  readonly options: Pick<ImapServerOptions, 'capabilities' | 'faults' | 'users'>
  /** Octets of the messages that it has taken today. */
  readonly taken: () => number
  /** How often it has sent somebody away for bringing too much. */
  readonly sentAway: () => number
  newDay(): void
}

/** Gmail for one user: whoever brings more octets a day than this is sent away (B21). */
export function gmailServer(user: string, password: string, perDay: number): Gmail {
  let taken = 0
  let sentAway = 0
  const faults: ImapFaults = {
    hasLabels: true,
    append: ({ size }) => {
      taken += size
      if (taken <= perDay) return undefined
      sentAway += 1
      return { kind: 'bye', isStored: false, text: 'Account exceeded command or bandwidth limits. (Failure)' }
    },
  }
  const folders = [
    { path: '[Gmail]/All Mail', specialUse: '\\All' },
    { path: '[Gmail]/Sent Mail', specialUse: '\\Sent' },
    { path: '[Gmail]/Spam', specialUse: '\\Junk' },
    { path: '[Gmail]/Trash', specialUse: '\\Trash' },
  ]
  return {
    options: { capabilities: imapCapabilities.gmail, faults, users: [{ user, password, folders }] },
    taken: () => taken,
    sentAway: () => sentAway,
    newDay: () => {
      taken = 0
    },
  }
}
