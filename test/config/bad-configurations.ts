// Configurations as people get them wrong; what each is told is in test/golden/config/problems.txt.

const source = 'source: { host: pop.example, user: alice, password: { env: A } }'
const destination = 'destination: { host: imap.example, user: alice, password: { env: B } }'

/** A valid pair with one more line in it. */
function pair(line: string): string {
  return `pairs:\n  - name: alice\n    ${source}\n    ${destination}\n    ${line}\n`
}

/** A valid pair with one more thing in its source. */
function inSource(more: string): string {
  return `pairs:\n  - name: alice\n    ${destination}\n    source: { host: pop.example, user: alice, password: { env: A }, ${more} }\n`
}

/** A valid pair with one more thing in its destination. */
function inDestination(more: string): string {
  return `pairs:\n  - name: alice\n    ${source}\n    destination: { host: imap.example, user: bob, password: { env: B }, ${more} }\n`
}

/** A valid pair whose source has this password. */
function password(reference: string): string {
  return `pairs:\n  - name: alice\n    ${destination}\n    source:\n      host: pop.example\n      user: alice\n      password: ${reference}\n`
}

/** A valid pair whose source signs in like this. */
function signIn(oauth2: string): string {
  return `pairs:\n  - name: alice\n    ${destination}\n    source: { host: pop.example, user: alice, auth: { oauth2: ${oauth2} } }\n`
}

/** A valid pair whose source is at this host. */
function host(name: string): string {
  return `pairs:\n  - name: alice\n    ${destination}\n    source: { host: ${name}, user: alice, password: { env: A } }\n`
}

/** A valid pair of this name. */
function named(name: string): string {
  return `pairs:\n  - name: ${name}\n    ${source}\n    ${destination}\n`
}

