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
const byCode: Readonly<Partial<Record<ErrorCode, string>>> = {
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
  return (code && byCode[code]) ?? byOutcome[kind]
}
