// docs/providers.md: what is known of providers, from the table that mailhaul goes by, and of servers, from its tests.
import { type Provider, providers } from '../../src/core/providers.ts'
import type { PublishedRates } from '../../src/core/rates.ts'

const head = `# Providers and servers

What to set, and what to expect. The first part is made by \`npm run generate\` from the table that mailhaul goes by
(\`src/core/providers.ts\`): \`check\` and \`plan\` say the same when they meet the provider. It is known by its host;
\`source.provider\` names it where the host does not tell.

Providers change their rules without telling anybody. No account of any of them takes part in the tests: what they do is
played by servers in memory that behave as published and as their users report.
`

const servers = `## Dovecot

Both ends are tested against the real one (2.3, Debian's).

- As a source: names are stable as long as the administrator keeps \`dovecot-uidlist\`; when that is lost, every message has
  a new name, and mailhaul recognises them by their bytes. A message without a last line end is listed smaller than it is served;
  sizes are hints here and never proof.
- As a destination: MULTIAPPEND and LITERAL+, so batches travel in one command: the fastest there is. It stores no empty message
  (\`empty\` in the report), and folds line ends to its own form: \`verify --deep\` says "canonical-equal, line ends" where
  a message had others.
- Two programs may empty one maildrop at the same time unless \`pop3_lock_session = yes\` is set: let mailhaul be the only one.

## Cyrus

Tested against the real one (3.6, Debian's).

- As a source: one session at a time (\`[IN-USE]\`), and \`popminpoll\` sets a least time between logins: both are waited for.
  Over POP3 it cuts a line at a NUL: what was behind it cannot be had that way.
- As a destination: it refuses NUL, bare newlines and malformed headers (\`rejected\`, with the reason; \`repair\` mends just
  that where you allow it), and with \`munge8bit\`, its default, it replaces 8-bit octets in headers by X. Set
  \`munge8bit: no\` for the time of the move, or see in \`verify --deep\` which messages it changed.

## Courier

Known from its source and its users; not part of the tests.

- As a source: mail with 8-bit headers is wrapped ("Cannot display Unicode content") for clients that do not speak UTF8
  (RFC 6856): mailhaul does where the server offers it. Out of disk, it hides new mail, or shows one message named ENOMEM.
- As a destination: neither MULTIAPPEND nor LITERAL+ everywhere, and more connections make it slower, not faster:
  \`connections: auto\` measures that; \`connections: 1\` says so.

## Everybody else

\`mailhaul check\` says what a server offers and what would not work. [Quirks of real servers](quirks.md) lists 150 habits and
faults, what mailhaul does about each, and the test that shows it.
`

/** The page as a whole. */
export function renderProviders(): string {
  const known = Object.entries(providers as Readonly<Record<string, Provider>>).filter(([name]) => name !== 'none')
  return `${[head, ...known.map(([name, provider]) => providerSection(name, provider)), servers].join('\n')}`
}

function providerSection(name: string, provider: Provider): string {
  const { title, hosts, accounts = [], shows, consumes, removal, notes, published } = provider
  const servers = accounts.map(({ domains, pop3, imap }) => `${domains.join(', ')}: POP3 \`${pop3}\`, IMAP \`${imap}\``)
  const points = [
    ...(hosts.length > 0
      ? [`Known by ${hosts.map((host) => `\`${host}\``).join(', ')}.`]
      : [`\`source.provider: ${name}\` names it.`]),
    ...servers.map((line) => `${line}.`),
    ...(shows === undefined ? [] : [`${shows}.`]),
    ...(consumes
      ? [
          'What was fetched counts as dealt with once the session is properly ended: mailhaul ends it only when every fetched message has its place.',
        ]
      : []),
    ...notes,
    ...(removal === undefined ? [] : [removal]),
    ...(published?.fetch ? [limitOf(published.fetch, 'source')] : []),
    ...(published?.append ? [limitOf(published.append, 'destination')] : []),
  ]
  return `## ${title}\n\n${points.map((point) => `- ${point}`).join('\n')}\n`
}

function limitOf({ says }: PublishedRates, end: string): string {
  return `${says}: mailhaul keeps to that unless \`${end}.limits\` says otherwise.`
}
