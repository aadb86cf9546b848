// Hosts: names, addresses, and which of them never leave this machine.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isLoopback, parseHost } from '../../src/config/host.ts'
import { table } from './table.ts'

describe('hosts', () => {
  it('are names or addresses, in lower case and ASCII', () => {
    table(parseHost, [
      ['pop.example', 'pop.example'],
      ['POP.Example', 'pop.example'],
      ['localhost', 'localhost'],
      ['127.0.0.1', '127.0.0.1'],
      ['::1', '::1'],
      ['2001:DB8::1', '2001:db8::1'],
      ['mail_1.example', 'mail_1.example'],
      ['bücher.example', 'xn--bcher-kva.example'],
    ])
    const refused = [
      '',
      '.',
      'a..b',
      'a.',
      '-a',
      'a-',
      'a b',
      'a/b',
      'a:995',
      '[::1]',
      'x@y',
      'imaps://x',
      'a\n',
      `${'a'.repeat(64)}.b`,
    ]
    table(
      parseHost,
      refused.map((host) => [host, undefined]),
    )
  })

  it('on this machine are known, and those that only look so are not', () => {
    for (const host of ['localhost', '127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1'])
      assert.ok(isLoopback(host), host)
    for (const host of [
      'localhost.example',
      '127.1',
      '126.0.0.1',
      '128.0.0.1',
      '::',
      '::2',
      '0.0.0.0',
      '127.0.0.1.nip.io',
    ]) {
      assert.ok(!isLoopback(host), host)
    }
  })
})
