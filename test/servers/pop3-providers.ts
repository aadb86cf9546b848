// The POP3 test server as some providers run theirs: what a session shows, and what a retrieval does to it.

import type { Pop3Faults } from './pop3-faults.ts'

/** What Gmail's CAPA lists. LOGIN-DELAY is left out: a test adds it where it is about that. */
export const gmailCapabilities: readonly string[] = ['USER', 'RESP-CODES', 'EXPIRE 0', 'TOP', 'UIDL', 'X-GOOGLE-RICO']

/**
 * Gmail (A50, A51): so many of the oldest messages that nobody has popped; its settings keep what DELE is to remove.
 * Sources disagree on whether a message is popped by RETR or by the QUIT behind it.
 */
export function gmail(count: number, pops: 'at-retr' | 'at-quit'): Pop3Faults {
  return { window: { count, of: 'oldest' }, pops, quit: 'keeps' }
}

/** WildDuck (A54), and providers that show what is recent (A53): so many of the newest messages. */
export function newestOnly(count: number): Pop3Faults {
  return { window: { count, of: 'newest' } }
}
