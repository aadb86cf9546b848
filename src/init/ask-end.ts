// Asks for everything that one end of a new pair needs: the address, the server, the password.
import type { NewEnd, NewLogin } from '../config/new-config.ts'
import type { SecretReference } from '../config/secret-reference.ts'
import { escapeText } from '../core/printable.ts'
import { type Provider, providerOf, providers } from '../core/providers.ts'
import { takesNoPasswords } from '../core/sign-in-advice.ts'
import type { Protocol } from '../discovery/guess.ts'
import type { Questions } from '../questions/questions.ts'
import { chooseServer, type Find, type Server, titles } from './choose-server.ts'
import { faultOfAddress, type GivenEnd, usage } from './given.ts'
import { passwordAdvice } from './password-advice.ts'

/** A password that was typed or piped in, to be kept; the place where it is kept already; or signing in with OAuth. */
export type Answer =
  | { readonly kind: 'typed'; readonly secret: string }
  | { readonly kind: 'reference'; readonly reference: SecretReference }
  | { readonly kind: 'sign-in'; readonly login: NewLogin }

/** One end, answered. */
export interface AnsweredEnd {
  readonly email: string
  readonly server: Server
  readonly password: Answer
}

/** Who is asked, and what is known without asking. */
export interface AskOptions {
  /** For what is missing; undefined where nobody is there. */
  readonly questions: Questions | undefined
  /** Whether guesses are shown to be agreed to. */
  readonly agrees: boolean
  readonly say: (text: string) => void
  readonly find: Find
  /** The next line of standard input. */
  readonly nextLine: () => Promise<string>
}

const descriptions = {
  pop3: 'old account, which the mail comes from',
  imap: 'new account, which the mail goes to',
} as const

/** Everything for one end. Errors: usage, interrupted. */
export async function askEnd(protocol: Protocol, given: GivenEnd, options: AskOptions): Promise<AnsweredEnd> {
  const { questions, agrees, say, find } = options
  const email = given.email ?? given.user ?? (await askAddress(protocol, questions))
  const conversation = { questions: agrees ? questions : undefined, say }
  const server = await chooseServer(email, protocol, given, find, conversation)
  const password = await passwordOf(server, protocol, given, options)
  return { email, server, password }
}

async function askAddress(protocol: Protocol, questions: Questions | undefined): Promise<string> {
  if (questions) return questions.text(`E-mail address of the ${descriptions[protocol]}`, '', faultOfAddress)
  throw usage('An address is missing.', 'Name both: --email1 and --email2.')
}

async function passwordOf(server: Server, protocol: Protocol, given: GivenEnd, options: AskOptions): Promise<Answer> {
  if (given.password?.kind === 'reference') return given.password
  if (given.password?.kind === 'stdin') return { kind: 'typed', secret: await options.nextLine() }
  if (options.questions) return askLogin(server, protocol, options.questions)
  throw usage('A password is missing.', 'Name the place where each is kept: --password1 and --password2.')
}

const signIns = new Map<Provider, 'google' | 'microsoft'>([
  [providers.gmail, 'google'],
  [providers.outlook, 'microsoft'],
])

/** Asks how to log in where there is a choice, and for what that needs. */
export async function askLogin(server: Server, protocol: Protocol, questions: Questions): Promise<Answer> {
  const provider = signIns.get(providerOf(server.host))
  if (provider === undefined) return askPassword(server, protocol, questions)
  const password = { value: 'password', label: 'with an app password' } as const
  const signIn = { value: 'sign-in', label: 'by signing in with OAuth', hint: 'needs a client id of your own' } as const
  const choices = takesNoPasswords(server.host) ? [signIn, password] : [password, signIn]
  const way = await questions.choose(`How do you log in at ${server.host}?`, choices)
  return way === 'password' ? askPassword(server, protocol, questions) : askClient(provider, questions)
}

async function askClient(provider: 'google' | 'microsoft', questions: Questions): Promise<Answer> {
  const filled = (answer: string) => (answer === '' ? 'docs/sign-in-with-oauth.md says how to get one.' : undefined)
  const clientId = await questions.text('Client id of your registration', '', filled)
  if (provider === 'microsoft') return { kind: 'sign-in', login: { auth: { oauth2: { provider, clientId } } } }
  const usual = '~/.config/mailhaul/google-client-secret'
  const file = await questions.text('File with the client secret that Google gave it (chmod 600)', usual, filled)
  return { kind: 'sign-in', login: { auth: { oauth2: { provider, clientId, clientSecret: { file } } } } }
}

/** Asks for a password, after what is to be known about it. */
async function askPassword(server: Server, protocol: Protocol, questions: Questions): Promise<Answer> {
  const advice = passwordAdvice(server.host, server.wantsOAuth)
  if (advice) questions.warn(advice)
  const secret = await questions.password(
    `Password of ${escapeText(server.user, 120)} at the ${titles[protocol]} server ${server.host} (nothing is shown)`,
  )
  return { kind: 'typed', secret }
}

/** The end as it is written down, with this login. */
export function newEnd({ server }: AnsweredEnd, login: NewLogin, loginNote: string): NewEnd {
  const { host, port, tls, user, origin } = server
  return { host, port, tls, user, login, hostNote: origin, loginNote }
}

/** The login as it goes into the configuration; a typed password as it is, to be tried. */
export function loginOf(password: Answer): NewLogin {
  if (password.kind === 'sign-in') return password.login
  return { password: password.kind === 'typed' ? password.secret : password.reference }
}
