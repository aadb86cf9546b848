// What is known of the providers whose POP3 service does otherwise than people expect: one table, one entry each.

import type { Pair } from './pair.ts'
import { type PublishedRates, publishedNote } from './rates.ts'

/**
 * How much of a maildrop a session shows. none: all of it; until-popped: the oldest messages that no session has
 * fetched and properly ended on; newest: so many of the newest; recent: what arrived lately.
 */
type SourceWindow = 'none' | 'until-popped' | 'newest' | 'recent'

/** One provider, as a source and as a destination. */
export interface Provider {
  /** As people call it. */
  readonly title: string
  /** Host names of its servers; `*` in front stands for any name below. */
  readonly hosts: readonly string[]
  /** Its own mail domains, and the servers that people with such an address use, with TLS from the first byte. */
  readonly accounts?: readonly { readonly domains: readonly string[]; readonly pop3: string; readonly imap: string }[]
  /** Hosts that take the mail of other people's domains it runs (MX); `*` in front stands for any name below. */
  readonly mx?: readonly string[]
  readonly window: SourceWindow
  /** Which part of the mailbox is to be seen, in one sentence for reports; undefined where it is all of it. */
  readonly shows?: string
  /** What was fetched counts as removed once the session is properly ended. */
  readonly consumes?: boolean
  /** What becomes of removals, where its own settings or habits decide. */
  readonly removal?: string
  /** Removing is not allowed at all. */
  readonly refusesRemoval?: boolean
  /** What to know, and to set in the provider's settings, before mail is fetched from it. */
  readonly notes: readonly string[]
  /** What to know before mail is brought to it. */
  readonly asDestination?: readonly string[]
  /** What it publishes of its limits, per account: they hold unless the owner of a pair sets others. */
  readonly published?: { readonly fetch?: PublishedRates; readonly append?: PublishedRates }
}

const gmailFetch: PublishedRates = {
  says: 'Gmail gives out 1250 MB a day over POP3 at most',
  rates: { bytesPerDay: 1_250_000_000 },
}

/** The table. A provider is added by one entry; `none` is everybody else. */
export const providers = {
  gmail: {
    title: 'Gmail',
    hosts: ['pop.gmail.com', 'pop.googlemail.com', 'imap.gmail.com', 'imap.googlemail.com'],
    accounts: [{ domains: ['gmail.com', 'googlemail.com'], pop3: 'pop.gmail.com', imap: 'imap.gmail.com' }],
    mx: ['*.google.com', '*.googlemail.com'],
    window: 'until-popped',
    shows:
      'Gmail shows what no program has fetched over POP3 before, as far as its POP setting allows, and never Spam or Trash',
    consumes: true,
    removal: 'What a removal does at Gmail is decided by the same setting of Gmail, not by source.leave.',
    notes: [
      'In the settings of Gmail (Forwarding and POP/IMAP), enable POP for all mail: otherwise older mail is not shown.',
      'What becomes of fetched mail at Gmail is decided there too ("When messages are accessed with POP"): to keep it, choose "keep Gmail\'s copy in the Inbox".',
      'Gmail shows a few hundred messages at a time, the oldest first: sync opens sessions until nothing new appears.',
    ],
    asDestination: [
      'Gmail keeps one copy of messages that it takes for the same, though it says that it has stored each.',
    ],
    published: {
      fetch: gmailFetch,
      append: { says: 'Gmail takes 500 MB a day over IMAP at most', rates: { bytesPerDay: 500_000_000 } },
    },
  },
  outlook: {
    title: 'Outlook',
    hosts: ['outlook.office365.com', 'pop-mail.outlook.com', 'imap-mail.outlook.com'],
    accounts: [
      {
        domains: ['outlook.com', 'hotmail.com', 'live.com', 'msn.com'],
        pop3: 'outlook.office365.com',
        imap: 'outlook.office365.com',
      },
    ],
    mx: ['*.protection.outlook.com'],
    window: 'none',
    removal: 'Outlook.com removes nothing unless its POP settings let apps delete messages.',
    notes: ['Outlook makes each message anew when it is fetched: size and bytes may differ from one time to the next.'],
    published: {
      append: {
        says: 'Outlook and Microsoft 365 take 3600 messages and 300 MB an hour at most',
        rates: { messagesPerSecond: 1, bytesPerSecond: 83_333 },
      },
    },
  },
  yahoo: {
    title: 'Yahoo and AOL',
    hosts: ['*.mail.yahoo.com', 'pop.aol.com', 'imap.aol.com'],
    accounts: [
      {
        domains: ['yahoo.com', 'ymail.com', 'rocketmail.com'],
        pop3: 'pop.mail.yahoo.com',
        imap: 'imap.mail.yahoo.com',
      },
      { domains: ['aol.com'], pop3: 'pop.aol.com', imap: 'imap.aol.com' },
    ],
    window: 'none',
    notes: ['Yahoo and AOL want an app password, made in the security settings of the account.'],
  },
  fastmail: {
    title: 'Fastmail',
    hosts: ['pop.fastmail.com', 'imap.fastmail.com'],
    accounts: [{ domains: ['fastmail.com', 'fastmail.fm'], pop3: 'pop.fastmail.com', imap: 'imap.fastmail.com' }],
    mx: ['*.messagingengine.com'],
    window: 'none',
    notes: ['Fastmail wants an app password, made in its settings (Privacy & Security), in place of the password.'],
  },
  qq: {
    title: 'QQ Mail',
    hosts: ['*.qq.com'],
    accounts: [{ domains: ['qq.com', 'foxmail.com'], pop3: 'pop.qq.com', imap: 'imap.qq.com' }],
    window: 'recent',
    shows: 'QQ Mail shows what its POP setting says: by default the last 30 days',
    notes: [
      'In the settings of QQ Mail, let POP collect all mail: by default it shows the last 30 days.',
      'QQ Mail wants an authorisation code, made in its settings, in place of the password.',
    ],
  },
  netease: {
    title: 'NetEase (163, 126, yeah.net)',
    hosts: ['*.163.com', '*.126.com', '*.yeah.net'],
    accounts: [
      { domains: ['163.com'], pop3: 'pop.163.com', imap: 'imap.163.com' },
      { domains: ['126.com'], pop3: 'pop.126.com', imap: 'imap.126.com' },
      { domains: ['yeah.net'], pop3: 'pop.yeah.net', imap: 'imap.yeah.net' },
    ],
    window: 'recent',
    shows: 'NetEase shows what its POP setting says: by default the last 30 days',
    notes: [
      'In the settings of NetEase Mail, let POP collect all mail: by default it shows the last 30 days.',
      'NetEase Mail wants an authorisation code, made in its settings, in place of the password.',
    ],
  },
  wildduck: {
    title: 'WildDuck',
    hosts: [],
    window: 'newest',
    shows: 'WildDuck shows the newest messages only, 250 unless its operator has changed that',
    removal: 'WildDuck moves removed messages to Trash, and then shows older ones in their place.',
    notes: ['Older mail than the newest 250 messages is out of reach over POP3 as long as those stay where they are.'],
  },
  none: { title: 'no provider known', hosts: [], window: 'none', notes: [] },
} as const satisfies Readonly<Record<string, Provider>>

