// SEARCH and UID SEARCH of the IMAP test server (RFC 3501 §6.4.4, RFC 4731).

import { parseDay } from './imap-date.ts'
import { type ImapValue, textOf, wordsOf } from './imap-parser.ts'
import { unfold } from './imap-sections.ts'
import type { ImapCommand, ImapSession } from './imap-session.ts'
import { formatSet, type ImapView } from './imap-view.ts'
import { fieldsOf, type StoredMessage, splitMessage } from './mailbox-store.ts'

/** SEARCH, answered with numbers or UIDs, or with ESEARCH where RETURN asks for it. */
export async function search(session: ImapSession, { tag, verb, values }: ImapCommand): Promise<void> {
  const { view } = session
  const isUid = verb === 'UID SEARCH'
  const keys = [...values]
  const returns = takeReturn(keys)
  if (textOf(keys[0])?.toUpperCase() === 'CHARSET') keys.splice(0, 2)
  const test = view && keys.length > 0 ? allOf(keys, view) : undefined
  if (!view || !test || (returns && !session.has('ESEARCH'))) return session.complete(tag, `BAD Malformed ${verb}`)
  const found = view.all().filter(({ number, message }) => test(message, number))
  const results = found.map(({ number, message }) => (isUid ? message.uid : number))
  if (returns) await session.untagged(`ESEARCH (TAG "${tag}")${isUid ? ' UID' : ''}${extended(results, returns)}`)
  else await session.untagged(['SEARCH', ...results].join(' '))
  await session.complete(tag, `OK ${verb} completed`, isUid)
}

type Test = (message: StoredMessage, number: number) => boolean

function takeReturn(keys: ImapValue[]): string[] | undefined {
  if (textOf(keys[0])?.toUpperCase() !== 'RETURN') return undefined
  const [, options] = keys.splice(0, 2)
  const words = wordsOf(options).map((word) => word.toUpperCase())
  return words.length > 0 ? words : ['ALL']
}

function extended(results: readonly number[], returns: readonly string[]): string {
  const items: Record<string, string | number | undefined> = {
    MIN: results[0],
    MAX: results.at(-1),
    COUNT: results.length,
    ALL: results.length > 0 ? formatSet(results) : undefined,
  }
  return returns.map((item) => (items[item] === undefined ? '' : ` ${item} ${items[item]}`)).join('')
}

function allOf(values: readonly ImapValue[], view: ImapView): Test | undefined {
  const keys = [...values]
  const tests: Test[] = []
  while (keys.length > 0) {
    const test = nextKey(keys, view)
    if (!test) return undefined
    tests.push(test)
  }
  return (message, number) => tests.every((test) => test(message, number))
}

function nextKey(keys: ImapValue[], view: ImapView): Test | undefined {
  const key = keys.shift()
  if (key?.kind === 'list') return allOf(key.items, view)
  const name = textOf(key)?.toUpperCase() ?? ''
  if (name === 'ALL') return () => true
  if (name === 'NOT') {
    const test = nextKey(keys, view)
    return test && ((message, number) => !test(message, number))
  }
  if (name === 'OR') {
    const one = nextKey(keys, view)
    const other = nextKey(keys, view)
    return one && other && ((message, number) => one(message, number) || other(message, number))
  }
  const flag = flagKeys[name]
  if (flag) return ({ flags }) => flags.has(flag)
  const negated = name.startsWith('UN') ? flagKeys[name.slice(2)] : undefined
  if (negated) return ({ flags }) => !flags.has(negated)
  if (/^[\d*]/.test(name)) return inSet(view, name, false)
  return keyWithValue(name, () => textOf(keys.shift()), view)
}

const flagKeys: Readonly<Record<string, string>> = {
  ANSWERED: '\\Answered',
  DELETED: '\\Deleted',
  DRAFT: '\\Draft',
  FLAGGED: '\\Flagged',
  SEEN: '\\Seen',
}

function keyWithValue(name: string, next: () => string | undefined, view: ImapView): Test | undefined {
  const value = next()
  if (value === undefined) return undefined
  const wanted = value.toLowerCase()
  const day = parseDay(value) ?? Number.NaN
  const arrival = (message: StoredMessage) => parseDay(message.internalDate) ?? Number.NaN
  switch (name) {
    case 'UID':
      return inSet(view, value, true)
    case 'LARGER':
      return ({ bytes }) => bytes.length > Number(value)
    case 'SMALLER':
      return ({ bytes }) => bytes.length < Number(value)
    case 'SINCE':
      return (message) => arrival(message) >= day
    case 'BEFORE':
      return (message) => arrival(message) < day
    case 'ON':
      return (message) => arrival(message) === day
    case 'KEYWORD':
      return ({ flags }) => flags.has(value)
    case 'UNKEYWORD':
      return ({ flags }) => !flags.has(value)
    case 'HEADER':
      return headerContains(wanted, next()?.toLowerCase())
    case 'FROM':
    case 'TO':
    case 'CC':
    case 'BCC':
    case 'SUBJECT':
      return headerContains(name.toLowerCase(), wanted)
    case 'BODY':
      return ({ bytes }) => splitMessage(bytes).body.toString().toLowerCase().includes(wanted)
    case 'TEXT':
      return ({ bytes }) => bytes.toString().toLowerCase().includes(wanted)
    default:
      return undefined
  }
}

function inSet(view: ImapView, set: string, isUid: boolean): Test | undefined {
  const chosen = view.select(set, isUid)
  if (!chosen) return undefined
  const messages = new Set(chosen.map(({ message }) => message))
  return (message) => messages.has(message)
}

function headerContains(name: string, wanted: string | undefined): Test | undefined {
  if (wanted === undefined) return undefined
  return ({ bytes }) =>
    fieldsOf(bytes).some((field) => field.name === name && unfold(field.raw).toLowerCase().includes(wanted))
}
