// All contestants, in the order in which they run and are reported.
import type { Contestant } from './contestant.ts'
import { fourImapflows, glue } from './glue.ts'
import { limit } from './limit.ts'
import { mailhaul } from './mailhaul.ts'
import { pop2imap } from './pop2imap.ts'
import { twoSteps } from './two-step.ts'

/** Everybody. */
export const contestants: readonly Contestant[] = [limit, mailhaul, glue, fourImapflows, pop2imap, ...twoSteps]
