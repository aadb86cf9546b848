// Mozilla's autoconfig: what a domain itself says of its mail servers, at two places of its own, over https.
import type { MailAddress } from '../core/mail-address.ts'
import { cleanHost, type Guess, type Protocol } from './guess.ts'
import { readXml, type XmlElement } from './xml.ts'

/** Fetches a small text over https; undefined where there is none, whatever the reason. Never rejects. */
export type FetchText = (url: string) => Promise<string | undefined>

/** Where a domain may have its file. Nobody but the domain is asked, and it is told no address unless that is wanted. */
export function autoconfigUrls({ address, domain }: MailAddress, tellsAddress: boolean): readonly string[] {
  const query = tellsAddress ? `?emailaddress=${encodeURIComponent(address)}` : ''
  return [
    `https://autoconfig.${domain}/mail/config-v1.1.xml${query}`,
    `https://${domain}/.well-known/autoconfig/mail/config-v1.1.xml${query}`,
  ]
}

/** The servers that such a file names for a protocol, in its order; those without encryption are left out. */
export function guessesFrom(xml: string, mail: MailAddress, protocol: Protocol, url: string): readonly Guess[] {
  const root = readXml(xml)
  if (root?.name !== 'clientConfig') return []
  const servers = childrenOf(root, 'emailProvider').flatMap((provider) => childrenOf(provider, 'incomingServer'))
  return servers
    .filter(({ attributes }) => attributes.get('type') === protocol)
    .flatMap((server) => {
      const guess = guessFrom(server, mail, url)
      return guess ? [guess] : []
    })
}

function guessFrom(server: XmlElement, mail: MailAddress, url: string): Guess | undefined {
  const value = (name: string) => filled(childrenOf(server, name)[0]?.text.trim() ?? '', mail)
  const host = cleanHost(value('hostname'))
  const port = Number(value('port'))
  const tls = { SSL: 'implicit', STARTTLS: 'starttls' } as const
  const socket = value('socketType')
  const user = value('username') || mail.address
  if (host === undefined || !Number.isInteger(port) || port < 1 || port > 65535) return undefined
  if ((socket !== 'SSL' && socket !== 'STARTTLS') || /[\p{C}]/u.test(user) || user.length > 320) return undefined
  const ways = childrenOf(server, 'authentication').map(({ text }) => text.trim())
  const signIn = ways.length > 0 && ways.every((way) => way === 'OAuth2') ? 'oauth' : 'password'
  // Where a file was asked for says enough, and holds no address.
  const origin = url.replace(/\?.*/, '')
  return { host, port, tls: tls[socket], user, origin, isForgeable: false, signIn }
}

function filled(text: string, { address, local, domain }: MailAddress): string {
  return text
    .replaceAll('%EMAILADDRESS%', () => address)
    .replaceAll('%EMAILLOCALPART%', () => local)
    .replaceAll('%EMAILDOMAIN%', () => domain)
}

function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name)
}
