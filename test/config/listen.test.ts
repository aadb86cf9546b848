// Where a status page may be served, as people write it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkConfig } from '../../src/config/check.ts'
import { parseListen } from '../../src/config/listen.ts'

const rows: readonly [text: string, host: string | undefined, port?: number, isLoopback?: boolean][] = [
  ['127.0.0.1:8025', '127.0.0.1', 8025, true],
  ['127.9.9.9:1', '127.9.9.9', 1, true],
  ['LocalHost:8025', 'localhost', 8025, true],
  ['[::1]:8025', '::1', 8025, true],
  ['8025', '127.0.0.1', 8025, true],
  ['0', '127.0.0.1', 0, true],
  ['0.0.0.0:8025', '0.0.0.0', 8025, false],
  ['*:8025', '0.0.0.0', 8025, false],
  ['[::]:8025', '::', 8025, false],
  ['192.168.1.2:80', '192.168.1.2', 80, false],
  ['status.example:80', 'status.example', 80, false],
  ['localhost.example:80', 'localhost.example', 80, false],
  ['', undefined],
  ['127.0.0.1', undefined],
  ['127.0.0.1:', undefined],
  ['::1:8025', undefined],
  ['127.0.0.1:65536', undefined],
  ['127.0.0.1:-1', undefined],
  ['http://127.0.0.1:8025', undefined],
  ['127.0.0.1:8025/', undefined],
  [' 8025', undefined],
]

for (const [text, host, port, isLoopback] of rows) {
  test(`${JSON.stringify(text)}: ${host ?? 'refused'}`, () => {
    const parsed = parseListen(text)
    assert.deepEqual(parsed.ok ? parsed.value : undefined, host === undefined ? undefined : { host, port, isLoopback })
  })
}

const pair = `
pairs:
  - name: alice
    source: { host: pop.example, user: alice, password: { keyring: true } }
    destination: { host: imap.example, user: alice, password: { keyring: true } }
`

/** What stands at the top of a configuration, and the problem it is. */
const tops: readonly [top: string, problem: RegExp | undefined][] = [
  ['http: {}', undefined],
  ['http: { listen: 8025 }', undefined],
  ['http: { listen: "0.0.0.0:8025", token: { env: TOKEN } }', undefined],
  ['http: { listen: "0.0.0.0:8025" }', /others could read the status page there/],
  ['http: { token: sesame-open-please }', /http.token/],
  ['http: { token: { keyring: true } }', /http.token/],
  ['http: { port: 1 }', /http/],
  ['notify: [{ command: [notify-send, mail] }]', undefined],
  ['notify: [{ on: [auth], webhook: "https://hooks.example/x" }]', undefined],
  ['notify: [{ webhook: { file: hook } }, { inbox: true }]', undefined],
  ['notify: [{ webhook: "http://127.0.0.1:8080/x" }, { webhook: "http://[::1]/" }]', undefined],
  ['notify: [{ webhook: "http://hooks.example/x" }]', /without TLS, anybody on the way can read it/],
  ['notify: [{ webhook: "ftp://hooks.example/x" }]', /this is not https/],
  ['notify: [{ webhook: "hooks.example" }]', /not a web address/],
  ['notify: [{ webhook: "https://u:secret@hooks.example/x" }]', /must hold no user and no password/],
  ['notify: [{ on: [sometimes], inbox: true }]', /failing, recovered, auth/],
  ['notify: [{ on: [], inbox: true }]', /on/],
  ['notify: [{ inbox: false }]', /true/],
  ['notify: [{ command: notify-send }]', /list of program and arguments/],
  ['notify: [{ command: [x], inbox: true }]', /notify/],
  ['notify: { inbox: true }', /write a list/],
]

for (const [top, problem] of tops) {
  test(`${top}: ${problem ?? 'fine'}`, () => {
    const { config, problems } = checkConfig(`${top}${pair}`)
    const text = problems.map(({ path, message, hint }) => `${path}: ${message}; ${hint}`).join('\n')
    if (problem === undefined) assert.deepEqual([text, config === undefined], ['', false])
    else assert.match(text, problem)
    assert.ok(!text.includes('secret@'))
  })
}
