// mailhaul auth: signing in with OAuth 2.0, looking at what is kept of it, and signing out.
import { type SignInFacts, Tokens } from '../compose-tokens.ts'
import { environmentForCommands } from '../config/environment.ts'
import type { PairConfig } from '../config/schema.ts'
import { askingOnce } from '../config/secret-prompt.ts'
import { exitCodeOf, MailhaulError } from '../core/errors.ts'
import { unknownPair } from '../core/unknown-pair.ts'
import { systemClock } from '../engine/clock.ts'
import { type AuthView, renderAuth } from '../reporters/auth-view.ts'
import { type CommandContext, commandLine, load, present } from './context.ts'

/** Which end, as commander gives it; neither: every end that signs in. */
export interface EndFlags {
  readonly source?: boolean
  readonly destination?: boolean
}

/** How to sign in, as commander gives it. */
export interface LoginFlags extends EndFlags {
  readonly device?: boolean
  readonly paste?: boolean
}

type Side = 'source' | 'destination'

/** One sign-in: the end it is looked up by, and all that share it, such as `alice, source`. */
interface End {
  readonly pair: PairConfig
  readonly side: Side
  readonly shared: string[]
}

/** Has somebody sign in for a pair. Returns the exit code. */
export async function authLogin(name: string, flags: LoginFlags, context: CommandContext): Promise<number> {
  if (flags.device && flags.paste) throw usage('--device and --paste are two ways to sign in.', 'Use one of them.')
  const { ends, tokens } = await open([name], flags, context)
  const flow = flags.device ? 'device' : flags.paste ? 'paste' : 'browser'
  const ask = (prompt: string) => context.askSecret(prompt)
  // Where to go is the result of this command: --quiet does not keep it back.
  const say = (text: string) => (context.options.json ? context.remark(text) : context.print(`${text}\n`))
  for (const { pair, side } of ends) {
    context.remark(`Signing in for ${pair.name}, ${side} (${pair[side].user} at ${pair[side].host}).`)
    const done = await tokens.signIn(pair, side, flow, { say, ask, stop: context.stop })
    if (done === undefined) continue
    const where =
      done.place === 'keyring'
        ? "in the operating system's keyring"
        : `in ${done.path}, which only you can read (there is no keyring that works here)`
    context.remark(`Signed in at ${done.provider} as ${pair[side].user}. The sign-in is kept ${where}.`)
  }
  context.remark(`Next: ${commandLine('check', [name], context)}`)
  return 0
}

/** Shows what is kept; asks no provider. Returns the exit code. */
export async function authStatus(names: readonly string[], context: CommandContext): Promise<number> {
  const { ends, tokens } = await open(names, {}, context)
  const rows: (SignInFacts & { pairs: readonly string[]; command: string })[] = []
  for (const { pair, side, shared } of ends) {
    const facts = await tokens.look(pair, side)
    if (facts === undefined) continue
    const command = commandLine('auth login', [pair.name, `--${side}`], context)
    rows.push({ ...facts, command, pairs: shared })
  }
  const exitCode = rows.some(({ problem }) => problem !== undefined) ? exitCodeOf.auth : 0
  const view: AuthView = { signIns: rows, lookedAt: systemClock.now(), exitCode }
  return present('auth', view, renderAuth, context)
}

/** Forgets a sign-in, and gives it back to the provider where that can be done. Returns the exit code. */
export async function authLogout(name: string, flags: EndFlags, context: CommandContext): Promise<number> {
  const { ends, tokens } = await open([name], flags, context)
  for (const { pair, side } of ends) {
    const end = await tokens.signOut(pair, side)
    const who = `${pair.name}, ${side} (${pair[side].user})`
    if (!end?.wasThere) context.remark(`Nobody was signed in for ${who}.`)
    else if (end.wasRevoked) context.remark(`Signed out ${who}: removed here, and given back to the provider.`)
    else {
      context.remark(
        `Signed out ${who}: removed here. The provider was not told: remove the program in its account settings.`,
      )
    }
  }
  return 0
}

/** The ends that sign in, each sign-in once. Errors: config, usage. */
async function open(names: readonly string[], flags: EndFlags, context: CommandContext) {
  const { config } = await load(context)
  const { onSecret, onObsolete, askPassword } = context
  const secrets = {
    ask: askPassword && askingOnce(askPassword),
    commandEnv: environmentForCommands(config),
  }
  const tokens = new Tokens(config.ledger, { clock: systemClock, onSecret, onObsolete, secrets })
  const pairs = names.length === 0 ? config.pairs : names.map((name) => pairCalled(name, config.pairs))
  const both = flags.source === flags.destination
  const sides = (['source', 'destination'] as const).filter((side) => both || flags[side])
  const byAccount = new Map<string, End>()
  for (const pair of pairs) {
    for (const side of sides) {
      const id = tokens.idOf(pair, side)
      if (id === undefined) continue
      const end = byAccount.get(id) ?? { pair, side, shared: [] }
      end.shared.push(`${pair.name}, ${side}`)
      byAccount.set(id, end)
    }
  }
  if (byAccount.size === 0) throw nothingSignsIn(names[0], sides)
  return { ends: [...byAccount.values()], tokens }
}

function pairCalled(name: string, pairs: readonly PairConfig[]): PairConfig {
  const pair = pairs.find((candidate) => candidate.name === name.normalize('NFC'))
  if (pair) return pair
  throw unknownPair(
    name,
    pairs.map((candidate) => candidate.name),
  )
}

function nothingSignsIn(name: string | undefined, sides: readonly Side[]): MailhaulError {
  const end = sides.length === 1 ? ` at its ${sides[0]}` : ''
  const message =
    name === undefined ? 'No pair signs in with OAuth.' : `The pair ${name} does not sign in with OAuth${end}.`
  const hint =
    'Put auth: { oauth2: { provider: …, clientId: … } } in place of password: see docs/sign-in-with-oauth.md.'
  return usage(message, hint)
}

function usage(message: string, hint: string): MailhaulError {
  return new MailhaulError({ code: 'usage', scope: 'run', retry: 'never', message, hint })
}
