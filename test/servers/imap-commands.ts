// The table of IMAP commands, and those that are only a few lines long.

import { fetch } from './imap-fetch.ts'
import { create, remove, subscribe, unsubscribe } from './imap-folders.ts'
import { list, lsub } from './imap-list.ts'
import { authenticate, login, starttls } from './imap-login.ts'
import { copy, expunge, store } from './imap-messages.ts'
import { wordsOf } from './imap-parser.ts'
import { search } from './imap-search.ts'
import { close, examine, idle, select, unselect } from './imap-select.ts'
import type { ImapCommand, ImapSession } from './imap-session.ts'
import { getQuota, getQuotaRoot, myRights, namespace, status } from './imap-status.ts'

/** A command's handler; it sends the tagged answer too. */
export type ImapHandler = (session: ImapSession, command: ImapCommand) => Promise<void>

/** A command, when it is allowed (RFC 3501 §3), and the capability without which it is unknown. */
export type ImapCommandEntry = {
  readonly when: 'always' | 'before-login' | 'after-login' | 'selected'
  readonly needs?: string
  readonly run: ImapHandler
}

/** Every command but APPEND, by its verb in capitals. */
export const imapCommands: Readonly<Record<string, ImapCommandEntry>> = {
  CAPABILITY: { when: 'always', run: capability },
  NOOP: { when: 'always', run: done },
  CHECK: { when: 'selected', run: done },
  LOGOUT: { when: 'always', run: logout },
  ID: { when: 'always', needs: 'ID', run: id },
  ENABLE: { when: 'after-login', needs: 'ENABLE', run: enable },
  STARTTLS: { when: 'before-login', run: starttls },
  LOGIN: { when: 'before-login', run: login },
  AUTHENTICATE: { when: 'before-login', run: authenticate },
  NAMESPACE: { when: 'after-login', needs: 'NAMESPACE', run: namespace },
  LIST: { when: 'after-login', run: list },
  LSUB: { when: 'after-login', run: lsub },
  CREATE: { when: 'after-login', run: create },
  DELETE: { when: 'after-login', run: remove },
  SUBSCRIBE: { when: 'after-login', run: subscribe },
  UNSUBSCRIBE: { when: 'after-login', run: unsubscribe },
  STATUS: { when: 'after-login', run: status },
  GETQUOTA: { when: 'after-login', needs: 'QUOTA', run: getQuota },
  GETQUOTAROOT: { when: 'after-login', needs: 'QUOTA', run: getQuotaRoot },
  MYRIGHTS: { when: 'after-login', needs: 'ACL', run: myRights },
  SELECT: { when: 'after-login', run: select },
  EXAMINE: { when: 'after-login', run: examine },
  CLOSE: { when: 'selected', run: close },
  UNSELECT: { when: 'selected', needs: 'UNSELECT', run: unselect },
  IDLE: { when: 'after-login', needs: 'IDLE', run: idle },
  FETCH: { when: 'selected', run: fetch },
  'UID FETCH': { when: 'selected', run: fetch },
  SEARCH: { when: 'selected', run: search },
  'UID SEARCH': { when: 'selected', run: search },
  STORE: { when: 'selected', run: store },
  'UID STORE': { when: 'selected', run: store },
  COPY: { when: 'selected', run: copy },
  'UID COPY': { when: 'selected', run: copy },
  MOVE: { when: 'selected', needs: 'MOVE', run: copy },
  'UID MOVE': { when: 'selected', needs: 'MOVE', run: copy },
  EXPUNGE: { when: 'selected', run: expunge },
  'UID EXPUNGE': { when: 'selected', needs: 'UIDPLUS', run: expunge },
}

async function done(session: ImapSession, { tag, verb }: ImapCommand): Promise<void> {
  await session.complete(tag, `OK ${verb} completed`)
}

async function capability(session: ImapSession, { tag }: ImapCommand): Promise<void> {
  await session.untagged(`CAPABILITY ${session.capabilities().join(' ')}`)
  await session.complete(tag, 'OK CAPABILITY completed')
}

async function logout(session: ImapSession, { tag }: ImapCommand): Promise<void> {
  await session.untagged('BYE Logging out')
  await session.complete(tag, 'OK LOGOUT completed')
  await session.socket.end()
}

async function id(session: ImapSession, { tag }: ImapCommand): Promise<void> {
  await session.untagged('ID ("name" "mailhaul test server")')
  await session.complete(tag, 'OK ID completed')
}

async function enable(session: ImapSession, { tag, values }: ImapCommand): Promise<void> {
  const wanted = values.flatMap(wordsOf).map((word) => word.toUpperCase())
  const enabled = wanted.filter((word) => word === 'UTF8=ACCEPT' && session.has(word))
  if (enabled.length > 0) session.hasUtf8 = true
  await session.untagged(['ENABLED', ...enabled].join(' '))
  await session.complete(tag, 'OK ENABLE completed')
}
