// Reads YAML 1.2 (JSON is YAML too): values, the place of each, and what is wrong, without ever quoting the file.
import {
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml'
import type { ConfigPath, ConfigProblem } from './problem.ts'

/** A place in the file, counted from 1. */
interface Place {
  readonly line: number
  readonly column: number
}

/** A file as read. */
export interface YamlFile {
  /** Plain maps, lists, strings, numbers, booleans and null; undefined when the syntax is broken. */
  readonly value: unknown
  readonly problems: readonly ConfigProblem[]
  /** Whether a value stands in the file at exactly this path. */
  has(path: ConfigPath): boolean
  /** Where its key (or list item) stands; for what is missing, where its surroundings start. */
  place(path: ConfigPath): Place
}

// Far more than a configuration needs, far less than a stack holds.
const deepest = 100

/** Parses a file. Doubled keys are reported, and the rest can still be checked; any other fault leaves no value. */
export function readYaml(text: string): YamlFile {
  const lines = new LineCounter()
  try {
    const document = parseText(text, lines)
    const isExhausted = document.errors.some((fault) => fault.code === 'RESOURCE_EXHAUSTION')
    return isExhausted ? brokenFile() : new ParsedFile(document, lines)
  } catch {
    // Nested too deeply, or aliases that unfold without end.
    return brokenFile()
  }
}

function parseText(text: string, lineCounter: LineCounter): Document.Parsed {
  const quiet = { prettyErrors: false, logLevel: 'error' } as const
  return parseDocument(text, { ...quiet, lineCounter, stringKeys: true, resolveKnownTags: false, merge: false })
}

class ParsedFile implements YamlFile {
  readonly value: unknown
  readonly problems: readonly ConfigProblem[]
  readonly #document: Document.Parsed
  readonly #lines: LineCounter

  constructor(document: Document.Parsed, lines: LineCounter) {
    this.#document = document
    this.#lines = lines
    const parserFaults = [...document.errors, ...document.warnings].map(({ code, pos }) => ({ code, offset: pos[0] }))
    const found = [...parserFaults, ...danglingAliases(document)]
    this.problems = found.map(({ code, offset }) => ({ path: '', ...this.#placeOf(offset), ...faultOf(code) }))
    const isReadable = found.every((fault) => fault.code === 'DUPLICATE_KEY')
    // Many pairs may share one anchor; a bound is still needed against aliases of aliases of aliases.
    this.value = isReadable ? document.toJS({ maxAliasCount: 10_000 }) : undefined
  }

  has(path: ConfigPath): boolean {
    return this.#walk(path).depth === path.length
  }

  place(path: ConfigPath): Place {
    return this.#placeOf(this.#walk(path).offset)
  }

  // Follows a path as far as it goes.
  #walk(path: ConfigPath): { depth: number; offset: number } {
    let node = this.#resolve(this.#document.contents)
    let offset = offsetOf(node) ?? 0
    for (const [depth, step] of path.entries()) {
      const child = childOf(node, step)
      if (!child) return { depth, offset }
      offset = offsetOf(child.key) ?? offsetOf(child.value) ?? offset
      node = this.#resolve(child.value)
    }
    return { depth: path.length, offset }
  }

  #resolve(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node
  }

  #placeOf(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
}

// The parser finds these only when it makes values of them, and then says no place.
function danglingAliases(document: Document.Parsed): { code: ErrorCode; offset: number }[] {
  const anchors = new Set<string>()
  const dangling: { code: ErrorCode; offset: number }[] = []
  visit(document, {
    Alias: (_, alias) => {
      if (!anchors.has(alias.source)) dangling.push({ code: 'BAD_ALIAS', offset: offsetOf(alias) ?? 0 })
    },
    Value: (_, node, path) => {
      if (path.length > deepest) throw new RangeError('nested too deeply')
      if (node.anchor) anchors.add(node.anchor)
    },
  })
  return dangling
}

function childOf(node: unknown, step: string | number): { key?: unknown; value: unknown } | undefined {
  if (isSeq(node) && typeof step === 'number') return step in node.items ? { value: node.items[step] } : undefined
  // The last of doubled keys is the one whose value counts.
  if (isMap(node)) return node.items.findLast((pair) => isScalar(pair.key) && String(pair.key.value) === String(step))
  return undefined
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}

function brokenFile(): YamlFile {
  const place = { line: 1, column: 1 }
  return {
    value: undefined,
    problems: [{ path: '', ...place, ...faultOf('RESOURCE_EXHAUSTION') }],
    has: () => false,
    place: () => place,
  }
}

// The parser's own messages quote the file, and what they quote may be a password.
function faultOf(code: ErrorCode): { message: string; hint: string } {
  const [message, hint] = faults[code] ?? ['this is not valid YAML', 'check quotes, brackets and indentation']
  return { message, hint }
}

const inQuotes = 'put the value in quotes'
const faults: Partial<Record<ErrorCode, readonly [message: string, hint: string]>> = {
  BAD_ALIAS: ['a value that starts with * refers to another one, and that does not exist', inQuotes],
  BAD_DQ_ESCAPE: [
    'in double quotes a backslash must be doubled',
    String.raw`write "\\Seen", or '\Seen' in single quotes`,
  ],
  BAD_INDENT: ['the indentation does not fit the lines around it', 'align the keys of a map, and close every bracket'],
  BAD_SCALAR_START: ['a value cannot start with this character', inQuotes],
  BLOCK_AS_IMPLICIT_KEY: [
    'a second key and value stand on the line of another',
    'put a value that holds ": " in quotes',
  ],
  DUPLICATE_KEY: ['this key stands here twice', 'remove one of the two'],
  MISSING_CHAR: [
    'a quote, bracket, comma, colon or space is missing before this',
    'compare it with the lines around it',
  ],
  MULTILINE_IMPLICIT_KEY: ['a key must stand on one line with its colon', 'write key: value'],
  MULTIPLE_DOCS: ['a second document starts here', 'remove the line ---'],
  NON_STRING_KEY: ['a key must be plain text', 'put it in quotes'],
  RESOURCE_EXHAUSTION: ['this is nested too deeply to be a configuration', 'write it as the samples show'],
  TAB_AS_INDENT: ['a tab cannot indent', 'use spaces'],
  TAG_RESOLVE_FAILED: ['a value that starts with ! has a special meaning', inQuotes],
}
