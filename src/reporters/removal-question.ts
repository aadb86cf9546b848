// The question that stands between a pair and its first removal: what would go, from where, and on what proof.
import { formatBytes } from '../core/format.ts'
import type { RemovalQuestion, Removing } from '../core/removal.ts'
import { pageOf, paragraph, type ViewOptions } from './page.ts'
import { counted } from './words.ts'

/** What `leave` says, as it stands in the configuration. */
export function leaveWords({ afterDays, proof }: Removing): string {
  if (afterDays === 0 && proof === 'size') return 'leave: delete'
  return `leave: { days: ${afterDays}${proof === 'hash' ? ', proof: hash' : ''} }`
}

/** The question as text without its prompt, ready to be written. */
export function renderRemovalQuestion(question: RemovalQuestion, options: ViewOptions): string {
  const { pair, sourceHost, count, bytes, leave } = question
  const page = pageOf(options)
  const looked = leave.proof === 'hash' ? 'read back and compared' : 'looked for'
  return `${[
    ...paragraph(`${pair}: the first removal at the source`, page, 0, 'strong'),
    ...paragraph(
      `${counted(count, 'message')}, ${formatBytes(bytes)}, ${count === 1 ? 'is' : 'are'} to be removed at ${sourceHost} now (${leaveWords(leave)}).`,
      page,
      2,
    ),
    ...paragraph(
      `Each copy at the destination is ${looked} first; what is not found there stays. With your yes all of them go, whatever maxDeletions says, and later runs go on without asking.`,
      page,
      2,
    ),
  ].join('\n')}\n`
}
