// What would bring a message over that did not make it: one table by error and outcome, in plain words.
import type { ErrorCode } from './errors.ts'
import type { Outcome, OutcomeKind } from './outcome.ts'

const again = 'then run mailhaul sync --retry-failed'
const later = 'Nothing has to be done: the next mailhaul sync takes it up.'
const repair = (name: string) =>
  `Allow the repair (destination: repair: [${name}]), which changes these bytes and nothing else; ${again}.`

const tooBig = `Have the limit of the destination raised, ${again}; or save it from the source by hand.`
const refused = `The reason is the destination's: mend its cause there, ${again}.`

/** By the code of the error, where that says more than the outcome. */
const byCode = {
  'too-big': tooBig,
  nul: repair('nul'),
  'bare-newlines': repair('bare-newlines'),
  'long-lines': repair('long-lines'),
  '8bit-headers': repair('8bit-headers'),
  'bad-header': `The destination wants other headers: store it elsewhere by hand (quarantine keeps its bytes), or have the rule relaxed, ${again}.`,
  unrenderable: 'The source cannot serve it whole: look at it in webmail, or ask the provider of the source.',
  incomplete: 'The source cut it short: the next mailhaul sync asks for it again. If that goes on, ask its provider.',
  'append-refused': refused,
  'append-unknown': `Look for it at the destination. If it is not there: mailhaul sync --retry-failed sends it once more.`,
  quota: 'Make room at the destination, or have its quota raised; then run mailhaul sync again.',
  throttled: 'Wait until the limit is over; then run mailhaul sync again.',
  auth: 'Mend the sign-in first (mailhaul check shows which); then run mailhaul sync again.',
  secret: 'Mend the password first (mailhaul check shows which); then run mailhaul sync again.',
  unconfirmed: 'Confirm removals with mailhaul sync --yes, or set leave: keep.',
  'permission-denied': 'Get the right to write to the folder, or name another one; then run mailhaul sync again.',
  'no-folder': 'Make the folder, or name another one; then run mailhaul sync again.',
  'same-mailbox': 'Check both hosts and users: they are one mailbox, and nothing has to be moved.',
  'uidvalidity-changed': later,
  'disk-full': 'Make room on the disk of mailhaul; then run mailhaul sync again.',
  spool: 'Make room for the spool beside the ledger; then run mailhaul sync again.',
  quarantine: 'Mend the quarantine directory; then run mailhaul sync again.',
  ledger: 'Look the ledger over with mailhaul ledger check; then run mailhaul sync again.',
  tls: 'Mend the certificate, or tell mailhaul about it (tls, ca, fingerprint); then run mailhaul sync again.',
  locked: 'Another run works on this pair: wait until it has finished.',
  interrupted: later,
  internal: 'This is a fault in mailhaul: please report it with the output of --verbose.',
} as const satisfies Partial<Record<ErrorCode, string>>

/** By the code of an error that says nothing of a message: those end a pair, or a run before it begins. */
const ofRuns: Readonly<Record<Exclude<ErrorCode, keyof typeof byCode>, string>> = {
  usage: 'Look at mailhaul help, or mailhaul help VERB.',
  config: 'Mend what is named: all problems are told at once, each with its place and what to write instead.',
  'login-delayed': 'Nothing has to be done: run it again after the time that the server wants.',
  'in-use':
    'End the other program that reads the maildrop, or wait: some servers hold it for minutes after a lost connection.',
  connect: 'Look at host and port (mailhaul check), the network and firewalls; then run it again.',
  dns: 'Look at the spelling of the host, and whether this machine finds other names.',
  timeout: 'Run it again: it goes on where it was. If that goes on, ask the operator of the server.',
  disconnected: 'Run it again: it goes on where it was. If that goes on, ask the operator of the server.',
  temporary: 'Run it again later. If that goes on, ask the operator of the server.',
  protocol: 'Report it with the output of --verbose: a habit of a server that mailhaul does not know yet.',
  unsupported: 'The server cannot do what is asked for: the sentence says what to configure otherwise.',
  vanished: 'Nothing has to be done: somebody, or another program, has removed it at the source.',
}

/** By outcome. What the owner wanted so needs no remedy; nor has what is gone. */
const byOutcome: Readonly<Partial<Record<OutcomeKind, string>>> = {
  'too-big': tooBig,
  rejected: refused,
  failed: 'The next mailhaul sync tries again, five times in all; after that, mailhaul sync --retry-failed does.',
  pending: later,
}

/** What would bring this message over; undefined where nothing has to be done, or nothing can. */
export function remedyOf({ kind, code }: Pick<Outcome, 'kind' | 'code'>): string | undefined {
  if (byOutcome[kind] === undefined) return undefined
  return (code && isTold(code) ? byCode[code] : undefined) ?? byOutcome[kind]
}

/** What to do about an error, for every code there is. */
export function remedyOfError(code: ErrorCode): string {
  return isTold(code) ? byCode[code] : ofRuns[code]
}

function isTold(code: ErrorCode): code is keyof typeof byCode {
  return code in byCode
}
