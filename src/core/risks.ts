// What may go otherwise than people expect, with how much that matters and what to do: one table, one entry each.
import { formatBytes, formatDuration, grouped } from './format.ts'

/** note: good to know; warning: look at it before you begin; problem: as it stands, it will not work. */
export type Severity = 'problem' | 'warning' | 'note'

/** One risk of a pair, in plain words. */
export interface Risk {
  readonly code: RiskCode
  readonly severity: Severity
  readonly text: string
  readonly advice: string | undefined
}

/** Whether a pair cannot move as planned, as it stands: no room, or a problem. */
export function isBlocked({
  fits,
  risks,
}: {
  fits?: boolean | null | undefined
  risks: readonly { severity: Severity }[]
}) {
  return fits === false || risks.some(({ severity }) => severity === 'problem')
}

interface Entry {
  readonly severity: Severity
  /** Words of the sentence that tells of it, wherever it is said; undefined where only a plan says it. */
  readonly said?: string
  readonly advice?: string
}

const nothingToDo = 'Nothing has to be done for it.'
const renewal = 'Whoever runs the server has to renew it: from that day on logins fail. Move before, or ask them.'

/** Said where routes or dates want headers and the source gives none ahead. */
export const noTop = 'The server does not offer TOP: messages are fetched before routes and dates can be looked at.'

/** The table. What is found out elsewhere is told there in a sentence, and recognised here by its words. */
const table = {
  'quota-too-small': {
    severity: 'problem',
    advice: 'Make room at the destination, get more storage, or leave something out with select, before you run sync.',
  },
  'login-held': { severity: 'warning', advice: 'Now that the login works: mailhaul sync --now.' },
  'certificate-expired': { severity: 'problem', advice: 'Ask whoever runs the server to renew it.' },
  'certificate-expires': { severity: 'warning', advice: renewal },
  'source-consumes': {
    severity: 'warning',
    said: 'removes what has been retrieved (EXPIRE 0)',
    advice: 'sync takes that back before it says goodbye; other programs that fetch from there may not.',
  },
  'source-expires': {
    severity: 'warning',
    said: 'days (EXPIRE)',
    advice: 'Move before that, and often enough that nothing is gone before it was seen.',
  },
  window: {
    severity: 'warning',
    said: 'This may not be the whole mailbox',
    advice: "Compare the number of messages with what the provider's web mail shows, and look at its POP settings.",
  },
  'listing-disagrees': {
    severity: 'warning',
    said: 'STAT counts',
    advice: 'Run plan again: if they still disagree, ask whoever runs the server.',
  },
  'listing-malformed': { severity: 'warning', said: 'are malformed or repeated, and were ignored' },
  'uidl-strays': { severity: 'note', said: 'that LIST does not show' },
  'no-uidl': {
    severity: 'warning',
    said: 'The server does not support UIDL',
    advice: 'Each later run costs as much as the first: better move once, and not every few minutes.',
  },
  'keys-shared': {
    severity: 'warning',
    said: 'share their unique-id with another',
    advice: `${nothingToDo} Each run fetches them to tell them apart, and leave does not remove them.`,
  },
  'keys-missing': {
    severity: 'warning',
    said: 'have no usable unique-id',
    advice: `${nothingToDo} Each run fetches them to recognise them, and leave does not remove them.`,
  },
  resized: { severity: 'note', said: 'listed with another size than before' },
  returned: { severity: 'note', said: 'listed again after' },
  'same-mailbox': {
    severity: 'warning',
    advice:
      'If another program has brought them, nothing has to be done. If both ends are one mailbox, take this pair out: ' +
      'sync stops after its first message.',
  },
  'backlog-first-run': { severity: 'warning', said: 'lies in the maildrop now is its backlog' },
  'backlog-no-effect': { severity: 'warning', said: 'The setting backlog has no effect' },
  'backlog-hides': { severity: 'warning', said: 'what is skipped stays in front' },
  'backlog-by-date': { severity: 'note', said: 'what belongs to the backlog is told by the date of delivery' },
  'no-top': {
    severity: 'warning',
    said: 'The server does not offer TOP',
    advice: 'The folders and the dates of this plan are therefore not those of each message; sync finds them out.',
  },
  'utf8-refused': {
    severity: 'warning',
    said: 'The server refused UTF8',
    advice: 'Run mailhaul verify --deep afterwards.',
  },
  'limits-lifted': {
    severity: 'warning',
    said: 'lets sync go beyond that',
    advice: 'Take the limits out of the configuration, or raise them step by step.',
  },
  'gmail-merges': {
    severity: 'note',
    said: 'Gmail keeps one copy of messages that it takes for the same',
    advice: 'Nothing is lost by it: what is not there of its own stays at the source, and verify names it.',
  },
  'daily-budget': { severity: 'note', said: 'of the daily budget of' },
  'published-limits': { severity: 'note', said: 'says otherwise.' },
  'published-limits-kept': { severity: 'note', said: 'keeps sync below that' },
  'login-delay': { severity: 'note', said: 'between two logins (LOGIN-DELAY)' },
  'no-capa': { severity: 'note', said: '(no CAPA)' },
  'no-pipelining': { severity: 'note', said: 'No pipelining' },
  'no-uidplus': { severity: 'note', said: '(no UIDPLUS)' },
  'no-multiappend': { severity: 'note', said: '(no MULTIAPPEND)' },
  'no-literal-plus': { severity: 'note', said: '(no LITERAL+)' },
} as const satisfies Readonly<Record<string, Entry>>

