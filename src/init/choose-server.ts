// Settles on the server of one end: as given, as found and agreed to, or as typed in.

import { parseHost } from '../config/host.ts'
import { escapeText } from '../core/printable.ts'
import type { Guess, Protocol } from '../discovery/guess.ts'
import { tlsPorts } from '../discovery/guess.ts'
import type { Questions } from '../questions/questions.ts'
import { type GivenEnd, portOf, type Tls, usage } from './given.ts'

/** A server and a name to log in with. */
export interface Server {
  readonly host: string
  readonly port: number
  readonly tls: Tls
  readonly user: string
  /** Where it is known from: `found by …`, or `as you said`. */
  readonly origin: string
  /** Whether the server's own domain says that it takes no passwords. */
  readonly wantsOAuth: boolean
}

/** Finds guesses for an address. */
export type Find = (address: string, protocol: Protocol) => Promise<readonly Guess[]>

/** Who can be asked, and who is told. */
export interface Conversation {
  /** Undefined where nothing is to be asked: then guesses are taken as they are. */
  readonly questions: Questions | undefined
  readonly say: (text: string) => void
}

/** Titles of the two protocols. */
export const titles = { pop3: 'POP3', imap: 'IMAP' } as const

/** The server of an end. Error: usage, where none is known and nobody can be asked. */
export async function chooseServer(
  email: string,
  protocol: Protocol,
  given: GivenEnd,
  find: Find,
  { questions, say }: Conversation,
): Promise<Server> {
  if (given.host !== undefined) return serverGiven(given.host, email, protocol, given)
  say(`Looking for the ${titles[protocol]} server of ${shown(email)}.`)
  const guesses = (await find(email, protocol)).map((guess) => adapted(guess, given))
  if (questions === undefined) return takeFirst(guesses, email, protocol, say)
  if (guesses.length === 0) {
    say('Nothing was found: the settings of the provider have its name.')
    return typedServer(email, protocol, undefined, questions)
  }
  return agreeOn(guesses, email, protocol, questions)
}

function serverGiven(
  host: string,
  email: string,
  protocol: Protocol,
  { port, tls = 'implicit', user }: GivenEnd,
): Server {
  const usual = tls === 'implicit' ? tlsPorts[protocol] : clearPorts[protocol]
  return { host, port: port ?? usual, tls, user: user ?? email, origin: 'as you said', wantsOAuth: false }
}

const clearPorts = { pop3: 110, imap: 143 } as const

function adapted(guess: Guess, { port, tls, user }: GivenEnd): Guess {
  const { tls: guessed } = guess
  return {
    ...guess,
    port: port ?? guess.port,
    tls: tls === 'none' ? guessed : (tls ?? guessed),
    user: user ?? guess.user,
  }
}

function takeFirst(guesses: readonly Guess[], email: string, protocol: Protocol, say: Conversation['say']): Server {
  const option = protocol === 'pop3' ? '--host1' : '--host2'
  const [first] = guesses
  if (first === undefined) {
    throw usage(`No ${titles[protocol]} server was found for ${shown(email)}.`, `Name it: ${option} HOST.`)
  }
  const guess = guesses.find(({ isForgeable }) => !isForgeable)
  if (guess === undefined) {
    const message = `The ${titles[protocol]} server of ${shown(email)} may be ${first.host} (found by ${first.origin}), but it lies outside that domain, and DNS can be forged.`
    throw usage(message, `If it is the right one, say so: ${option} ${first.host}.`)
  }
  say(`${titles[protocol]}: ${describeGuess(guess)}; found by ${guess.origin}.`)
  return serverOf(guess)
}

async function agreeOn(
  guesses: readonly Guess[],
  email: string,
  protocol: Protocol,
  questions: Questions,
): Promise<Server> {
  const choices = guesses.slice(0, 6).map((guess, index) => {
    return { value: String(index), label: describeGuess(guess), hint: `found by ${guess.origin}` }
  })
  for (const { label, hint } of choices) questions.say(`${label}\n${hint}`)
  const other = { value: 'other', label: 'another one, or other settings' }
  const chosen = await questions.choose(`Which ${titles[protocol]} server is it?`, [...choices, other])
  const guess = guesses[Number(chosen)]
  return guess ? serverOf(guess) : typedServer(email, protocol, guesses[0], questions)
}

/** Asks for everything, with what is known already standing there to be changed. */
export async function typedServer(
  email: string,
  protocol: Protocol,
  known: Pick<Server, 'host' | 'port' | 'user'> | undefined,
  questions: Questions,
): Promise<Server> {
  const host = await questions.text(`Name of the ${titles[protocol]} server`, known?.host ?? '', (answer) =>
    parseHost(answer).ok ? undefined : 'Write the name alone, such as mail.example.com.',
  )
  const tls = await questions.choose<'implicit' | 'starttls'>('How is the connection encrypted?', [
    { value: 'implicit', label: 'TLS from the first byte', hint: `port ${tlsPorts[protocol]}: the usual way` },
    { value: 'starttls', label: 'STARTTLS, required', hint: `port ${clearPorts[protocol]}` },
  ])
  const usual = tls === 'implicit' ? tlsPorts[protocol] : clearPorts[protocol]
  const port = await questions.text('Port', String(usual), (answer) =>
    portOf(answer) === undefined ? 'Write a number from 1 to 65535.' : undefined,
  )
  const user = await questions.text('Name to log in with', known?.user ?? email, (answer) =>
    answer === '' ? 'Write the name, often the whole address.' : undefined,
  )
  return { host, port: portOf(port) ?? usual, tls, user, origin: 'as you said', wantsOAuth: false }
}

function serverOf({ host, port, tls, user, origin, signIn }: Guess): Server {
  return { host, port, tls, user, origin: `found by ${origin}`, wantsOAuth: signIn === 'oauth' }
}

function describeGuess({ host, port, tls, user }: Guess): string {
  const words = tls === 'implicit' ? 'TLS' : 'STARTTLS'
  return `${host}, port ${port}, ${words}, as ${shown(user)}`
}

function shown(text: string): string {
  return escapeText(text, 120)
}
