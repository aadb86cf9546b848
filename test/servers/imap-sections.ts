// Parts of a message as FETCH names them: BODY sections and a minimal ENVELOPE (RFC 3501 §6.4.5, §7.4.2).

import { fieldsOf, splitMessage } from './mailbox-store.ts'

/** How to cut a section out of a message; undefined for sections this server does not know (MIME parts). */
export function bodySection(section: string): ((bytes: Buffer) => Buffer) | undefined {
  const [, name = '', negation, fields = ''] = /^([A-Z]*)(?:\.FIELDS(\.NOT)? \((.*)\))?$/i.exec(section) ?? []
  if (section === '') return (bytes) => bytes
  if (section.toUpperCase() === 'TEXT') return (bytes) => splitMessage(bytes).body
  if (section.toUpperCase() === 'HEADER') return (bytes) => splitMessage(bytes).header
  if (name.toUpperCase() !== 'HEADER') return undefined
  const wanted = new Set(fields.toLowerCase().replaceAll('"', '').split(' '))
  return (bytes) => {
    const chosen = fieldsOf(bytes).filter((field) => wanted.has(field.name) !== !!negation)
    return Buffer.from(`${chosen.map((field) => field.raw).join('')}\r\n`, 'latin1')
  }
}

/** Date, subject and message ID; the addresses are left out, which the grammar allows (NIL). */
export function envelope(bytes: Buffer): string {
  const fields = fieldsOf(bytes)
  const valueIn = (name: string) => {
    const raw = fields.find((field) => field.name === name)?.raw
    return raw === undefined ? 'NIL' : nstring(unfold(raw))
  }
  const addresses = Array(6).fill('NIL')
  return `(${[valueIn('date'), valueIn('subject'), ...addresses, valueIn('in-reply-to'), valueIn('message-id')].join(' ')})`
}

/** The value of a header field, on one line. */
export function unfold(raw: string): string {
  return raw
    .slice(raw.indexOf(':') + 1)
    .replace(/\r?\n/g, '')
    .trim()
}

function nstring(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return `"${text.replace(/["\\]/g, '\\$&')}"`
  return `{${text.length}}\r\n${text}`
}
