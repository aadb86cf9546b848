// What the formats of other programs have in common: accounts with the names of their messages, and lines that are wrong.

/** A maildrop as its server knows it. */
export interface Account {
  readonly host: string
  readonly user: string
}

/** The messages of one account that a program has seen. */
export interface SeenAccount {
  /** The account in the program's own words. */
  readonly title: string
  /** `isGiven`: somebody says that the file is this account's. */
  readonly isOf: (account: Account, isGiven: boolean) => boolean
  readonly names: readonly string[]
}

/** A line that the program does not write: then the file is another one, or damaged. */
export class WrongLine extends Error {
  readonly line: number

  /** The number of the line, counted from 1. */
  constructor(line: number) {
    super(`line ${line}`)
    this.line = line
  }
}

/** The lines of a text without their ends; what stands behind the last line end counts if there is anything. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** Whether host and user are those of the account. Upper and lower case count in neither: no server tells users apart so. */
export function isSameAccount(one: Account, other: Account): boolean {
  return isSame(one.host, other.host) && isSame(one.user, other.user)
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
