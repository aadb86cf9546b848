// The servers behind an address: from every place they are known, the best first, and nobody else is asked.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { findServers } from '../../src/discovery/find-servers.ts'
import type { Guess, Protocol } from '../../src/discovery/guess.ts'
import type { Lookup, ServiceRecord } from '../../src/discovery/resolver.ts'

interface World {
  readonly services?: Readonly<Record<string, readonly Partial<ServiceRecord>[]>>
  readonly mx?: readonly string[]
  readonly hosts?: readonly string[]
  readonly files?: Readonly<Record<string, string>>
}

/** Looks for servers in a world of these records and files, and keeps what was asked. */
async function look(address: string, protocol: Protocol, world: World, tellsAddress = false) {
  const asked: string[] = []
  const lookup: Lookup = {
    services: async (name) => {
      asked.push(name)
      const records = world.services?.[name] ?? []
      return records.map((record) => ({ name: '', port: 995, priority: 10, weight: 0, ...record }))
    },
    mailExchangers: async (domain) => {
      asked.push(`MX ${domain}`)
      return world.mx ?? []
    },
    hasAddress: async (host) => {
      asked.push(`A ${host}`)
      return world.hosts?.includes(host) ?? false
    },
  }
  const fetchText = async (url: string) => {
    asked.push(url)
    return world.files?.[url.replace(/\?.*/, '')]
  }
  return { guesses: await findServers(address, protocol, { lookup, fetchText, tellsAddress }), asked }
}

const brief = ({ host, port, tls, user, isForgeable }: Guess) => [host, port, tls, user, isForgeable]

const autoconfig = `<?xml version="1.0"?>
<clientConfig version="1.1"><emailProvider id="old.example"><domain>old.example</domain>
  <incomingServer type="imap"><hostname>mail.%EMAILDOMAIN%</hostname><port>993</port><socketType>SSL</socketType>
    <username>%EMAILLOCALPART%</username><authentication>OAuth2</authentication></incomingServer>
  <incomingServer type="pop3"><hostname>clear.old.example</hostname><port>110</port><socketType>plain</socketType></incomingServer>
  <incomingServer type="pop3"><hostname>POP.elsewhere.example</hostname><port>110</port><socketType>STARTTLS</socketType>
    <username>%EMAILADDRESS%</username><authentication>OAuth2</authentication><authentication>password-cleartext</authentication></incomingServer>
  <incomingServer type="pop3"><hostname>not a host</hostname><port>995</port><socketType>SSL</socketType></incomingServer>
  <incomingServer type="pop3"><hostname>pop.old.example</hostname><port>99500</port><socketType>SSL</socketType></incomingServer>
</emailProvider></clientConfig>`
const place = 'https://autoconfig.old.example/mail/config-v1.1.xml'

