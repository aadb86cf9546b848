// The schema of a password in the configuration: where it is kept, or the password itself.
import { z } from 'zod'
import { map, type Parsed, parsedBy, text } from './parsed.ts'

/** What to write for a password. */
export const secretInstead =
  'write one of { keyring: true }, { env: NAME }, { command: [program, word] }, { file: PATH }, { credential: NAME }, { prompt: true }'

/** Why this text cannot be a password in POP3 and IMAP, or undefined when it can; never holds the text. */
export function faultOfSecret(secret: string): string | undefined {
  if (secret === '') return 'it is empty'
  return /[\0\r\n]/.test(secret) ? 'it holds a line break or a NUL, which POP3 and IMAP cannot carry' : undefined
}

function parsePlainSecret(secret: string): Parsed<string> {
  const fault = faultOfSecret(secret)
  return fault ? { ok: false, problem: fault, instead: secretInstead } : { ok: true, value: secret }
}

function parseEnvironmentName(name: string): Parsed<string> {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return { ok: true, value: name }
  return { ok: false, problem: 'this is not the name of an environment variable', instead: environmentInstead }
}

function parseCredentialName(name: string): Parsed<string> {
  if (/^[^/\0]{1,255}$/.test(name) && name !== '.' && name !== '..') return { ok: true, value: name }
  return { ok: false, problem: 'this is not the name of a systemd credential', instead: credentialInstead }
}

const environmentInstead = 'write its name alone, without $ and without the password: { env: ALICE_PASSWORD }'
const credentialInstead = 'write the name that LoadCredential= gives it: { credential: alice }'
const commandInstead =
  'write a list of program and arguments, which no shell reads: { command: [pass, show, mail/alice] }'
const promptInstead = 'write { prompt: true }: it is asked for on the terminal'
const keyringInstead = 'write { keyring: true }, or { keyring: { service: NAME, account: NAME } }'

const env = parsedBy(z.string({ error: environmentInstead }), parseEnvironmentName)
const word = z.string({ error: commandInstead }).regex(/^[^\0]*$/)

/** A program and its arguments. */
export const commandReference = z.tuple([word.min(1)], word, { error: commandInstead })

const file = text('write the path of a file that holds the password alone')
const credential = parsedBy(z.string({ error: credentialInstead }), parseCredentialName)
const place = map(
  {
    service: text('write the name of the service').optional(),
    account: text('write the name of the account').optional(),
  },
  keyringInstead,
)

/** Where a password is kept. A plain string is the password itself: then its owner alone may read the file. */
export const secretReference = z
  .union(
    [
      parsedBy(z.string({ error: secretInstead }), parsePlainSecret).describe('The password itself'),
      map({ keyring: z.union([z.literal(true), place], { error: keyringInstead }) }, secretInstead).describe(
        "The operating system's keyring, filled with: mailhaul secret set",
      ),
      map({ env }, secretInstead).describe('The name of an environment variable'),
      map({ command: commandReference }, secretInstead).describe(
        'A program and its arguments, run without a shell, that prints the password',
      ),
      map({ file }, secretInstead).describe('A file that only its owner can read'),
      map({ credential }, secretInstead).describe('A systemd credential ($CREDENTIALS_DIRECTORY)'),
      map({ prompt: z.literal(true, { error: promptInstead }) }, secretInstead).describe(
        'Asked for on the terminal, once per account and run; kept nowhere',
      ),
    ],
    { error: secretInstead },
  )
  .describe('Where the password is kept')

/** Where a password is kept, as the configuration says it. */
export type SecretReference = z.infer<typeof secretReference>

/** Where something secret of mailhaul's own can be kept, which is no pair's: for a union. */
export function ownSecretPlaces(instead: string) {
  return [
    map({ env }, instead).describe('The name of an environment variable'),
    map({ command: commandReference }, instead).describe('A program and its arguments that prints it'),
    map({ file }, instead).describe('A file that only its owner can read'),
    map({ credential }, instead).describe('A systemd credential ($CREDENTIALS_DIRECTORY)'),
  ] as const
}

/** Where something secret of mailhaul's own is kept. */
export type OwnSecret = z.infer<ReturnType<typeof ownSecretPlaces>[number]>
