// mailhaul ledger import --from: what another program has delivered is left out from now on.
import { compose } from '../compose.ts'
import type { Config, PairConfig } from '../config/schema.ts'
import { type OtherProgram, otherPrograms } from '../core/elsewhere.ts'
import { MailhaulError } from '../core/errors.ts'
import type { Pair } from '../core/pair.ts'
import type { Ledger } from '../core/ports.ts'
import { unknownPair } from '../core/unknown-pair.ts'
import type { Ends } from '../engine/haul.ts'
import { planTakeOver, type TakeOverPlan, takeBack } from '../engine/take-over.ts'
import { renderTakeOver, type TakeOverView } from '../reporters/take-over-view.ts'
import { counted } from '../reporters/words.ts'
import type { Account } from '../seen/seen-account.ts'
import { readSeenFile, type SeenFile, type SeenNames } from '../seen/seen-file.ts'
import { type CommandContext, commandLine, composeOptions, load, present } from './context.ts'
import { readerHabits } from './habits.ts'

/** Options of `ledger import --from`. */
export interface TakeOverOptions {
  /** As it was given. */
  readonly from: string
  /** USER@HOST, as the other program calls the account. */
  readonly account?: string | undefined
  readonly dryRun: boolean
}

/** Reads what a program has seen, and writes it down for one pair. Returns the exit code. */
export async function takeOver(
  file: string,
  name: string | undefined,
  { from, account, dryRun }: TakeOverOptions,
  context: CommandContext,
): Promise<number> {
  const program = programOf(from)
  const { config } = await load(context)
  const seenFile = readSeenFile(file, program)
  const given = account === undefined ? undefined : accountOf(account)
  const { pair, names } = choose(config, name, seenFile, given, file)
  const seen = { program, file, ...names }
  const { report } = await withPair(pair, config, dryRun, context, async (chosen, ends, ledger) => {
    if (dryRun) return planTakeOver(chosen, { ...ends, book: ledger.read(pair), stop: context.stop }, seen)
    const book = ledger.open(pair, ends.destination.account)
    try {
      const plan: TakeOverPlan = await planTakeOver(chosen, { ...ends, book, stop: context.stop }, seen)
      book.settle(plan.settlements)
      await book.durable()
      return plan
    } finally {
      book.close()
    }
  })
  const next = dryRun
    ? commandLine('ledger import', ['--from', program, file, pair, ...(account ? ['--account', account] : [])], context)
    : commandLine('plan', [pair], context)
  const others = seenFile.count - names.names.size
  const view: TakeOverView = { ...report, others: Math.max(0, others), isWritten: !dryRun, next, exitCode: 0 }
  return present('ledger-take-over', view, renderTakeOver, context)
}

/** Forgets what was taken over and is not at the destination for all anybody knows: sync moves it. */
export async function takeOverUndone(
  name: string | undefined,
  { from }: Pick<TakeOverOptions, 'from'>,
  context: CommandContext,
): Promise<number> {
  const program = programOf(from)
  const { config } = await load(context)
  const pair = onlyPair(config, name)
  const count = await withPair(pair, config, false, context, async (_pair, { destination }, ledger) => {
    const book = ledger.open(pair, destination.account)
    try {
      const settlements = takeBack(book, program)
      book.settle(settlements)
      await book.durable()
      return settlements.length
    } finally {
      book.close()
    }
  })
  const next = commandLine('plan', [pair], context)
  const said = `${counted(count, 'message')} that ${program} had delivered ${count === 1 ? 'is' : 'are'} no longer left out.\nNext: ${next}\n`
  return present('ledger-take-back', { pair, program, count, next, exitCode: 0 }, () => said, context)
}

async function withPair<T>(
  name: string,
  config: Config,
  isDry: boolean,
  context: CommandContext,
  work: (pair: Pair, ends: Ends, ledger: Ledger) => Promise<T>,
): Promise<T> {
  const composition = compose(config, [name], composeOptions(context))
  const [pair] = composition.pairs
  if (pair === undefined) throw unknownPair(name, [])
  const ledger = isDry ? composition.openLedgerReadOnly() : composition.openLedger()
  try {
    return await work(pair, await composition.openEnds(pair, readerHabits(ledger, pair)), ledger)
  } finally {
    ledger.close()
  }
}

/** The pair that is named; else the only one whose source the file speaks of. */
function choose(
  config: Config,
  name: string | undefined,
  seenFile: SeenFile,
  given: Account | undefined,
  file: string,
): { readonly pair: string; readonly names: SeenNames } {
  const single = name ?? (config.pairs.length === 1 || given ? onlyPair(config, name) : undefined)
  const candidates = single === undefined ? config.pairs : [pairNamed(config, single)]
  const fitting = candidates.flatMap((pair) => {
    const names = seenFile.namesOf(given ?? pair.source, given !== undefined)
    return names ? [{ pair: pair.name, names }] : []
  })
  const [first, ...others] = fitting
  if (first === undefined) throw notListed(candidates, seenFile, given, file)
  if (others.length === 0) return first
  const listed = fitting.slice(0, 10).map(({ pair }) => pair)
  throw usage(`${file} speaks of the sources of ${fitting.length} pairs.`, `Name one of them: ${listed.join(', ')}.`)
}

function onlyPair(config: Config, name: string | undefined): string {
  if (name !== undefined) return name.normalize('NFC')
  const [only, ...others] = config.pairs
  if (only && others.length === 0) return only.name
  throw usage('The configuration has several pairs.', 'Name the one that is meant behind the file.')
}

function pairNamed(config: Config, name: string): PairConfig {
  const found = config.pairs.find((pair) => pair.name === name)
  if (found) return found
  throw unknownPair(
    name,
    config.pairs.map((pair) => pair.name),
  )
}

function notListed(
  candidates: readonly PairConfig[],
  { accounts }: SeenFile,
  given: Account | undefined,
  file: string,
): MailhaulError {
  const [only] = candidates
  const wanted = given ?? (candidates.length === 1 ? only?.source : undefined)
  const who = wanted ? `${wanted.user} at ${wanted.host}` : 'the source of any pair'
  const more = accounts.length > 5 ? `, and ${accounts.length - 5} more` : ''
  const there = accounts.length === 0 ? 'It is empty.' : `It speaks of ${accounts.slice(0, 5).join(', ')}${more}.`
  const hint = `${there} If that is the same account under another name, say so: --account USER@HOST. Nothing was imported.`
  return usage(`${file} holds nothing for ${who}.`, hint)
}

function programOf(from: string): OtherProgram {
  const found = otherPrograms.find((program) => program === from)
  if (found) return found
  throw usage(`--from ${JSON.stringify(from)} is none of ${otherPrograms.join(', ')}.`)
}

function accountOf(text: string): Account {
  const at = text.lastIndexOf('@')
  const account = { user: text.slice(0, at), host: text.slice(at + 1) }
  if (at > 0 && account.host !== '') return account
  throw usage('--account wants USER@HOST.', 'Such as --account alice@old.example@mail.old.example.')
}

function usage(message: string, hint?: string): MailhaulError {
  const parts = { code: 'usage', scope: 'run', retry: 'never', message } as const
  return new MailhaulError(hint === undefined ? parts : { ...parts, hint })
}
