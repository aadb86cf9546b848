// What was given on the command line for the two ends of a new pair, checked; and what is missing where nobody can be asked.
import { resolve } from 'node:path'
import { type SecretReference, secretReference } from '../config/secret-reference.ts'
import { MailhaulError } from '../core/errors.ts'
import { parseMailAddress } from '../core/mail-address.ts'

/** Options of the verb, as commander gives them: 1 is the old account (POP3), 2 the new one (IMAP). */
export interface InitFlags {
  readonly email1?: string
  readonly email2?: string
  readonly host1?: string
  readonly host2?: string
  readonly port1?: string
  readonly port2?: string
  readonly tls1?: string
  readonly tls2?: string
  readonly user1?: string
  readonly user2?: string
  readonly password1?: string
  readonly password2?: string
  readonly name?: string
  readonly tellAddress?: boolean
  readonly overwrite?: boolean
  readonly yes?: boolean
}

/** Where a password comes from: a place that goes into the configuration, or the first line of standard input. */
export type GivenPassword =
  | { readonly kind: 'stdin' }
  | { readonly kind: 'reference'; readonly reference: SecretReference }

/** How a connection is encrypted. */
export type Tls = 'implicit' | 'starttls' | 'none'

/** What was given for one end. */
export interface GivenEnd {
  readonly email: string | undefined
  readonly host: string | undefined
  readonly port: number | undefined
  readonly tls: Tls | undefined
  readonly user: string | undefined
  readonly password: GivenPassword | undefined
}

/** Both ends. Error: usage, naming the option at fault. */
export function readFlags(
  flags: InitFlags,
  cwd: string,
): { readonly source: GivenEnd; readonly destination: GivenEnd } {
  const { email1, host1, port1, tls1, user1, password1, email2, host2, port2, tls2, user2, password2 } = flags
  return {
    source: readEnd({ email: email1, host: host1, port: port1, tls: tls1, user: user1, password: password1 }, 1, cwd),
    destination: readEnd(
      { email: email2, host: host2, port: port2, tls: tls2, user: user2, password: password2 },
      2,
      cwd,
    ),
  }
}

type Texts = { readonly [name in keyof GivenEnd]: string | undefined }

function readEnd({ email, host, port, tls, user, password }: Texts, at: 1 | 2, cwd: string): GivenEnd {
  const fault = email === undefined ? undefined : faultOfAddress(email)
  if (fault !== undefined) throw usage(`--email${at}: ${fault}`, `Write --email${at} alice@example.com.`)
  return {
    email,
    host,
    port: port === undefined ? undefined : readPort(port, at),
    tls: tls === undefined ? undefined : readTls(tls, at),
    user,
    password: password === undefined ? undefined : readPassword(password, at, cwd),
  }
}

/** Why this is no address of a mailbox, or undefined where it is one. */
export function faultOfAddress(text: string): string | undefined {
  return parseMailAddress(text) ? undefined : 'This is not an e-mail address.'
}

/** A port, or undefined. */
export function portOf(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65535 ? port : undefined
}

function readPort(text: string, at: 1 | 2): number {
  const port = portOf(text)
  if (port === undefined) throw usage(`--port${at}: this is not a port.`, 'Write a number from 1 to 65535.')
  return port
}

function readTls(text: string, at: 1 | 2): Tls {
  if (text === 'implicit' || text === 'starttls' || text === 'none') return text
  throw usage(`--tls${at}: this is not possible.`, 'Write implicit, starttls, or none (for a server on this machine).')
}

const passwordForms = 'env:NAME, file:PATH, credential:NAME, command:PROGRAM WORDS, prompt, keyring or stdin'

// What is given here is a place, never the password: whatever stands in the arguments can be seen by everybody.
function readPassword(text: string, at: 1 | 2, cwd: string): GivenPassword {
  if (text === 'stdin') return { kind: 'stdin' }
  const reference = referenceOf(text, cwd)
  if (reference && secretReference.safeParse(reference).success) return { kind: 'reference', reference }
  const message = `--password${at} takes the place where the password is kept, never the password itself.`
  throw usage(message, `Write ${passwordForms}.`)
}

function referenceOf(text: string, cwd: string): SecretReference | undefined {
  if (text === 'keyring') return { keyring: true }
  if (text === 'prompt') return { prompt: true }
  const [, kind, value = ''] = /^(env|file|credential|command):(.+)$/s.exec(text) ?? []
  if (kind === 'env') return { env: value }
  if (kind === 'file') return { file: resolve(cwd, value) }
  if (kind === 'credential') return { credential: value }
  const [program, ...words] = value.trim().split(/\s+/)
  return kind === 'command' && program ? { command: [program, ...words] } : undefined
}

/** Makes sure that nothing has to be asked. Error: usage, naming all that is missing. */
export function refuseToAsk(source: GivenEnd, destination: GivenEnd, yes: boolean): void {
  const missing = [source, destination].flatMap((end, index) => [
    ...(end.email === undefined && (end.host === undefined || end.user === undefined) ? [`--email${index + 1}`] : []),
    ...(end.password === undefined ? [`--password${index + 1}`] : []),
  ])
  if (!yes) missing.push('--yes')
  if (missing.length === 0) return
  const message = `There is no terminal to ask on, and not everything was given: ${missing.join(', ')}.`
  throw usage(message, `Passwords are given by their place: ${passwordForms}. mailhaul init --help has an example.`)
}

/** Error: usage. */
export function usage(message: string, hint: string): MailhaulError {
  return new MailhaulError({ code: 'usage', scope: 'run', retry: 'never', message, hint })
}
