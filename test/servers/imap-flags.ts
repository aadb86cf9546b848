// Message flags as clients may set them (RFC 3501 §2.3.2).

/** The system flags but for \Recent, which no client can set. */
export const systemFlags: readonly string[] = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft']

/** Flags in their usual spelling; undefined when one of them is a system flag that does not exist (B24). */
export function parseFlags(words: readonly string[]): string[] | undefined {
  const flags = words.map((word) => {
    const system = systemFlags.find((flag) => flag.toLowerCase() === word.toLowerCase())
    return system ?? (word.startsWith('\\') ? undefined : word)
  })
  return flags.every((flag) => flag !== undefined) ? flags : undefined
}
