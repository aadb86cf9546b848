// Turns zod's issues into sentences: what is wrong, and what to write instead.
import type { z } from 'zod'
import { suggest } from '../core/suggest.ts'
import { type ConfigPath, quote } from './problem.ts'

type Issue = z.core.$ZodIssue

/** One problem in terms of paths; its place in the file is added by check.ts. */
export interface Explained {
  readonly path: ConfigPath
  readonly message: string
  readonly hint: string
}

/** Explains one issue: one problem, or several for several unknown keys. Parse with `reportInput`. */
export function explain(issue: Issue, above: ConfigPath = []): Explained[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))]
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => explainUnknownKey(key, issue.message, path))
  if (issue.code === 'invalid_union') {
    const meant = branchMeant(issue.errors)
    if (meant) return meant.flatMap((inner) => explain(inner, path))
  }
  return [{ path, ...explainValue(issue, path) }]
}

function explainUnknownKey(key: string, known: string, above: ConfigPath): Explained {
  const path = [...above, key]
  const near = suggest(key, known.split(', '))
  const hint = near ? `did you mean ${near}?` : `the keys here are ${known}`
  // A password with braces or a colon in it reads as a map: its "key" is then a secret.
  if (isSecret(above)) return { path: above, message: 'this has a key that is not known', hint }
  return { path, message: 'this is not a known key', hint }
}

function explainValue(issue: Issue, path: ConfigPath): { message: string; hint: string } {
  const problem = issue.code === 'custom' ? issue.params?.problem : undefined
  const hint = issue.message
  if (typeof problem === 'string') return { message: problem, hint }
  const { input } = issue
  if (input === undefined) return { message: 'this is missing', hint }
  if (input === null && isSecret(path)) return { message: 'this is empty, or starts with # or & without quotes', hint }
  if (input === null || input === '') return { message: 'this is empty', hint }
  if (Array.isArray(input) && input.length === 0) return { message: 'this list is empty', hint }
  if (expectsText(issue) && (typeof input === 'number' || typeof input === 'boolean')) {
    const message = `this is read as ${typeof input === 'number' ? 'a number' : 'true or false'}, not as text`
    return { message, hint: 'put it in quotes' }
  }
  return { message: `${show(input, path)} is not possible here`, hint }
}

// Of a union's branches, the one whose shape fits: its own problems say more than "none of these".
function branchMeant(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const misfits = ['invalid_type', 'invalid_value', 'unrecognized_keys']
  const fitting = branches.filter(
    (issues) => !issues.some((one) => one.path.length === 0 && misfits.includes(one.code)),
  )
  return fitting.length === 1 ? fitting[0] : undefined
}

function expectsText(issue: Issue): boolean {
  if (issue.code !== 'invalid_union') return issue.code === 'invalid_type' && issue.expected === 'string'
  return issue.errors.some((branch) => branch.some((inner) => inner.path.length === 0 && expectsText(inner)))
}

function show(input: unknown, path: ConfigPath): string {
  if (isSecret(path)) return 'this'
  if (typeof input === 'string') return quote(input)
  if (Array.isArray(input)) return 'a list'
  return typeof input === 'object' ? 'a map' : String(input)
}

function isSecret(path: ConfigPath): boolean {
  return ['password', 'clientSecret', 'token', 'webhook'].some((key) => path.includes(key))
}
