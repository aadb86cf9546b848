// Numbers and nouns as the status page writes them.

/** `1 pair`, `1,204 messages`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** A whole number with its thousands set apart: `1,204`. */
export function grouped(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}
