// docs/errors.md: every exit code and every error code, with what to do.
import { type ErrorCode, exitCodeOf } from '../../src/core/errors.ts'
import { remedyOfError } from '../../src/core/remedy.ts'
import { cell } from './schema-rows.ts'

/** Every exit code there is. */
const exitCodes: Readonly<Record<number, readonly [meaning: string, what: string]>> = {
  0: ['everything settled, or nothing new', 'Nothing.'],
  1: [
    'unexpected failure',
    'Read what is printed: this machine, the ledger, or a server that does not keep to its protocol.',
  ],
  2: [
    'usage or configuration, or a removal that nobody has confirmed yet',
    'Mend what is named; nothing was begun. A removal is confirmed by `mailhaul sync --yes`.',
  ],
  3: [
    'finished, some messages did not make it',
    'They are listed, each with its reason and what would bring it over; `mailhaul status` lists them again.',
  ],
  4: [
    'authentication',
    'Mend the password or sign in again, try it with `mailhaul check`, then `mailhaul sync --now`.',
  ],
  5: ['connection or TLS', 'Run it again later; if it goes on, `mailhaul check` says what is in the way.'],
  6: [
    'quota or budget reached',
    'Run it again later: a daily budget begins anew at 00:00 UTC; a full mailbox needs room first.',
  ],
  7: ['another run holds this pair', 'Wait until it is through, or stop it; one that has died holds nothing.'],
  130: ['interrupted', 'Run it again: it goes on where it was.'],
}

/** What each code says. */
const meanings: Readonly<Record<ErrorCode, string>> = {
  usage: 'the command line does not say what mailhaul can do',
  config: 'the configuration does not hold, or cannot be read',
  unconfirmed: 'something would be removed for the first time, and nobody has said yes',
  secret: 'a password or token could not be had from where it is kept',
  auth: 'the server refused the login',
  'login-delayed': 'the server wants more time between logins (LOGIN-DELAY)',
  'in-use': 'another session holds the maildrop',
  connect: 'no connection could be made',
  dns: 'the name of the server was not found',
  tls: 'TLS could not be had, or the certificate is not the one to expect',
  timeout: 'the server fell silent',
  disconnected: 'the connection was lost',
  temporary: 'the server says that it cannot just now',
  throttled: 'the server wants to be used less, or a budget of yours is used up',
  quota: 'the mailbox is full',
  protocol: 'the server does not keep to its protocol in a way that mailhaul can go on with',
  unsupported: 'the server lacks what this needs',
  'permission-denied': 'the account may not do that',
  'no-folder': 'the folder is not there and could not be made',
  'same-mailbox': 'both ends show the same mailbox',
  'append-refused': 'the destination refused the message',
  'append-unknown': 'the answer to an append was lost, and the destination could not be asked yet',
  'too-big': 'the message is larger than the destination takes',
  nul: 'the destination refuses NUL octets',
  'bare-newlines': 'the destination refuses line ends that are not CRLF',
  'long-lines': 'the destination refuses lines so long',
  '8bit-headers': 'the destination refuses 8-bit octets in headers',
  'bad-header': 'the destination finds fault with a header',
  unrenderable: 'the source cannot serve the message, or not as it is',
  incomplete: 'the source ended the message before its end',
  vanished: 'the message went away from the source before it was fetched',
  'uidvalidity-changed': 'the folder was made anew meanwhile',
  locked: 'another run holds this pair',
  'disk-full': 'the disk of this machine is full',
  ledger: 'the ledger cannot be used: damaged, not writable, or of another version',
  spool: 'mail on its way could not be written to this disk',
  quarantine: 'a refused message could not be kept',
  internal: 'a fault in mailhaul',
  interrupted: 'somebody stopped the run',
}

const head = `# Errors and exit codes

Made by \`npm run generate\` from the lists in the code. Every error says in a sentence what went wrong and what to do; \`--json\`
and \`--events\` carry its code, how far it reaches (\`scope\`: message, pair, host or run) and when trying again helps
(\`retry\`: now, later or never). With several pairs the exit code is the most serious one.
`

/** The page as a whole. */
export function renderErrors(): string {
  const exits = Object.entries(exitCodes).map(([code, [meaning, what]]) => `| ${code} | ${meaning} | ${what} |`)
  const codes = Object.entries(exitCodeOf) as [ErrorCode, number][]
  const rows = codes.map(
    ([code, exit]) => `| \`${code}\` | ${exit} | ${cell(meanings[code])} | ${cell(remedyOfError(code))} |`,
  )
  return [
    head,
    `## Exit codes\n\n| exit code | meaning | what to do |\n|---|---|---|\n${exits.join('\n')}\n`,
    `## Error codes\n\n| code | exit | what it says | what to do |\n|---|---|---|---|\n${rows.join('\n')}\n`,
  ].join('\n')
}
