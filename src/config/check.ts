// Checks the text of a configuration: everything that is wrong at once, each with its place, or the configuration.
import type { AccountList, ListProblem, RawMap } from './accounts/list.ts'
import { withoutCells } from './accounts/problems.ts'
import { type NamedPairs, namePairs } from './accounts/twins.ts'
import { type Explained, explain } from './explain.ts'
import { type ConfigPath, type ConfigProblem, formatPath } from './problem.ts'
import { type Config, configSchema, defaultLedger } from './schema.ts'
import { waysInNames } from './schema-sign-in.ts'
import { warningsOf } from './warnings.ts'
import { readYaml, type YamlFile } from './yaml.ts'

/** What a check found. Without problems there is a configuration, its paths as written. */
export interface ConfigCheck {
  readonly config: Config | undefined
  /** What is wrong, in the order of the file. */
  readonly problems: readonly ConfigProblem[]
  /** What is allowed, but perhaps not meant. */
  readonly warnings: readonly ConfigProblem[]
  /** Whether a password itself stands in the file, which then must be readable by its owner alone. */
  readonly holdsPlainPassword: boolean
  /** Whether it holds the address of a webhook that nobody could guess: who knows it can use it. */
  readonly holdsPlainWebhook: boolean
  /** What is wrong, and what is perhaps not meant, in the list of accounts, where there is one. */
  readonly list: { readonly problems: readonly ListProblem[]; readonly warnings: readonly ListProblem[] }
}

interface PlainMap {
  readonly [key: string]: unknown
  readonly defaults?: unknown
  readonly pairs?: unknown
}

/** Checks the text of a configuration (YAML 1.2 or JSON); `ledger` is what holds where it names none. Never throws. */
export function checkConfig(text: string, ledger = defaultLedger): ConfigCheck {
  return checkFile(readYaml(text), ledger)
}

/** The same for a file that is read already; the pairs come from the list where there is one. Never throws. */
export function checkFile(file: YamlFile, ledger: string, list?: AccountList): ConfigCheck {
  const plain = { holdsPlainPassword: holdsPassword(file.value), holdsPlainWebhook: holdsWebhook(file.value) }
  if (file.value === undefined || list?.pairs.length === 0) {
    const problems = inOrder(file.problems)
    const ofList = { problems: list?.problems ?? [], warnings: [] }
    return { config: undefined, problems, warnings: [], ...plain, list: ofList }
  }
  const { whole, named } = wholeOf(file.value, ledger, list)
  const parsed = configSchema.safeParse(whole, { reportInput: true })
  const explained = parsed.success ? [] : parsed.error.issues.flatMap((issue) => explain(issue))
  const faults = split(explained, file, list)
  const remarks = split(parsed.success ? warningsOf(parsed.data) : [], file, list)
  const problems = inOrder([...file.problems, ...faults.inFile])
  const listProblems = [...(list?.problems ?? []), ...(named?.problems ?? []), ...faults.inList]
  const listWarnings = [...(list?.warnings ?? []), ...(named?.warnings ?? []), ...remarks.inList]
  return {
    config: parsed.success && problems.length + listProblems.length === 0 ? parsed.data : undefined,
    problems,
    warnings: remarks.inFile,
    ...plain,
    list: { problems: listProblems, warnings: listWarnings },
  }
}

/** The file with everything merged that is merged; pairs of a list have names. */
function wholeOf(value: unknown, ledger: string, list: AccountList | undefined) {
  const root = list !== undefined && value === null ? {} : value
  if (!isPlainMap(root)) return { whole: root }
  const merged = mergeDefaults({ ledger, ...root, ...(list ? { pairs: list.pairs } : {}) })
  if (list === undefined || !Array.isArray(merged.pairs)) return { whole: merged }
  const named: NamedPairs = namePairs(merged.pairs.filter(isPlainMap), list)
  return { whole: { ...merged, pairs: named.pairs }, named }
}