/** A provider's name in the configuration. */
export type ProviderName = keyof typeof providers

const all: readonly Provider[] = Object.values(providers)

/** Every name, in the order of the table. */
export const providerNames = Object.keys(providers) as readonly ProviderName[]

/** The provider that runs this host. */
export function providerOf(host: string): Provider {
  return all.find(({ hosts }) => matches(host, hosts)) ?? providers.none
}

/** The servers for an address of this domain that a provider gives itself; undefined where the table has none. */
export function serversOfDomain(domain: string): ProviderServers | undefined {
  for (const provider of all) {
    const account = provider.accounts?.find(({ domains }) => domains.includes(domain.toLowerCase()))
    if (account) return { title: provider.title, pop3: account.pop3, imap: account.imap }
  }
  return undefined
}

/** The servers of the provider that takes the mail of somebody's own domain at this host (MX). */
export function serversOfMailExchanger(host: string): ProviderServers | undefined {
  const provider = all.find(({ mx = [] }) => matches(host, mx))
  const account = provider?.accounts?.[0]
  return provider && account && { title: provider.title, pop3: account.pop3, imap: account.imap }
}

/** Where a provider's mailboxes are reached. */
interface ProviderServers {
  readonly title: string
  readonly pop3: string
  readonly imap: string
}

function matches(host: string, patterns: readonly string[]): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  return patterns.some((pattern) => (pattern.startsWith('*') ? name.endsWith(pattern.slice(1)) : name === pattern))
}

/** The provider of a source: as named by the owner of the pair, else by host; Gmail has another face for `recent:`. */
export function sourceProvider(host: string, user: string, named?: ProviderName): Provider {
  const provider: Provider = named === undefined ? providerOf(host) : providers[named]
  return provider === providers.gmail && /^recent:/i.test(user) ? recentGmail : provider
}

/** Gmail for a user name with `recent:` in front: every program sees the same mail, so nobody may remove any. */
const recentGmail: Provider = {
  title: 'Gmail (recent:)',
  hosts: [],
  window: 'recent',
  shows: 'with recent: in front of the user name, Gmail shows the last 30 days',
  refusesRemoval: true,
  published: { fetch: gmailFetch },
  notes: [
    'With recent: in front of the user name Gmail shows the last 30 days, whether fetched before or not, and sent mail too.',
  ],
}

/** What to know before mail is fetched from a pair's source. */
export function sourceNotes(pair: Pick<Pair, 'sourceProvider' | 'sourceRates' | 'policy'>): readonly string[] {
  const { notes, removal } = pair.sourceProvider
  const removes = pair.policy.leave.kind !== 'keep'
  return [...notes, ...(removes && removal ? [removal] : []), ...fetchLimits(pair)]
}

/** What the provider of a source publishes of its limits, and what becomes of it. */
export function fetchLimits({
  sourceProvider: { published },
  sourceRates = {},
}: Pick<Pair, 'sourceProvider' | 'sourceRates'>): readonly string[] {
  return published?.fetch ? [publishedNote(published.fetch, sourceRates, 'source.limits')] : []
}

/** What to know before mail is brought to a pair's destination. */
export function destinationNotes(pair: Pick<Pair, 'destinationProvider' | 'destinationRates'>): readonly string[] {
  return [...(pair.destinationProvider.asDestination ?? []), ...appendLimits(pair)]
}

/** What the provider of a destination publishes of its limits, and what becomes of it. */
export function appendLimits({
  destinationProvider: { published },
  destinationRates = {},
}: Pick<Pair, 'destinationProvider' | 'destinationRates'>): readonly string[] {
  return published?.append ? [publishedNote(published.append, destinationRates, 'destination.limits')] : []
}
