// Checks the IMAP flags that messages are to be stored with (RFC 3501 §2.3.2).
import type { Parsed } from './parsed.ts'
import { quote } from './problem.ts'

/** What to write for a flag. */
export const flagInstead = String.raw`write '\Seen', '\Answered', '\Flagged', '\Draft' or a keyword such as $Forwarded`

const systemFlags = ['\\Seen', '\\Answered', '\\Flagged', '\\Draft']

const refusals: Readonly<Record<string, string>> = {
  '\\deleted': 'would have the message removed by the next clean-up',
  '\\recent': 'is set by the server alone',
}

/** Parses a flag: the system flags in their usual spelling, keywords as they are. */
export function parseFlag(flag: string): Parsed<string> {
  // A backslash doubled for double quotes, but written without them, arrives doubled; no flag starts with two.
  const single = flag.replace(/^\\\\/, '\\')
  const shown = quote(single)
  const system = systemFlags.find((known) => known.toLowerCase() === single.toLowerCase())
  if (system) return { ok: true, value: system }
  const refusal = refusals[single.toLowerCase()]
  if (refusal) return { ok: false, problem: `${shown} ${refusal}`, instead: flagInstead }
  if (single.startsWith('\\')) return { ok: false, problem: `${shown} is no flag of IMAP`, instead: flagInstead }
  // flag-keyword = atom (RFC 3501 §9)
  if (/^[^\x00-\x20\x7f-\uffff(){%*"\\\]]+$/.test(single)) return { ok: true, value: single }
  return { ok: false, problem: `${shown} has a character that no keyword may have`, instead: flagInstead }
}
