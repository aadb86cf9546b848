// The table of old and new names: the unique-id each settled message had, and where it lies now; for hosts that keep UIDLs alive.
import { isDerivedKey } from '../core/fingerprint.ts'
import { bytesFromKey, type Key } from '../core/message.ts'
import { type ExportOptions, type ExportReport, saved } from './export.ts'
import type { Row } from './salvage.ts'

/** The first line: the names of the columns, in the order in which they stand for ever. */
const uidlMapHeader = 'pair,uidl,uidl_base64,folder,uidvalidity,uid\r\n'

/**
 * Writes CSV (RFC 4180, UTF-8): a line per message that is settled and had a name of its own. `uidl` is empty where the
 * name is not what RFC 1939 §7 allows, printable ASCII without blanks; `uidl_base64` always holds its exact bytes.
 * Errors: as `exportLedger`.
 */
export function exportUidlMap({ path, pairs, write }: Omit<ExportOptions, 'version'>): ExportReport {
  return saved(path, pairs, (salvage, chosen) => {
    write(uidlMapHeader)
    let messages = 0
    for (const row of salvage.messages(chosen)) {
      const line = lineOf(row)
      if (line === undefined) continue
      write(line)
      messages += 1
    }
    const { unreadable, isWhole } = salvage
    return { pairs: chosen.size, messages, unreadable, isWhole }
  })
}

function lineOf({ pair, key: name, state, uid, folder }: Row): string | undefined {
  const key = String(name) as Key
  if (state !== 'settled' || typeof folder !== 'object' || folder === null || isDerivedKey(key)) return undefined
  if (!('path' in folder && 'uidValidity' in folder)) return undefined
  const base64 = Buffer.from(bytesFromKey(key)).toString('base64')
  const fields = [pair, /^[\x21-\x7e]+$/.test(key) ? key : '', base64, folder.path, folder.uidValidity, uid]
  return `${fields.map((value) => fieldOf(String(value))).join(',')}\r\n`
}

function fieldOf(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
