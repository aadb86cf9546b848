// Why a pair did not get through, in a dozen groups: what somebody with a thousand pairs sorts them by.
import type { ErrorCode } from './errors.ts'
import type { PairSummary } from './events.ts'

/** Every cause there is, with what it means to people, in the order in which they should be looked at. */
export const causeMeaning = {
  auth: 'the login was refused',
  secret: 'there is no password to log in with',
  tls: 'the encrypted connection cannot be trusted',
  connection: 'the server was not reached, or the connection was lost',
  locked: 'somebody else is using the mailbox, or another run is',
  throttled: 'the server, or a limit of yours, allows no more for now',
  quota: 'the destination is full',
  destination: 'the destination does not let the mail in',
  protocol: 'a server does not keep to the protocol',
  machine: 'disk, spool or ledger on this machine',
  configuration: 'the configuration has to be changed',
  fault: 'a fault in mailhaul',
  partial: 'finished, and some messages did not make it',
  unconfirmed: 'a removal waits to be confirmed: sync --yes',
  interrupted: 'the run was stopped before the pair was through',
  done: 'everything is settled',
} as const

/** Why a pair did not get through; `done` where it did. */
export type Cause = keyof typeof causeMeaning

/** All causes, worst first. */
export const causes = Object.keys(causeMeaning) as readonly Cause[]

const causeOfCode: Readonly<Record<ErrorCode, Cause>> = {
  usage: 'configuration',
  config: 'configuration',
  unconfirmed: 'unconfirmed',
  secret: 'secret',
  auth: 'auth',
  'login-delayed': 'throttled',
  'in-use': 'locked',
  connect: 'connection',
  dns: 'connection',
  tls: 'tls',
  timeout: 'connection',
  disconnected: 'connection',
  temporary: 'connection',
  throttled: 'throttled',
  quota: 'quota',
  protocol: 'protocol',
  unsupported: 'protocol',
  'permission-denied': 'destination',
  'no-folder': 'destination',
  'same-mailbox': 'configuration',
  'append-refused': 'destination',
  'append-unknown': 'destination',
  'too-big': 'destination',
  nul: 'destination',
  'bare-newlines': 'destination',
  'long-lines': 'destination',
  '8bit-headers': 'destination',
  'bad-header': 'destination',
  unrenderable: 'protocol',
  incomplete: 'protocol',
  vanished: 'protocol',
  'uidvalidity-changed': 'destination',
  locked: 'locked',
  'disk-full': 'machine',
  ledger: 'machine',
  spool: 'machine',
  quarantine: 'machine',
  internal: 'fault',
  interrupted: 'interrupted',
}

/** The cause of how a pair ended. */
export function causeOf({ error, exitCode }: Pick<PairSummary, 'error' | 'exitCode'>): Cause {
  if (error !== undefined) return causeOfCode[error.code]
  return exitCode === 0 ? 'done' : 'partial'
}
