// One thing that is wrong with a configuration, and how it is told to people.
import { invisibleCharacters } from './parsed.ts'

/** Where a value stands in the configuration: keys and list positions from the top. */
export type ConfigPath = readonly (string | number)[]

/** One thing wrong: where, what, and what to write instead. */
export interface ConfigProblem {
  /** Such as `pairs[0].source.tls`; empty where it concerns the file as a whole. */
  readonly path: string
  /** In the file, counted from 1; undefined where no place in the file is at fault. */
  readonly line: number | undefined
  readonly column: number | undefined
  /** What is wrong, without a final stop. Never holds anything that stands under a `password`. */
  readonly message: string
  /** What to write instead, as the end of the same sentence. */
  readonly hint: string
}

/** One line for one problem: `mailhaul.yaml:5:12: pairs[0].source.tls: "ssl" is not possible here; write …`. */
export function formatProblem(problem: ConfigProblem, file: string): string {
  const place = problem.line === undefined ? file : `${file}:${problem.line}:${problem.column ?? 1}`
  const path = problem.path === '' ? '' : `${problem.path}: `
  return `${place}: ${path}${problem.message}; ${problem.hint}`
}

/** Writes a path as people read it: `pairs[0].source.tls`. */
export function formatPath(path: ConfigPath): string {
  let formatted = ''
  for (const step of path) {
    if (typeof step === 'number') formatted += `[${step}]`
    else if (!/^[\w$-]+$/.test(step)) formatted += `[${quote(step)}]`
    else formatted += formatted === '' ? step : `.${step}`
  }
  return formatted
}

const invisible = new RegExp(invisibleCharacters, 'gu')

/** Shows a value in a message: in quotes, on one line, at most 60 characters, nothing that a terminal would obey. */
export function quote(value: string): string {
  const whole = value.length > 60 ? `${value.slice(0, 59)}…` : value
  const escaped = (character: string) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  return `"${whole.replaceAll(invisible, escaped)}"`
}
