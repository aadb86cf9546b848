// What may come next on a command line that is being typed: worked out from the tree of verbs, for every shell alike.
import type { Argument, Command, Option } from 'commander'
import { otherPrograms } from '../core/elsewhere.ts'

/** What a shell is to offer. */
export interface Completion {
  readonly words: readonly Word[]
  /** Names of files may stand there, too. */
  readonly files: boolean
}

/** A word and what it means. */
export interface Word {
  readonly value: string
  readonly meaning: string
}

/** The shells that can be helped. */
export const shells = ['bash', 'zsh', 'fish'] as const

/** What stands for a value of few, by the name of an argument or of an option's value. */
const choices: Readonly<Record<string, readonly string[]>> = {
  shell: shells,
  side: ['source', 'destination'],
  program: otherPrograms,
  level: ['error', 'warn', 'info', 'debug', 'trace'],
}

const nothing: Completion = { words: [], files: false }

/**
 * `words`: what stands before the word that is being typed, without the program's own name; `typed`: as much of that word
 * as is there. `pairs` is called only where a pair's name may stand.
 */
export async function completionOf(
  program: Command,
  words: readonly string[],
  typed: string,
  pairs: (options: ReadonlyMap<string, string>) => Promise<readonly string[]>,
): Promise<Completion> {
  const at = read(program, words)
  const [, flag = '', part] = /^(--[^=]+)=(.*)$/s.exec(typed) ?? []
  const option = part === undefined ? at.waiting : optionCalled(flag, at.path)
  const start = part === undefined ? '' : `${flag}=`
  if (option) return startingWith(typed, await valuesOf(valueName(option), start, at, pairs))
  if (part !== undefined) return nothing
  if (typed.startsWith('-') && !at.isBehindDashes) return startingWith(typed, flagsOf(program, at))
  return startingWith(typed, await plainWords(program, at, pairs))
}

/** How far a line has come. */
interface Reading {
  /** The program, its verb, that one's verb. */
  readonly path: readonly Command[]
  readonly plain: readonly string[]
  readonly given: ReadonlyMap<string, string>
  /** An option that waits for its value. */
  readonly waiting: Option | undefined
  readonly isBehindDashes: boolean
}

function read(program: Command, words: readonly string[]): Reading {
  const path = [program]
  const plain: string[] = []
  const given = new Map<string, string>()
  let waiting: Option | undefined
  let isBehindDashes = false
  for (const word of words) {
    const verb = plain.length === 0 ? path.at(-1)?.commands.find((candidate) => candidate.name() === word) : undefined
    if (waiting) {
      given.set(waiting.long ?? '', word)
      waiting = undefined
    } else if (isBehindDashes) plain.push(word)
    else if (word === '--') isBehindDashes = true
    else if (word.startsWith('-')) {
      const [flag = '', value] = word.split('=', 2)
      const option = optionCalled(flag, path)
      given.set(flag, value ?? '')
      if (value === undefined && option && (option.required || option.optional)) waiting = option
    } else if (verb) path.push(verb)
    else plain.push(word)
  }
  return { path, plain, given, waiting, isBehindDashes }
}

function optionCalled(flag: string, path: readonly Command[]): Option | undefined {
  return path.flatMap(({ options }) => options).find(({ long, short }) => long === flag || short === flag)
}

function flagsOf(program: Command, { path, given }: Reading): Completion {
  const help = program.createHelp()
  const options = path.toReversed().flatMap((command) => help.visibleOptions(command))
  const words = options.map(({ long, description }) => ({ value: long ?? '', meaning: description }))
  return { words: unique(words).filter(({ value }) => value !== '' && !given.has(value)), files: false }
}

async function plainWords(
  program: Command,
  reading: Reading,
  pairs: Parameters<typeof completionOf>[3],
): Promise<Completion> {
  const { path, plain } = reading
  const [verb, ...above] = path.toReversed()
  // `help` takes the verbs of what it stands behind: ours of the program, commander's own of a verb with verbs.
  const asked = verb?.name() === 'help' ? verbCalled(program, plain) : undefined
  const isHelp = plain[0] === 'help' && plain.length === 1
  const holder = asked ?? (plain.length === 0 || isHelp ? verb : undefined)
  if (holder && holder.commands.length > 0) {
    const visible = program.createHelp().visibleCommands(holder)
    return { words: visible.map((one) => ({ value: one.name(), meaning: one.description() })), files: false }
  }
  if (asked) return nothing
  const argument = verb && above.length > 0 ? argumentAt(verb.registeredArguments, plain.length) : undefined
  if (!argument) return nothing
  const completion = await valuesOf(argument.name(), '', reading, pairs)
  return { ...completion, words: completion.words.filter(({ value }) => !plain.includes(value)) }
}

function verbCalled(program: Command, words: readonly string[]): Command {
  return words.reduce((verb, word) => verb.commands.find((one) => one.name() === word) ?? verb, program)
}

function argumentAt(registered: readonly Argument[], index: number): Argument | undefined {
  const last = registered.at(-1)
  return registered[index] ?? (last?.variadic ? last : undefined)
}

async function valuesOf(
  name: string,
  start: string,
  { given }: Reading,
  pairs: Parameters<typeof completionOf>[3],
): Promise<Completion> {
  const known = name === 'pair' || name === 'pattern' ? await pairs(given) : (choices[name] ?? [])
  const files = name === 'file' || name === 'pattern' || name === 'directory' || name === 'dir'
  return { words: known.map((value) => ({ value: start + value, meaning: '' })), files }
}

/** What stands in angle brackets behind an option. */
function valueName({ flags }: Option): string {
  return /[<[]([^>\].]+)/.exec(flags)?.[1] ?? ''
}

function startingWith(typed: string, { words, files }: Completion): Completion {
  return { words: words.filter(({ value }) => value.startsWith(typed)), files }
}

function unique(words: readonly Word[]): readonly Word[] {
  return [...new Map(words.map((word) => [word.value, word])).values()]
}
