// Says why a keyring is of no use, and what to do about it, where the system's own words do not.

/** The end of a sentence, and what to do. */
interface Explained {
  readonly reason: string
  readonly hint: string
}

const elsewhere = 'keep the password in { file: PATH }, or use { command: [...] } or { credential: NAME }'

/** Explains what the keyring answered: `reason` are its own words. */
export function explainKeyring(reason: string): Explained {
  const [what, hint] = explanations.find(([pattern]) => pattern.test(reason))?.slice(1) ?? [
    "the operating system's keyring cannot be used",
    `On a machine without a desktop session there usually is no keyring: ${elsewhere}. Where there is one, unlock it and try again.`,
  ]
  return { reason: `${what} (${reason})`, hint: String(hint) }
}

// gnome-keyring asks for the keyring's own password on a screen; where there is none, the question counts as dismissed.
const explanations: readonly (readonly [pattern: RegExp, what: string, hint: string])[] = [
  [
    /prompt was dismissed|IsLocked|locked collection/i,
    "the operating system's keyring is locked, and nobody unlocked it",
    `Unlock it (logging in to a desktop session does; elsewhere: gnome-keyring-daemon --unlock, with its password on standard input), or ${elsewhere}.`,
  ],
  [
    /no result found/i,
    "the operating system's keyring has no place for passwords yet",
    `Log in to a desktop session once, which makes one (elsewhere: gnome-keyring-daemon --unlock, with a password for it on standard input), or ${elsewhere}.`,
  ],
]
