// Finds the servers behind an e-mail address: by what is known of providers, by DNS, and by what the domain itself says.
import { domainToASCII } from 'node:url'
import { type MailAddress, parseMailAddress } from '../core/mail-address.ts'
import { serversOfDomain, serversOfMailExchanger } from '../core/providers.ts'
import { autoconfigUrls, type FetchText, guessesFrom } from './autoconfig.ts'
import { cleanHost, type Guess, isWithin, type Protocol, tlsPorts } from './guess.ts'
import type { Lookup } from './resolver.ts'

/** Who is asked. */
export interface FindOptions {
  readonly lookup: Lookup
  readonly fetchText: FetchText
  /** Whether the domain's own server may be told the whole address, for which some have an answer of their own. */
  readonly tellsAddress: boolean
}

/**
 * Guesses, the best first; none where nothing is known. Only name servers and the domain's own web server are asked,
 * and nobody at all about the domains of known providers. Never rejects.
 */
export async function findServers(text: string, protocol: Protocol, options: FindOptions): Promise<readonly Guess[]> {
  const parsed = parseMailAddress(text)
  const domain = parsed && domainToASCII(parsed.domain)
  if (!parsed || !domain) return []
  const mail = { ...parsed, domain }
  const known = serversOfDomain(domain)
  if (known) return [usualGuess(known[protocol], mail, protocol, `what mailhaul knows of ${known.title}`)]
  const guesses = await Promise.all([
    byServiceRecords(mail, protocol, options.lookup),
    byAutoconfig(mail, protocol, options),
    byMailExchanger(mail, protocol, options.lookup),
    byUsualNames(mail, protocol, options.lookup),
  ])
  return distinct(guesses.flat())
}

function usualGuess(host: string, { address }: MailAddress, protocol: Protocol, origin: string): Guess {
  const port = tlsPorts[protocol]
  return { host, port, tls: 'implicit', user: address, origin, isForgeable: false, signIn: 'password' }
}

/** RFC 6186: the service with TLS from the first byte comes before the one with STARTTLS. */
async function byServiceRecords(mail: MailAddress, protocol: Protocol, lookup: Lookup): Promise<readonly Guess[]> {
  const services = [
    { service: `_${protocol}s._tcp.${mail.domain}`, tls: 'implicit' },
    { service: `_${protocol}._tcp.${mail.domain}`, tls: 'starttls' },
  ] as const
  const found = await Promise.all(
    services.map(async ({ service, tls }) => {
      const records = (await lookup.services(service)).toSorted(
        (one, other) => one.priority - other.priority || other.weight - one.weight,
      )
      return records.flatMap(({ name, port }): readonly Guess[] => {
        // A name of a single dot says that there is no such service.
        const host = cleanHost(name)
        if (host === undefined || port < 1) return []
        const isForgeable = !isWithin(host, mail.domain)
        return [
          {
            host,
            port,
            tls,
            user: mail.address,
            origin: `the SRV record of ${service}`,
            isForgeable,
            signIn: 'password',
          },
        ]
      })
    }),
  )
  return found.flat()
}

async function byAutoconfig(mail: MailAddress, protocol: Protocol, options: FindOptions): Promise<readonly Guess[]> {
  const urls = autoconfigUrls(mail, options.tellsAddress)
  const found = await Promise.all(
    urls.map(async (url) => guessesFrom((await options.fetchText(url)) ?? '', mail, protocol, url)),
  )
  return found.flat()
}

async function byMailExchanger(mail: MailAddress, protocol: Protocol, lookup: Lookup): Promise<readonly Guess[]> {
  const [host = ''] = await lookup.mailExchangers(mail.domain)
  const servers = serversOfMailExchanger(host)
  if (!servers) return []
  const origin = `the MX record of ${mail.domain}, which is ${servers.title}'s`
  // A forged answer can only choose among the providers of the table.
  return [usualGuess(servers[protocol], mail, protocol, origin)]
}

async function byUsualNames(mail: MailAddress, protocol: Protocol, lookup: Lookup): Promise<readonly Guess[]> {
  const names = [protocol === 'pop3' ? 'pop' : 'imap', protocol === 'pop3' ? 'pop3' : 'mail', 'mail']
  const found = await Promise.all(
    [...new Set(names)].map(async (name): Promise<readonly Guess[]> => {
      const host = `${name}.${mail.domain}`
      if (!(await lookup.hasAddress(host))) return []
      return [usualGuess(host, mail, protocol, `its name: ${host} exists, and many servers are called so`)]
    }),
  )
  return found.flat()
}

/** Each server once. One that something with a certificate names as well is not forgeable, and that is its origin. */
function distinct(guesses: readonly Guess[]): readonly Guess[] {
  const groups = Map.groupBy(guesses, ({ host, port, user }) => `${host} ${port} ${user}`)
  return [...groups.values()].flatMap((same) => same.find(({ isForgeable }) => !isForgeable) ?? same.slice(0, 1))
}
