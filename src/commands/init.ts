// mailhaul init: two e-mail addresses become a configuration that works.
import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { NewEnd, NewPair } from '../config/new-config.ts'
import { shortPath } from '../config/paths.ts'
import { escapeText } from '../core/printable.ts'
import { findServers } from '../discovery/find-servers.ts'
import type { Protocol } from '../discovery/guess.ts'
import { httpsText } from '../discovery/https.ts'
import { systemLookup } from '../discovery/resolver.ts'
import { type AnsweredEnd, askEnd, askLogin, loginOf, newEnd } from '../init/ask-end.ts'
import type { Conversation, Find } from '../init/choose-server.ts'
import { typedServer } from '../init/choose-server.ts'
import { type InitFlags, readFlags, refuseToAsk, usage } from '../init/given.ts'
import { type Answers, store } from '../init/store.ts'
import { messagesKnown, type Tried, tryLogins } from '../init/try-logins.ts'
import { askOnTerminal, type Questions } from '../questions/questions.ts'
import { type CommandContext, composeOptions, present } from './context.ts'
import { plan } from './plan.ts'

/** What the command needs of the world besides its context. */
export interface InitSurroundings {
  /** Asks at the terminal; undefined where there is none. */
  readonly questions: Questions | undefined
  readonly find: Find
  /** The next line of standard input. */
  readonly nextLine: () => Promise<string>
  readonly cwd: string
}

/** Asks, tries, stores and writes; offers the plan. Returns the exit code. Errors: usage, config, secret, interrupted. */
export async function init(
  flags: InitFlags,
  context: CommandContext,
  around: InitSurroundings = surroundingsOf(flags, context),
): Promise<number> {
  const { questions, cwd } = around
  const given = readFlags(flags, cwd)
  if (!questions) refuseToAsk(given.source, given.destination, flags.yes ?? false)
  questions?.begin('mailhaul init: from one mail account to another')
  const say = (text: string) => (questions ? questions.say(text) : context.remark(text))
  const file = resolve(cwd, context.options.config ?? 'mailhaul.yaml')
  const mayReplace = await mayReplaceFile(file, flags, around)
  const options = {
    ...{ questions, say, nextLine: around.nextLine, find: around.find },
    agrees: questions !== undefined && flags.yes !== true,
  }
  const source = await askEnd('pop3', given.source, options)
  const destination = await askEnd('imap', given.destination, options)
  for (const { password } of [source, destination]) if (password.kind === 'typed') context.onSecret(password.secret)
  const named = { name: flags.name ?? usualName(source.email), source, destination }
  const own = await withOwnName(named, file, flags, questions)
  const answers = await tryUntilTheyWork(own, file, { questions, say }, context)
  const kept = await store(answers, file, { mayReplace, overwrite: flags.overwrite, questions })
  for (const line of kept) say(line)
  say(`Written: ${shortPath(file, cwd)}. There is no password in it.`)
  return offerPlan(file, answers, context, questions)
}

/** Milliseconds in which the servers of an address have to be found. */
const findTimeout = 8000

function surroundingsOf({ tellAddress = false }: InitFlags, context: CommandContext): InitSurroundings {
  const terminal = context.options.json ? undefined : context.terminal
  const find: Find = (address, protocol) => {
    const limit = AbortSignal.any([context.stop, AbortSignal.timeout(findTimeout)])
    const options = { lookup: systemLookup(limit), fetchText: httpsText(limit), tellsAddress: tellAddress }
    return findServers(address, protocol, options)
  }
  return { questions: terminal && askOnTerminal(terminal), find, nextLine: context.nextLine, cwd: process.cwd() }
}

async function mayReplaceFile(file: string, flags: InitFlags, { questions, cwd }: InitSurroundings): Promise<boolean> {
  if (flags.overwrite) return true
  const isThere = await access(file).then(
    () => true,
    () => false,
  )
  if (!isThere) return false
  const shown = shortPath(file, cwd)
  if (await questions?.confirm(`There is a configuration ${shown} already. Replace it?`, false)) return true
  throw usage(
    `There is a configuration ${shown} already.`,
    'Name another file with --config FILE, or replace it: --overwrite.',
  )
}

function usualName(email: string): string {
  const name = email
    .replace(/@.*$/, '')
    .replaceAll(/[^\p{L}\p{N}_.-]+/gu, '-')
    .replace(/^-+/, '')
  return name.slice(0, 64) || 'mail'
}