/** What stands in a row of the list is told by its row, all else by its place in the file. */
function split(explained: readonly Explained[], file: YamlFile, list: AccountList | undefined) {
  const inFile: ConfigProblem[] = []
  const inList: ListProblem[] = []
  for (const one of explained) {
    const [top, index, ...inPair] = one.path
    const pair = top === 'pairs' && typeof index === 'number' ? list?.pairs[index] : undefined
    if (list === undefined || pair === undefined || typeof index !== 'number') {
      inFile.push(locate(one, file))
    } else if (!hasPath(pair, inPair) && file.has(['defaults', ...inPair])) {
      inFile.push(placeOf(one, ['defaults', ...inPair], file))
    } else {
      const { message, hint } = one
      const column = list.columnOf(inPair)
      inList.push({
        row: list.rowOf(index),
        column,
        message: withoutCells(message, pair),
        hint: list.hintFor(inPair, hint),
      })
    }
  }
  return { inFile, inList }
}

function hasPath(map: RawMap, path: ConfigPath): boolean {
  let value: unknown = map
  for (const step of path) {
    if (!isPlainMap(value) || !Object.hasOwn(value, step)) return false
    value = value[step]
  }
  return true
}

/**
 * Puts `defaults` under every pair: maps merge key by key down to the keys of source, destination and select. Below
 * that a value replaces the other whole: a password kept in a file must not merge with one kept in the keyring.
 */
function mergeDefaults(root: PlainMap): PlainMap {
  const { defaults, pairs } = root
  if (!isPlainMap(defaults) || !Array.isArray(pairs)) return root
  return { ...root, pairs: pairs.map((pair: unknown) => (isPlainMap(pair) ? mergeMaps(defaults, pair) : pair)) }
}

function mergeMaps(under: PlainMap, over: PlainMap): PlainMap {
  const merged: Record<string, unknown> = { ...under, ...over }
  for (const section of ['source', 'destination', 'select']) {
    const [base, own] = [under[section], over[section]]
    if (isPlainMap(base) && isPlainMap(own)) merged[section] = { ...withoutOtherWaysIn(base, own), ...own }
  }
  return merged
}

// A pair that signs in has no use for the password that the others share, nor the other way round.
function withoutOtherWaysIn(base: PlainMap, own: PlainMap): PlainMap {
  if (!waysInNames.some((name) => own[name] !== undefined)) return base
  return Object.fromEntries(Object.entries(base).filter(([name]) => !waysInNames.includes(name)))
}

// A problem in what a pair took over is a problem of `defaults`: once there, not once for each pair.
function locate(explained: Explained, file: YamlFile): ConfigProblem {
  const [top, , ...inPair] = explained.path
  const inDefaults: ConfigPath = ['defaults', ...inPair]
  const isInherited = top === 'pairs' && inPair.length > 0 && !file.has(explained.path) && file.has(inDefaults)
  const path = isInherited ? inDefaults : explained.path
  return placeOf(explained, path, file)
}

function placeOf({ message, hint }: Explained, path: ConfigPath, file: YamlFile): ConfigProblem {
  return { path: formatPath(path), ...file.place(path), message, hint }
}

function inOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const once = new Map(
    problems.map((problem) => [`${problem.line}:${problem.column} ${problem.path} ${problem.message}`, problem]),
  )
  const order = (problem: ConfigProblem) => (problem.line ?? 0) * 1e6 + (problem.column ?? 0)
  return [...once.values()].toSorted((one, other) => order(one) - order(other))
}

// Looks at the file as it is, so that an invalid one is refused too while its neighbours can read it.
function holdsPassword(root: unknown): boolean {
  if (!isPlainMap(root)) return false
  const pairs: unknown[] = Array.isArray(root.pairs) ? root.pairs : []
  return [root.defaults, ...pairs].some(
    (pair) => isPlainMap(pair) && [pair.source, pair.destination].some((end) => isPlainMap(end) && holdsSecret(end)),
  )
}

function holdsSecret({ password, auth }: PlainMap): boolean {
  const oauth2 = isPlainMap(auth) ? auth.oauth2 : undefined
  return typeof password === 'string' || (isPlainMap(oauth2) && typeof oauth2.clientSecret === 'string')
}

function holdsWebhook(root: unknown): boolean {
  const told: unknown[] = isPlainMap(root) && Array.isArray(root.notify) ? root.notify : []
  return told.some((one) => {
    const url = isPlainMap(one) && typeof one.webhook === 'string' ? URL.parse(one.webhook) : null
    return url !== null && url.pathname + url.search !== '/'
  })
}

function isPlainMap(value: unknown): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
