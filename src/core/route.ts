// What the policy of a pair says about a message: whether it is moved, where to, and with which flags.
import { createHash } from 'node:crypto'
import { addressesOf } from './addresses.ts'
import { formatBytes } from './format.ts'
import { decodedValue, type HeaderField, headerValues } from './headers.ts'
import type { Condition, Policy, Select } from './pair.ts'

// Whom a message was sent to, as far as its headers tell.
const recipientFields = ['To', 'Cc', 'Bcc']

/** The folder, possibly still a template, and the flags: of the first route that holds, else of the pair. */
export function routeOf(
  policy: Policy,
  fields: readonly HeaderField[],
): { readonly folder: string; readonly flags: readonly string[] } {
  const route = policy.routes.find(({ when }) => holds(when, fields))
  return { folder: route?.folder ?? policy.folder, flags: route?.flags ?? policy.flags }
}

/** A folder name with `{year}` and `{month}` (two digits) filled in from an instant, in UTC. */
export function folderOf(template: string, instant: number): string {
  const date = new Date(instant)
  return template
    .replaceAll('{year}', String(date.getUTCFullYear()))
    .replaceAll('{month}', String(date.getUTCMonth() + 1).padStart(2, '0'))
}

/** Whether header blocks have to be read before a message can be planned: for routes, dates or a template. */
export function needsHeaders({ routes, select, folder }: Policy): boolean {
  const isDated = select.since !== undefined || select.before !== undefined
  return routes.length > 0 || isDated || folder.includes('{year}') || folder.includes('{month}')
}

/** Why a message is left out, in words; undefined if it is not. Without an instant, only its size is judged. */
export function selectReason(
  { maxSize, since, before }: Select,
  { size, instant }: { readonly size: number; readonly instant?: number | undefined },
): string | undefined {
  if (maxSize !== undefined && size > maxSize) return `larger than select.maxSize (${formatBytes(maxSize)})`
  if (instant === undefined) return undefined
  if (since !== undefined && instant < since) {
    return `dated earlier than select.since (${formatInstant(since)})`
  }
  if (before !== undefined && instant >= before) {
    return `not dated earlier than select.before (${formatInstant(before)})`
  }
  return undefined
}

/**
 * A hash of everything in a policy that can leave a message out or send it elsewhere: select, routes and duplicates.
 * Stored with messages that were left out, so that they are looked at again when it changes.
 */
export function policyDigest({ select, routes, duplicates }: Policy): string {
  const content = [
    [select.maxSize ?? null, select.since ?? null, select.before ?? null],
    routes.map(({ when, folder, flags }) => [
      when.kind === 'header' ? ['header', when.name.toLowerCase()] : ['address', when.field],
      comparable(when.pattern),
      folder,
      flags ?? null,
    ]),
    duplicates,
  ]
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}

function holds(condition: Condition, fields: readonly HeaderField[]): boolean {
  return valuesFor(condition, fields).some((value) => matches(condition.pattern, value))
}

function valuesFor(condition: Condition, fields: readonly HeaderField[]): readonly string[] {
  if (condition.kind === 'header') {
    return headerValues(fields, condition.name).flatMap((raw) => {
      const value = decodedValue(raw)
      // List-Id and others name a thing in words and, in angle brackets, for programs (RFC 2919 §3).
      return [value, ...inAngles(value)]
    })
  }
  const names = condition.field === 'from' ? ['From'] : recipientFields
  return names.flatMap((name) => headerValues(fields, name)).flatMap(addressesOf)
}

function inAngles(value: string): string[] {
  const found: string[] = []
  for (let start = value.indexOf('<'); start !== -1; ) {
    const end = value.indexOf('>', start)
    if (end === -1) break
    found.push(value.slice(start + 1, end))
    start = value.indexOf('<', end)
  }
  return found
}

/** Whether the pattern covers the whole value; `*` stands for any characters, none included. */
function matches(pattern: string, value: string): boolean {
  const text = comparable(value)
  const [first = '', ...middle] = comparable(pattern).split('*')
  const last = middle.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  // The earliest place for each piece leaves the most room for those behind it, so nothing is ever tried twice.
  for (const piece of middle) {
    const found = text.indexOf(piece, at)
    if (found === -1) return false
    at = found + piece.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

function comparable(text: string): string {
  return text.normalize('NFC').toLowerCase()
}

/** The day, and the time too unless it is midnight, in UTC. */
function formatInstant(instant: number): string {
  const [day = '', time = ''] = new Date(instant).toISOString().split('T')
  return time.startsWith('00:00:00') ? day : `${day} ${time.slice(0, 5)} UTC`
}