/** Names of risks, for scripts and for the docs. */
export type RiskCode = keyof typeof table

/** All of them, in the order of the table. */
export const riskCodes = Object.keys(table) as readonly RiskCode[]

/** An entry of the table, for the docs and for tests. */
export function riskEntry(code: RiskCode): Entry {
  return table[code]
}

/** A risk told in these words. */
function risk(code: RiskCode, text: string, severity: Severity = table[code].severity): Risk {
  const { advice }: Entry = table[code]
  return { code, severity, text, advice }
}

/** Sorts sentences into risks and other notes, each said once; the order is kept. */
export function sortedOut(sentences: Iterable<string>): { readonly risks: readonly Risk[]; readonly notes: string[] } {
  const risks: Risk[] = []
  const notes: string[] = []
  for (const text of new Set(sentences)) {
    const code = riskCodes.find((candidate) => {
      const { said }: Entry = table[candidate]
      return said !== undefined && text.includes(said)
    })
    if (code === undefined) notes.push(text)
    else risks.push(risk(code, text))
  }
  return { risks, notes }
}

const severities: readonly Severity[] = ['problem', 'warning', 'note']

/** The same risks, each said once, the worst first. */
export function worstFirst(risks: readonly Risk[]): readonly Risk[] {
  const once = [...new Map(risks.map((one) => [one.text, one])).values()]
  return severities.flatMap((severity) => once.filter((one) => one.severity === severity))
}

const day = 86_400_000
/** So many days before a certificate ends, people are told; and so many before, it is urgent. */
const soon = 30
const urgent = 7

/** What follows from the end of a certificate; `now` and `validTo` in milliseconds since the epoch. */
export function certificateRisk(host: string, validTo: number, now: number): Risk | undefined {
  const days = Math.floor((validTo - now) / day)
  if (!(days < soon)) return undefined
  if (days < 0) return risk('certificate-expired', `The certificate of ${host} has expired.`)
  const when = days === 0 ? 'within a day' : days === 1 ? 'in 1 day' : `in ${days} days`
  const severity = days < urgent ? 'problem' : 'warning'
  return risk('certificate-expires', `The certificate of ${host} expires ${when}.`, severity)
}

/** What follows from a quota, all in octets; undefined where there is room. */
export function quotaRisk(needed: number, free: number): Risk | undefined {
  if (needed <= free) return undefined
  const text = `The destination has ${formatBytes(free)} left, and up to ${formatBytes(needed)} are to be moved.`
  return risk('quota-too-small', text)
}

/** Sync would wait, for its last logins were refused; `rest` in milliseconds. */
export function loginHeldRisk(runs: number, rest: number): Risk {
  return risk(
    'login-held',
    `The last ${runs === 1 ? 'run was' : `${grouped(runs)} runs were`} refused the login, so sync waits for another ${formatDuration(rest)}.`,
  )
}

/** Everything to be moved may be there already. */
export function sameMailboxRisk(messages: number): Risk {
  const text =
    `INBOX holds a message of the same size for each of the ${grouped(messages)} that are to be moved: they may have been ` +
    'brought before, or source and destination may be one and the same mailbox.'
  return risk('same-mailbox', text)
}