describe('findServers', () => {
  test('knows the providers of its table, and asks nobody about them', async () => {
    const { guesses, asked } = await look('Alice@GMail.com', 'imap', {})
    assert.deepEqual(guesses.map(brief), [['imap.gmail.com', 993, 'implicit', 'Alice@gmail.com', false]])
    assert.deepEqual(asked, [])
    assert.equal((await look('a@outlook.com', 'pop3', {})).guesses[0]?.host, 'outlook.office365.com')
    assert.equal((await look('a@aol.com', 'pop3', {})).guesses[0]?.host, 'pop.aol.com')
  })

  test('reads SRV records by priority and weight, TLS from the first byte before STARTTLS', async () => {
    const services = {
      '_pop3s._tcp.old.example': [
        { name: 'second.old.example', priority: 20 },
        { name: 'light.old.example', priority: 10, weight: 1 },
        { name: 'heavy.old.example.', priority: 10, weight: 5, port: 9950 },
      ],
      '_pop3._tcp.old.example': [{ name: 'clear.old.example', port: 110 }],
    }
    const { guesses } = await look('alice@old.example', 'pop3', { services })
    assert.deepEqual(
      guesses.map(({ host, port, tls }) => [host, port, tls]),
      [
        ['heavy.old.example', 9950, 'implicit'],
        ['light.old.example', 995, 'implicit'],
        ['second.old.example', 995, 'implicit'],
        ['clear.old.example', 110, 'starttls'],
      ],
    )
    assert.equal(guesses[0]?.origin, 'the SRV record of _pop3s._tcp.old.example')
  })

  test('takes a dot for “no such service”, and a name elsewhere for what a forger could have written', async () => {
    const services = {
      '_imaps._tcp.old.example': [{ name: '.' }, { name: 'mail.hoster.example' }, { name: 'evil\u001b[2J.example' }],
      '_imap._tcp.old.example': [{ name: 'notold.example' }, { name: 'deep.mail.old.example' }],
    }
    const { guesses } = await look('alice@old.example', 'imap', { services })
    assert.deepEqual(
      guesses.map(({ host, isForgeable }) => [host, isForgeable]),
      [
        ['mail.hoster.example', true],
        ['notold.example', true],
        ['deep.mail.old.example', false],
      ],
    )
  })

  test('reads the domain’s own autoconfig file, leaving out what has no encryption or makes no sense', async () => {
    const world = { files: { [place]: autoconfig } }
    const pop3 = await look('alice@old.example', 'pop3', world)
    assert.deepEqual(pop3.guesses.map(brief), [['pop.elsewhere.example', 110, 'starttls', 'alice@old.example', false]])
    assert.equal(pop3.guesses[0]?.origin, place)
    assert.equal(pop3.guesses[0]?.signIn, 'password')
    const imap = await look('alice@old.example', 'imap', world)
    assert.deepEqual(imap.guesses.map(brief), [['mail.old.example', 993, 'implicit', 'alice', false]])
    assert.equal(imap.guesses[0]?.signIn, 'oauth')
  })

  test('asks nobody but name servers and the domain, by https, and tells the address only when that is wanted', async () => {
    const { asked } = await look('alice@old.example', 'pop3', {})
    const urls = asked.filter((name) => name.includes(':'))
    assert.deepEqual(urls, [place, 'https://old.example/.well-known/autoconfig/mail/config-v1.1.xml'])
    for (const name of asked) assert.ok(!name.includes('alice') && /(^|[./ ])old\.example/.test(name), name)
    const told = await look('alice@old.example', 'pop3', {}, true)
    assert.ok(told.asked.includes(`${place}?emailaddress=alice%40old.example`))
  })

  test('knows a provider by the host that takes the domain’s mail', async () => {
    const { guesses } = await look('alice@firm.example', 'imap', { mx: ['aspmx.l.google.com'] })
    assert.deepEqual(guesses.map(brief), [['imap.gmail.com', 993, 'implicit', 'alice@firm.example', false]])
    const other = await look('alice@firm.example', 'pop3', { mx: ['firm-example.mail.protection.outlook.com.'] })
    assert.equal(other.guesses[0]?.host, 'outlook.office365.com')
    assert.deepEqual((await look('alice@firm.example', 'pop3', { mx: ['mx.google.com.evil.example'] })).guesses, [])
  })

  test('tries the usual names last, and names a server once', async () => {
    const services = { '_pop3s._tcp.old.example': [{ name: 'pop.old.example' }] }
    const { guesses } = await look('alice@old.example', 'pop3', {
      services,
      hosts: ['pop.old.example', 'mail.old.example'],
    })
    assert.deepEqual(
      guesses.map(({ host }) => host),
      ['pop.old.example', 'mail.old.example'],
    )
  })

  test('believes a name elsewhere that the domain’s own file gives too', async () => {
    const services = { '_pop3._tcp.old.example': [{ name: 'pop.elsewhere.example', port: 110 }] }
    const { guesses } = await look('alice@old.example', 'pop3', { services, files: { [place]: autoconfig } })
    assert.deepEqual(
      guesses.map(({ host, origin, isForgeable }) => [host, origin, isForgeable]),
      [['pop.elsewhere.example', place, false]],
    )
  })

  test('asks in ASCII about an international domain, and nothing about what is no address', async () => {
    const { asked } = await look('alice@bücher.example', 'imap', {})
    assert.ok(asked.includes('_imaps._tcp.xn--bcher-kva.example'))
    for (const text of [
      'alice',
      '@old.example',
      'a b@old.example',
      'alice@old',
      'alice@old.example/evil',
      'a@b..example',
      'a@-b.example',
    ])
      assert.deepEqual(await look(text, 'imap', {}), { guesses: [], asked: [] }, text)
  })
})
