// Messages that another program has delivered before mailhaul came: left out by name, kept apart from what a policy leaves out.
import type { Known } from './ports.ts'

/** Programs whose list of seen messages can be read. */
export const otherPrograms = ['getmail', 'fetchmail', 'mpop'] as const

/** One of them. */
export type OtherProgram = (typeof otherPrograms)[number]

const prefix = 'elsewhere:'

/** The name under which the ledger keeps what a program has delivered. */
export function markOfProgram(program: OtherProgram): string {
  return prefix + program
}

/** Why such a message stays where it is. */
export function deliveredBefore(program: OtherProgram): string {
  return `delivered by ${program} before`
}

/** Whether a message was delivered by another program: no policy changes that, only finding it at the destination does. */
export function isElsewhere({ state, policy }: Pick<Known, 'state' | 'policy'>): boolean {
  return state === 'left-out' && policy?.startsWith(prefix) === true
}
