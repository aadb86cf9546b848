// Reads sizes as people write them: 50MB, 50 MiB, 1.5GB or a number of bytes.
import type { Parsed } from './parsed.ts'
import { quote } from './problem.ts'

const factors: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
}

/** What to write for a size. */
export const sizeInstead = 'write a size such as 50MB (50,000,000 bytes), 50MiB (52,428,800 bytes) or a number of bytes'

/** Parses a size into bytes, rounded down; positive and a safe integer. `50M` is refused: it could mean either unit. */
export function parseSize(size: string | number): Parsed<number> {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(String(size).trim())
  const unit = match?.[2]?.toLowerCase() || 'b'
  const factor = Object.hasOwn(factors, unit) ? factors[unit] : undefined
  if (!match || factor === undefined) {
    return { ok: false, problem: `${quote(String(size))} is not a size`, instead: sizeInstead }
  }
  const bytes = Math.floor(Number(match[1]) * factor)
  if (bytes >= 1 && Number.isSafeInteger(bytes)) return { ok: true, value: bytes }
  return { ok: false, problem: `${quote(String(size))} is out of range`, instead: sizeInstead }
}
