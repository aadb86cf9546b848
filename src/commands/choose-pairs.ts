// Which pairs of the configuration a command works on: by name, by pattern, from a file, and by how their last run ended.
import { readFile } from 'node:fs/promises'
import type { Composition } from '../compose.ts'
import { readNames } from '../config/accounts/names.ts'
import type { Config, PairConfig } from '../config/schema.ts'
import { MailhaulError } from '../core/errors.ts'
import { hasFailed, type LastRun } from '../core/last-run.ts'
import type { Pair } from '../core/pair.ts'

/** What a command is told about its pairs, beyond their names. */
export interface Choice {
  /** Patterns, or files with a name or pattern a line. */
  readonly only?: readonly string[]
  /** Without those whose last run settled everything. */
  readonly skipCompleted?: boolean
  /** Of these only those whose last run did not get through. */
  readonly failed?: boolean
}

/** What was chosen. */
export interface Chosen {
  readonly pairs: readonly Pair[]
  /** Chosen by name, and passed over because of their last run. */
  readonly passedOver: readonly Pair[]
}

/** Chooses among the pairs composed. Errors: usage, where a pattern or file names nothing; those of the ledger. */
export async function choosePairs(
  { pairs, ledger }: Pick<Composition, 'pairs' | 'ledger'>,
  config: Config,
  { only = [], skipCompleted = false, failed = false }: Choice,
): Promise<Chosen> {
  const wanted = only.length === 0 ? undefined : await namesOf(only, config)
  const named = wanted === undefined ? pairs : pairs.filter(({ name }) => wanted.has(name))
  if (named.length === 0) {
    throw usage('None of the pairs named is among those of --only.', 'Leave out the names, or --only.')
  }
  if (!skipCompleted && !failed) return { pairs: named, passedOver: [] }
  const lastRuns = ledger.lastRuns()
  const isWanted = (last: LastRun | undefined) => (failed ? hasFailed(last) : last !== 'done')
  const { true: chosen = [], false: passedOver = [] } = Object.groupBy(named, ({ name }) =>
    isWanted(lastRuns.get(name)) ? 'true' : 'false',
  )
  return { pairs: chosen, passedOver }
}

/** The words that make the same choice on the command line. */
export function choiceWords({ only = [], skipCompleted, failed }: Choice): string[] {
  const flags = [...(skipCompleted ? ['--skip-completed'] : []), ...(failed ? ['--failed'] : [])]
  return [...only.flatMap((value) => ['--only', value]), ...flags]
}

/** The names of all pairs that these patterns and files name. */
async function namesOf(only: readonly string[], { pairs }: Config): Promise<ReadonlySet<string>> {
  const names = new Set<string>()
  for (const value of only) {
    const found = matching(value, pairs)
    if (found.length > 0) for (const name of found) names.add(name)
    else for (const name of await namesInFile(value, pairs)) names.add(name)
  }
  return names
}

async function namesInFile(file: string, pairs: readonly PairConfig[]): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => {
    const hint =
      "Patterns are compared with the names of pairs and of their users: --only 'anna@*'. Files hold one a line."
    throw usage(`No pair is called ${JSON.stringify(file)}, and there is no such file.`, hint)
  })
  const byName = new Set(pairs.map(({ name }) => name))
  const lost: string[] = []
  const names = readNames(text).flatMap((line) => {
    const found = byName.has(line.normalize('NFC')) ? [line.normalize('NFC')] : matching(line, pairs)
    if (found.length === 0) lost.push(line)
    return found
  })
  if (lost.length > 0) {
    const shown = lost.slice(0, 10).map((line) => JSON.stringify(line.slice(0, 70)))
    const more = lost.length > shown.length ? `, and ${lost.length - shown.length} more` : ''
    throw usage(
      `${file} names what no pair is called: ${shown.join(', ')}${more}.`,
      'Mend the file: one name or pattern a line.',
    )
  }
  if (names.length === 0) throw usage(`${file} names no pair.`, 'Write one name or pattern a line.')
  return names
}

/** The names of pairs that are called so; else of those whose name, or whose user at either end, fits the pattern. */
function matching(pattern: string, pairs: readonly PairConfig[]): string[] {
  const exact = pattern.normalize('NFC')
  if (pairs.some(({ name }) => name === exact)) return [exact]
  const source = pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, (sign) =>
    sign === '*' ? '.*' : sign === '?' ? '.' : `\\${sign}`,
  )
  const expression = new RegExp(`^${source}$`, 'isu')
  const fits = (text: string) => expression.test(text)
  return pairs
    .filter(({ name, source, destination }) => [name, source.user, destination.user].some(fits))
    .map(({ name }) => name)
}

function usage(message: string, hint: string): MailhaulError {
  return new MailhaulError({ code: 'usage', scope: 'run', retry: 'never', message, hint })
}

/** What is said where nothing is left to be done. */
export function nothingChosen({ failed }: Choice, { passedOver }: Chosen): string {
  const count = passedOver.length
  if (failed) return `No pair is left to run: none of ${count} failed in its last run.`
  return `No pair is left to run: the last run of all ${count} settled everything.`
}