/**
 * The name is the pair's identity in the ledger: another account under the same name would be taken for the one that
 * the ledger knows, and messages of its own for those that have been moved.
 */
async function withOwnName(
  answers: Answers,
  file: string,
  { overwrite }: InitFlags,
  questions: Questions | undefined,
): Promise<Answers> {
  for (let current = answers; ; ) {
    const known = messagesKnown(pairOf(current), file)
    if (known === 0 || overwrite) return current
    const { name } = current
    const told = `The ledger knows a pair called ${name} already, with ${known} messages.`
    if (!questions) throw usage(told, 'For another account choose another --name; if it is the same one: --overwrite.')
    questions.warn(told)
    const choice = await questions.choose('Is this the same mail account?', [
      { value: 'other', label: 'no: it gets another name' },
      { value: 'same', label: 'yes: go on where it ended' },
    ])
    if (choice === 'same') return current
    const fault = (answer: string) => (answer === '' || answer === name ? 'Write another name.' : undefined)
    current = { ...current, name: await questions.text('Name of the pair', `${name}-2`, fault) }
  }
}

/** Logs in at both ends; where one refuses, its answers are given again, or the command ends with its error. */
async function tryUntilTheyWork(
  answers: Answers,
  file: string,
  { questions, say }: Conversation,
  context: CommandContext,
): Promise<Answers> {
  for (let current = answers; ; ) {
    say('Logging in at both ends. Nothing is changed there.')
    const tried = await tryLogins(pairOf(current), file, composeOptions(context), context.stop)
    context.stop.throwIfAborted()
    const again = await changed(current, tried, { questions, say }, context)
    if (again === undefined) return current
    current = again
  }
}

/** The answers to try next; undefined where both ends work, or where they are to be kept as they are. */
async function changed(
  answers: Answers,
  tried: Tried,
  { questions, say }: Conversation,
  context: CommandContext,
): Promise<Answers | undefined> {
  let next: Answers | undefined
  for (const side of ['source', 'destination'] as const) {
    const { text, error } = tried[side]
    if (!error) say(escapeLines(text))
    else if (!questions) throw error
    else {
      questions.warn(escapeLines(text))
      const end = await correctedEnd(answers[side], side, error.code === 'auth', questions)
      if (end && end.password.kind === 'typed') context.onSecret(end.password.secret)
      if (end) next = { ...(next ?? answers), [side]: end }
    }
  }
  return next
}

async function correctedEnd(
  end: AnsweredEnd,
  side: 'source' | 'destination',
  isRefused: boolean,
  questions: Questions,
): Promise<AnsweredEnd | undefined> {
  const protocol = protocols[side]
  const password = { value: 'password', label: 'type the password again' } as const
  const change = { value: 'server', label: 'change the server or the name' } as const
  const keep = { value: 'keep', label: 'keep it as it is', hint: 'it does not work yet' } as const
  const choice = await questions.choose('What now?', [...(isRefused ? [password, change] : [change, password]), keep])
  if (choice === 'keep') return undefined
  const server = choice === 'server' ? await typedServer(end.email, protocol, end.server, questions) : end.server
  return { ...end, server, password: await askLogin(server, protocol, questions) }
}

const protocols = { source: 'pop3', destination: 'imap' } as const satisfies Record<string, Protocol>

/** The pair with its passwords as they are: in memory alone, to be tried. */
function pairOf({ name, source, destination }: Answers): NewPair {
  const trial = (end: AnsweredEnd): NewEnd => newEnd(end, loginOf(end.password), '')
  return { name, source: trial(source), destination: trial(destination) }
}

async function offerPlan(
  file: string,
  { name, source, destination }: Answers,
  context: CommandContext,
  questions: Questions | undefined,
): Promise<number> {
  const options = { ...context.options, config: file }
  const signsIn = [source, destination].some(({ password }) => password.kind === 'sign-in')
  if (
    questions &&
    !signsIn &&
    (await questions.confirm('Look at what sync would do (mailhaul plan)? Nothing is changed.', true))
  ) {
    questions.end('mailhaul plan')
    return plan([], {}, { ...context, options })
  }
  questions?.end(`Next: ${signsIn ? `mailhaul auth login ${name}, then ` : ''}mailhaul plan, then mailhaul sync`)
  const view = { file, pair: name, source: source.server, destination: destination.server, exitCode: 0 }
  return present('init', view, () => '', context)
}

function escapeLines(text: string): string {
  return text
    .split('\n')
    .map((line) => escapeText(line, 500))
    .join('\n')
}