/** What is wrong, and the text that is. The password in all of them is HUNTER2. */
export const badConfigurations: readonly (readonly [title: string, text: string])[] = [
  ['an empty file', ''],
  ['only comments', '# nothing yet\n'],
  ['a list', '- alice\n'],
  ['a word', 'mailhaul'],
  ['no pairs', 'ledger: here.db\n'],
  ['pairs left empty', 'pairs:\n'],
  ['an empty list of pairs', 'pairs: []\n'],
  ['pairs as a map', 'pairs: { alice: {} }\n'],
  ['a pair that is a word', 'pairs: [alice]\n'],
  ['a pair without anything', 'pairs:\n  - name: alice\n'],
  ['a pair left empty', 'pairs:\n  -\n'],

  ['unknown keys, close and far', 'pair: 1\nledgr: 2\nzebra: 3\nLimits: 4\npairs: []\n'],
  [
    'keys as other programs call them',
    inSource('username: alice, hostname: pop.example, ssl: true, allow-plaintext: true'),
  ],
  ['a key of the destination in the pair', pair('folder: INBOX')],
  ['a key that needs quoting in its path', pair('"a.b c": 1')],
  ['__proto__', pair('__proto__: { tls: none }')],

  ['names: none', named('')],
  ['names: empty', named('""')],
  ['names: a number', named('2024')],
  ['names: control characters', named('"a\\nb"')],
  ['names: bidirectional override', named('"a\u202Eb"')],
  ['names: too long', named('a'.repeat(65))],
  ['names: like an option', named('--all')],
  ['names: a space at the end', named('"alice "')],
  ['names: twice', `${named('alice')}  - name: alice\n    ${source}\n    ${destination}\n`],
  ['names: twice, while other things are wrong', `${named('alice')}  - name: alice\n    source: 1\n`],

  ['host: with scheme', host('"pops://alice:HUNTER2@pop.example"')],
  ['host: with port', host('"pop.example:995"')],
  ['host: an e-mail address', host('alice@pop.example')],
  ['host: IPv6 in brackets', host('"[::1]"')],
  ['host: with a space', host('"pop example"')],
  ['host: a number', host('127')],
  ['host: empty', host('""')],
  [
    'port: out of range, text, fraction',
    inSource('port: 70000').concat(inDestination('port: "993"').replace('pairs:\n', '').replace('alice', 'bob')),
  ],
  ['tls: a word of other programs', inSource('tls: ssl')],
  ['tls: true', inSource('tls: true')],
  ['tls: none beyond this machine', inSource('tls: none')],
  ['tls: none, while other things are wrong', inSource('tls: none, port: x')],
  ['tls: none for a name that only looks local', `${host('localhost.example').replace('user', 'tls: none, user')}`],
  ['allowPlaintext: yes', inSource('tls: none, allowPlaintext: yes')],
  ['ca: a number, a list with one', inSource('ca: 1').replace('imap.example', 'imap.example, ca: [a.pem, 2]')],
  ['fingerprint: SHA-1', inSource(`fingerprint: "${'AB:'.repeat(19)}AB"`)],
  ['fingerprint: too short, in a list', inSource(`fingerprint: ["${'0'.repeat(64)}", abc]`)],
  ['fingerprint: all digits without quotes', inSource(`fingerprint: ${'1'.repeat(64)}`)],
  ['minVersion: too old', inSource('minVersion: SSLv3')],
  ['minVersion: a number', inSource('minVersion: 1.2')],
  ['user: a number', inSource('x: 1').replace('user: alice, password: { env: A }', 'user: 4711, password: { env: A }')],
  [
    'user: control characters',
    inSource('x: 1').replace('user: alice, password: { env: A }', 'user: "a\\tb", password: { env: A }'),
  ],
  ['leave: a word', inSource('leave: forever')],
  ['leave: days before the day', inSource('leave: { days: -1 }')],
  ['leave: a proof that there is not', inSource('leave: { days: 30, proof: md5 }')],
  ['leave: a proof alone', inSource('leave: { proof: hash }')],
  ['maxDeletions: none', inSource('maxDeletions: 0')],
  ['maxDeletions: a share', inSource('maxDeletions: 10%')],
  ['leave: days as text', inSource('leave: { days: "30" }')],
  ['leave: another key', inSource('leave: { hours: 3 }')],
  ['leave: a number', inSource('leave: 30')],
  [
    'leave: what Gmail shows to every program (A52)',
    `pairs:\n  - name: alice\n    ${destination}\n    source: { host: pop.gmail.com, user: "recent:alice", password: { env: A }, leave: delete }\n`,
  ],
  ['provider: not in the table', inSource('provider: hotmail')],

  ['password: missing', inSource('x: 1').replace('password: { env: A }, ', '')],
  ['auth beside a password', inSource('auth: { oauth2: { provider: google, clientId: x } }')],
  ['token beside a password', inSource('token: { command: [helper] }')],
  [
    'token: a word',
    `pairs:\n  - name: alice\n    ${destination}\n    source: { host: a.b, user: a, token: HUNTER2 }\n`,
  ],
  [
    'auth: nothing in it',
    `pairs:\n  - name: alice\n    ${destination}\n    source: { host: a.b, user: a, auth: {} }\n`,
  ],
  ['auth: another provider by name', signIn('{ provider: yahoo, clientId: x }')],
  ['auth: no client', signIn('{ provider: google }')],
  ['auth: a misspelt key', signIn('{ provider: google, clientID: x }')],
  ['auth: a tenant at Google', signIn('{ provider: google, clientId: x, tenant: contoso }')],
  ['auth: a strange tenant', signIn('{ provider: microsoft, clientId: x, tenant: a/b }')],
  ['auth: an empty client secret', signIn('{ provider: google, clientId: x, clientSecret: "" }')],
  ['auth: a client secret that is a map', signIn('{ provider: google, clientId: x, clientSecret: { HUNTER2: 1 } }')],
  ['auth: an issuer without scopes', signIn('{ provider: { issuer: https://login.example }, clientId: x }')],
  ['auth: a scope with a space', signIn('{ provider: { issuer: https://a.b, scopes: ["a b"] }, clientId: x }')],
  ['auth: an unencrypted issuer', signIn('{ provider: { issuer: http://a.b, scopes: [mail] }, clientId: x }')],
  ['auth: an issuer that is none', signIn('{ provider: { issuer: a.b, scopes: [mail] }, clientId: x }')],
  [
    'auth: a password in the issuer',
    signIn('{ provider: { issuer: https://a:HUNTER2@a.b, scopes: [mail] }, clientId: x }'),
  ],
  ['password: left empty', password('')],
  ['password: an empty string', password('""')],
  ['password: a comment', password('#HUNTER2')],
  ['password: a number', password('1234567')],
  ['password: true', password('true')],
  ['password: a line break', password('"HUNTER2\\n"')],
  ['password: starts with a star', password('*HUNTER2')],
  ['password: starts with an ampersand', password('&HUNTER2')],
  ['password: starts with an exclamation mark', password('!HUNTER2')],
  ['password: starts with an at sign', password('@HUNTER2')],
  ['password: starts with a percent sign', password('%HUNTER2')],
  ['password: holds a colon', password('HUNTER2: x')],
  ['password: in braces', password('{HUNTER2}')],
  ['password: in brackets', password('[HUNTER2]')],
  ['password: an unfinished quote', password('"HUNTER2')],
  ['password: a wrong escape', password('"HUNTER2\\S"')],
  ['password: a misspelled kind', password('{ evn: HUNTER2 }')],
  ['password: two kinds', password('{ env: A, file: HUNTER2 }')],
  [
    'password: two kinds by defaults are one',
    `defaults: { source: { password: { env: A } } }\n${password('{ file: "" }')}`,
  ],
  ['env: with a dollar', password('{ env: $HUNTER2 }')],
  ['env: a number', password('{ env: 1 }')],
  ['command: a string', password('{ command: pass show HUNTER2 }')],
  ['command: empty', password('{ command: [] }')],
  ['command: an empty program', password('{ command: [""] }')],
  ['command: a number in it', password('{ command: [pass, 1] }')],
  ['file: left empty', password('{ file: }')],
  ['credential: a path', password('{ credential: ../HUNTER2 }')],
  ['keyring: false', password('{ keyring: false }')],
  ['keyring: an unknown key', password('{ keyring: { user: HUNTER2 } }')],
  ['keyring: a service that is empty', password('{ keyring: { service: "" } }')],

  ['folder: empty', inDestination('folder: ""')],
  ['folder: an empty level', inDestination('folder: /Archive//old/')],
  ['folder: unknown words', inDestination('folder: "Archive/{day}"')],
  ['folder: an open brace', inDestination('folder: "Archive/{year"')],
  ['folder: control characters', inDestination('folder: "a\\u0007b"')],
  ['folder: a view', inDestination(String.raw`folder: \All`)],
  ['folder: an unknown special use', inDestination(String.raw`folder: \Inbox`)],
  ['folder: too long', inDestination(`folder: ${'a'.repeat(256)}`)],
  ['flags: one instead of a list', inDestination(String.raw`flags: \Seen`)],
  ['flags: refused ones', inDestination(String.raw`flags: [\Deleted, \recent, \Foo, "two words", "ümlaut", ""]`)],
  ['flags: a single backslash in double quotes', inDestination(String.raw`flags: ["\Seen"]`)],
  ['connections: out of range', inDestination('connections: 17')],
  ['order: not a kind', inDestination('order: strict')],
  ['order: over many connections', inDestination('order: arrival, connections: 4')],
  ['connections: a word', inDestination('connections: many')],

  ['limits: out of range, fraction, unknown', `limits: { pairs: 0, perHost: 1.5, perPair: 2 }\n${named('alice')}`],
  ['limits: rates that are none', `limits: { bytesPerSecond: fast, messagesPerSecond: 0 }\n${named('alice')}`],
  ['limits: a day that is none', `limits: { bytesPerDay: none }\n${named('alice')}`],
  ['limits: a day of an end', inSource('limits: { bytesPerDay: lots, messagesPerSecond: never }')],
  ['limits: of an end', inDestination('limits: { bytesPerSecond: -1, pairs: 2 }')],
  ['ledger: a list', `ledger: [a]\n${named('alice')}`],
  ['backlog: a word', pair('backlog: later')],
  ['backlog: a map of another kind', pair('backlog: { oldest: 5 }')],
  ['backlog: none of the newest', pair('backlog: { newest: 0 }')],
  ['backlog: no date', pair('backlog: { since: yesterday }')],
  ['select: sizes', pair('select: { maxSize: 50M }')],
  ['select: a negative size', pair('select: { maxSize: -1 }')],
  ['select: a size of nothing', pair('select: { maxSize: 0 kB }')],
  ['select: a list as size', pair('select: { maxSize: [1] }')],
  ['select: dates', pair('select: { since: 01.02.2015, before: 2015-02-30 }')],
  ['select: a year', pair('select: { since: 2015 }')],
  ['select: a time without zone', pair('select: { since: 2015-01-01T10:00 }')],
  ['select: nothing between', pair('select: { since: 2020-01-01, before: 2019-01-01 }')],
  ['routes: a map', pair('routes: { a: b }')],
  [
    'routes: incomplete ones',
    pair('routes: [{}, { when: {}, folder: A }, { when: { header: List-Id }, folder: A }, { folder: A }]'),
  ],
  ['routes: a header with colon', pair('routes: [{ when: { header: "List-Id:", matches: "*" }, folder: A }]')],
  ['routes: two conditions', pair('routes: [{ when: { from: a, to: b }, folder: A }]')],
  ['routes: unknown keys', pair('routes: [{ when: { form: a }, folder: A, flag: B }]')],
  ['duplicates: another word', pair('duplicates: remove')],

  [
    'defaults: wrong once, not once for each pair',
    `defaults: { source: { tls: ssl, hots: x } }\n${named('alice')}  - name: bob\n    ${source}\n    ${destination}\n`,
  ],
  ['defaults: wrong although every pair overrides it', `defaults: { source: { host: "a b" } }\n${named('alice')}`],
  ['defaults: right, but not what a pair says instead', `defaults: { source: { tls: none } }\n${inSource('tls: ssl')}`],
  ['defaults: a name', `defaults: { name: x }\n${named('alice')}`],
  ['defaults: plaintext from there', `defaults: { source: { tls: none } }\n${named('alice')}`],
  ['defaults: left empty', `defaults:\n${named('alice')}`],

  ['schedule: no unit of time', pair('schedule: every 5')],
  ['schedule: too often', pair('schedule: every 1s')],
  ['schedule: a time that never comes', pair('schedule: 0 0 31 2 *')],
  ['schedule: an expression without quotes', pair('schedule: */5 * * * *')],
  ['schedule: a number', pair('schedule: 5')],

  ['YAML: a key twice, and more', `${named('alice')}ledger: a\nledger: 7\n`],
  ['YAML: a tab', 'pairs:\n\t- name: alice\n'],
  ['YAML: indentation', 'pairs:\n  - name: alice\n   source: 1\n'],
  ['YAML: a second document', `${named('alice')}---\n${named('bob')}`],
  ['YAML: an unclosed bracket', 'pairs: [\n'],
  ['YAML: a tag', pair('select: { since: !!timestamp 2015-01-01 }')],
  ['YAML: a merge key', `base: &base { tls: none }\n${inSource('<<: *base')}`],
  ['YAML: a key that is a list', '? [a]\n: b\n'],
  ['YAML: aliases without end', bomb()],
  ['YAML: too deep for the parser', '['.repeat(50_000)],
  ['YAML: too deep for a configuration', `${'['.repeat(200)}${']'.repeat(200)}`],
]

function bomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let level = 1; level < 9; level++) lines.push(`a${level}: &a${level} [${`*a${level - 1}, `.repeat(10)}]`)
  return `${lines.join('\n')}\n`
}
