// How a message is announced on the wire: plain or non-synchronising literal, flags, INTERNALDATE.
import type { Outgoing } from '../../core/ports.ts'

/** What a server takes without being asked first: everything (LITERAL+), little (LITERAL-), or nothing (RFC 7888). */
export type LiteralStyle = 'plus' | 'minus' | 'none'

const largestMinus = 4096
/** Larger messages are worth a round trip in which the server can refuse them before they are sent (quirk B06). */
const largestUnasked = 1024 * 1024

/** Whether the server has to be asked before a literal of `size` octets; `largestTaken` is what it has stored before. */
export function isSynchronising(size: number, style: LiteralStyle, largestTaken: number): boolean {
  if (style === 'plus') return size > Math.max(largestUnasked, largestTaken)
  return style === 'none' || size > largestMinus
}

/** Flags, date and literal head of one message, up to the line end behind which its octets follow (RFC 3501 §6.3.11). */
export function headOf({ message, flags, internalDate }: Outgoing, synchronising: boolean): string {
  const list = flags.length === 0 ? '' : `(${flags.join(' ')}) `
  return `${list}"${dateTime(internalDate)}" {${message.size}${synchronising ? '' : '+'}}\r\n`
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** A date-time of RFC 3501 §9 in UTC, such as ` 7-Jul-1996 02:44:25 +0000`: the day is padded with a space. */
export function dateTime(milliseconds: number): string {
  const date = new Date(milliseconds)
  const day = String(date.getUTCDate()).padStart(2, ' ')
  const year = String(date.getUTCFullYear()).padStart(4, '0')
  return `${day}-${months[date.getUTCMonth()]}-${year} ${date.toISOString().slice(11, 19)} +0000`
}

/** Whether a flag is one that can be written: an atom, a system flag with its backslash, and never \Recent. */
export function isStorable(flag: string): boolean {
  return /^\\?[^\x00-\x20\x7f-\uffff(){%*"\\\]]+$/.test(flag) && flag.toLowerCase() !== '\\recent'
}
