// Asks for everything that one end of a new pair needs: the address, the server, the password.
import type { NewEnd } from '../config/new-config.ts'
import type { SecretReference } from '../config/secret-reference.ts'
import { escapeText } from '../core/printable.ts'
import type { Protocol } from '../discovery/guess.ts'
import type { Questions } from '../questions/questions.ts'
import { chooseServer, type Find, type Server, titles } from './choose-server.ts'
import { faultOfAddress, type GivenEnd, usage } from './given.ts'
import { passwordAdvice } from './password-advice.ts'

/** A password that was typed or piped in, to be kept; or the place where it is kept already. */
export type Answer =
  | { readonly kind: 'typed'; readonly secret: string }
  | { readonly kind: 'reference'; readonly reference: SecretReference }

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
  if (options.questions) return askPassword(server, protocol, options.questions)
  throw usage('A password is missing.', 'Name the place where each is kept: --password1 and --password2.')
}

/** Asks for a password, after what is to be known about it. */
export async function askPassword(server: Server, protocol: Protocol, questions: Questions): Promise<Answer> {
  const advice = passwordAdvice(server.host, server.wantsOAuth)
  if (advice) questions.warn(advice)
  const secret = await questions.password(
    `Password of ${escapeText(server.user, 120)} at the ${titles[protocol]} server ${server.host} (nothing is shown)`,
  )
  return { kind: 'typed', secret }
}

/** The end as it is written down, with this password. */
export function newEnd({ server }: AnsweredEnd, password: SecretReference, passwordNote: string): NewEnd {
  const { host, port, tls, user, origin } = server
  return { host, port, tls, user, password, hostNote: origin, passwordNote }
}
