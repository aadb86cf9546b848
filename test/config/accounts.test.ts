// Lists of accounts: every form that is understood, what each mistake is told, and that no cell is ever repeated.
import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { readAccounts } from '../../src/config/accounts/list.ts'
import { formatListProblems } from '../../src/config/accounts/problems.ts'
import { checkFile } from '../../src/config/check.ts'
import { type LoadOptions, loadConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/schema.ts'
import { readYaml } from '../../src/config/yaml.ts'
import { MailhaulError } from '../../src/core/errors.ts'
import { badLists } from './bad-lists.ts'
import { assertGolden } from './golden.ts'

const isPosix = process.platform !== 'win32'
const expand = (path: string) => `/lists/${path}`

function check(text: string, yaml = 'defaults: {}') {
  return checkFile(readYaml(yaml), '/state/ledger.db', readAccounts(text, expand))
}

function toldAbout(text: string, yaml?: string): string[] {
  const { list, problems } = check(text, yaml)
  return [
    ...problems.map(({ path, message }) => `${path}: ${message}`),
    ...formatListProblems(list.problems, 'accounts.csv'),
    ...formatListProblems(list.warnings, 'accounts.csv').map((line) => `warning: ${line}`),
  ]
}

function checked(text: string, yaml?: string): Config['pairs'] {
  const { config } = check(text, yaml)
  assert.deepEqual(toldAbout(text, yaml), [])
  assert.ok(config)
  return config.pairs
}

/** What a list comes to, in few words. */
function outline(pairs: Config['pairs']): string[] {
  return pairs.map(({ name, source, destination }) => {
    const end = ({ user, host, port, tls, password }: (typeof pairs)[number]['source' | 'destination']) =>
      `${user} ${JSON.stringify(password)} at ${host}:${port} ${tls}`
    return `${name}: ${end(source)}, ${end(destination)}`
  })
}

const header = 'name,source.host,source.user,source.password,destination.host,destination.user,destination.password'
const anna = 'anna,pop.example,anna,pw1,imap.example,anna,pw2'
const annaOutline = 'anna: anna "pw1" at pop.example:995 implicit, anna "pw2" at imap.example:993 implicit'

describe('what people are told about a list', () => {
  it('names every row, its column and what to write instead', () => {
    const told = badLists.map(([title, text]) => {
      assert.equal(check(text).config, undefined, title)
      const lines = text
        .split('\n')
        .map((line) => `  | ${line.length > 110 ? `${line.slice(0, 109)}…` : line}`.trimEnd())
      return `# ${title}\n${lines.join('\n')}\n${toldAbout(text).join('\n')}\n`
    })
    assertGolden('test/golden/config/lists.txt', told.join('\n'))
  })

  it('never repeats a cell, in whatever column a password got', () => {
    for (const [title, text] of badLists) {
      assert.doesNotMatch(toldAbout(text).join('\n'), /HUN|TER2|1234567/, title)
    }
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('HUNTER2', 'pop.example', '', '"', '--x', '0', ' '), { maxLength: 9 }),
        (cells) => {
          for (const separator of [',', ';']) {
            for (const first of [`${header.replaceAll(',', separator)}\n`, '']) {
              const text = `${first}${cells.map((cell) => cell.replace('HUNTER2', 'HUN TER2!x')).join(separator)}\n`
              assert.doesNotMatch(toldAbout(text).join('\n'), /HUN|TER2/, text)
            }
          }
        },
      ),
    )
  })

  it('finds all problems at once and tells rows with the same one together', () => {
    const bad = Array.from(
      { length: 9000 },
      (_, at) => `n${at},pop.example,u${at},x,imap.example,u${at},y,${at % 3 ? 'ssl' : ''}`,
    )
    const [line = '', ...others] = toldAbout(`${header},source.tls\n${bad.join('\n')}\nz,,u,x,imap.example,u,y\n`)
    assert.match(
      line,
      /^accounts\.csv rows 3-4, 6-7, .* and 5960 more, source\.tls: this is not possible here; write implicit/,
    )
    assert.deepEqual(others, [
      'accounts.csv row 9002, source.host: this is missing; write the name of the server, such as mail.example.com',
    ])
  })

  it('tells a mistake under defaults once, where it stands', () => {
    const told = toldAbout(
      `${header}\n${anna}\nben,pop.example,ben,x,imap.example,ben,y\n`,
      'defaults: { source: { tls: ssl } }',
    )
    assert.deepEqual(told, ['defaults.source.tls: "ssl" is not possible here'])
  })
})

describe('the form of our own', () => {
  it('may have any separator, quotes, line ends, blanks, a byte order mark, comments and empty lines', () => {
    const variants = [
      `${header}\n${anna}\n`,
      `${header}\r\n${anna}`,
      `${header}\r${anna}\r`,
      `\n# a list\n${header}\n\n#x,y\n,,,,,,\n${anna}\n`,
      `${header}\n${anna}\n`.replaceAll(',', ';'),
      `${header}\n${anna}\n`.replaceAll(',', '\t'),
      `${header}\n${anna}\n`.replaceAll(',', '|'),
      `sep=;\r\n${header.replaceAll(',', ';')}\r\n${anna.replaceAll(',', ';')}\r\n`,
      `${header}\n${anna}\n`.replaceAll(',', ' , '),
      `${header.toUpperCase()},# remark,\n${anna},"x, ""y""",\n`,
      `"${header.replaceAll(',', '","')}"\n"${anna.replaceAll(',', '","')}"\n`,
    ]
    for (const text of variants) assert.deepEqual(outline(checked(text)), [annaOutline], JSON.stringify(text))
  })

  it('keeps passwords as they are', () => {
    const passwords = [
      'pw,1',
      'pw;1',
      'p"w',
      '"pw"',
      ' pw ',
      "'pw'",
      '#pw',
      '=1+1',
      'pw\\n',
      'ü€😀',
      '--pw',
      '007',
      'true',
      '1e3',
    ]
    for (const password of passwords) {
      const quoted = `"${password.replaceAll('"', '""')}"`
      const [pair] = checked(`${header}\n${anna.replace('pw1', quoted)}\n`)
      assert.equal(pair?.source.password, password)
    }
  })

  it('fills every path that it has a column for', () => {
    const columns: readonly (readonly [path: string, cell: string, expected: unknown])[] = [
      ['source.port', '9950', 9950],
      ['source.tls', 'starttls', 'starttls'],
      ['source.leave.days', '30', { days: 30, proof: 'size' }],
      ['source.maxDeletions', '50', 50],
      ['source.provider', 'gmail', 'gmail'],
      ['source.ca', 'ca.pem', ['/lists/ca.pem']],
      ['source.limits.bytesPerSecond', '500KB', { bytesPerSecond: 500_000 }],
      ['destination.folder', 'Old/{year}', undefined],
      ['destination.flags', '\\Seen Old', ['\\Seen', 'Old']],
      ['destination.repair', 'nul long-lines', ['nul', 'long-lines']],
      ['destination.connections', '2', 2],
      ['destination.connections', 'auto', 'auto'],
      ['destination.order', 'arrival', 'arrival'],
      ['destination.fingerprint', 'a'.repeat(64), ['a'.repeat(64)]],
      ['destination.limits.bytesPerDay', 'none', { bytesPerDay: 'none' }],
      ['select.maxSize', '50MB', { maxSize: 50_000_000 }],
      ['duplicates', 'skip', 'skip'],
      ['backlog', 'skip', 'skip'],
      ['backlog.newest', '500', { newest: 500 }],
      ['schedule', 'every 5m', undefined],
    ]
    for (const [path, cell, expected] of columns) {
      const [pair] = checked(`${header},${path}\n${anna},${cell}\n`)
      const [end = '', key = ''] = path.split('.')
      const value: unknown =
        end === 'source' || end === 'destination' ? Reflect.get(pair?.[end] ?? {}, key) : Reflect.get(pair ?? {}, end)
      if (expected === undefined) assert.ok(value, path)
      else assert.deepEqual(value, expected, path)
    }
  })

  it('says where passwords are kept, and as whom to sign in', () => {
    const places: readonly (readonly [column: string, cell: string, expected: unknown])[] = [
      ['password.env', 'ANNA', { env: 'ANNA' }],
      ['password.file', 'secrets/anna', { file: '/lists/secrets/anna' }],
      ['password.credential', 'anna', { credential: 'anna' }],
      ['password.keyring', 'yes', { keyring: true }],
      ['password.prompt', 'yes', { prompt: true }],
      ['password.command', `./show "mail anna" it's`, { command: ['/lists/./show', 'mail anna', "it's"] }],
      ['password.command', 'pass show mail/anna', { command: ['pass', 'show', 'mail/anna'] }],
    ]
    for (const [column, cell, expected] of places) {
      const text = `${header.replace('source.password', `source.${column}`)}\n${anna.replace('pw1', `"${cell.replaceAll('"', '""')}"`)}\n`
      assert.deepEqual(checked(text)[0]?.source.password, expected)
      assert.equal(readAccounts(text.replace('pw2', ''), expand).holdsPlainPassword, false)
    }
    const signIn = 'defaults: { source: { auth: { oauth2: { provider: microsoft, clientId: x } } } }'
    const [pair] = checked(`${header}\n${anna.replace('pw1', '')}\n`, signIn)
    assert.deepEqual([pair?.source.password, pair?.source.auth?.oauth2.clientId], [undefined, 'x'])
  })

  it('takes from defaults what a row leaves empty', () => {
    const defaults =
      'defaults: { source: { host: pop.example, tls: starttls }, destination: { host: imap.example, folder: Old } }'
    const text = 'source.user,source.password,destination.user,destination.password\nanna,1,anna,2\nben,3,ben,4\n'
    const pairs = checked(text, defaults)
    assert.deepEqual(
      pairs.map(({ source }) => `${source.user} ${source.host}:${source.port}`),
      ['anna pop.example:110', 'ben pop.example:110'],
    )
    assert.deepEqual(
      pairs.map(({ destination }) => destination.folder),
      checked(text, defaults).map(({ destination }) => destination.folder),
    )
  })
})

describe('names', () => {
  it('that are not given follow from both accounts, and never change', () => {
    const rows = ['pop.example,anna@old.example,1,imap.example,anna,2', 'POP.example,ben,1,IMAP.example,Ben,2']
    const names = checked(`${header.slice(5)}\n${rows.join('\n')}\n`).map(({ name }) => name)
    assert.deepEqual(names, ['anna@old.example-b2498728', 'ben@pop.example-d6237e3a'])
  })

  it('are the same for a list in another order, form or encryption', () => {
    const mailferry = 'srchost,srcport,srcsecurity,srcuser,srcpassword,dsthost,dstport,dstsecurity,dstuser,dstpassword'
    const names = [
      `${header.slice(5)}\npop.example,anna@old.example,1,imap.example,anna,2\n`,
      'pop.example;anna@old.example;x;imap.example;anna;y\n',
      `${mailferry}\npop.example,995,tls,anna@old.example,pw,imap.example,993,ssl,anna,pw\n`,
    ].map((text) => checked(text)[0]?.name)
    assert.deepEqual(new Set(names), new Set(['anna@old.example-b2498728']))
  })

  it('are possible names, whatever the accounts are called', () => {
    for (const user of ['-x', 'a b', 'ü'.repeat(90), '😀'.repeat(40), 'x@'.repeat(50), '=cmd', '"quoted" @x']) {
      const [pair] = checked(`${header.slice(5)}\npop.example,"${user.replaceAll('"', '""')}",1,imap.example,anna,2\n`)
      assert.ok(pair && pair.name.length <= 64, user)
    }
  })
})

describe("imapsync's form", () => {
  const row = 'pop.example;anna;pw1;imap.example;anna;pw2'

  it('is known with and without a header, with comments, and with what shells leave behind', () => {
    const expected = [annaOutline.replace('anna:', `${checked(`${row}\n`)[0]?.name}:`)]
    for (const text of [
      row,
      `${row};`,
      `${row};;\r\n`,
      `# host1;user1\n\n${row};--ssl1 --ssl2;\n`,
      `host1;user1;password1;host2;user2;password2;options\n${row};\n`,
    ]) {
      assert.deepEqual(outline(checked(text)), expected, text)
    }
    const [pair] = checked('pop.example;anna;p"w, 1;imap.example;anna;"p;2"\n')
    assert.deepEqual([pair?.source.password, pair?.destination.password], ['p"w, 1', 'p;2'])
  })

  it('brings over the options that have an equal here', () => {
    const options = `--tls1 --port1=1110 --ssl2 --port2 9930 --maxsize 35_651_584 --delete1 --subfolder2 'Old mail' --maxbytespersecond 20000 --maxmessagespersecond=4`
    const [pair] = checked(`${row};${options}\n`)
    assert.deepEqual([pair?.source.tls, pair?.source.port, pair?.source.leave], ['starttls', 1110, 'delete'])
    assert.deepEqual([pair?.destination.tls, pair?.destination.port], ['implicit', 9930])
    assert.equal(pair?.select.maxSize, 35_651_584)
    assert.deepEqual(pair?.destination.limits, { bytesPerSecond: 20_000, messagesPerSecond: 4 })
    assert.deepEqual(
      pair?.destination.folder,
      checked(`${row};--f1f2 "INBOX=Old mail" --folder INBOX\n`)[0]?.destination.folder,
    )
    const [kept] = checked('pop.example;anna;;imap.example;anna;;--passfile1 secrets/1 --passfile2 /etc/2\n')
    assert.deepEqual(
      [kept?.source.password, kept?.destination.password],
      [{ file: '/lists/secrets/1' }, { file: '/lists//etc/2' }],
    )
  })

  it('warns of options that mean nothing here and of ports of IMAP, once for all rows', () => {
    const rows = Array.from(
      { length: 5 },
      (_, at) => `${row.replace('anna', `u${at}`)};--port1 993 --ssl1 --automap --timeout 120`,
    )
    assert.deepEqual(toldAbout(rows.join('\n')), [
      'warning: accounts.csv rows 1-5, options: --automap means nothing to mailhaul; it is passed over',
      'warning: accounts.csv rows 1-5, options: --timeout means nothing to mailhaul; it is passed over',
      'warning: accounts.csv rows 1-5, options: 993 and 143 are ports of IMAP, and the source is read over POP3; 995 or 110 is used',
    ])
    assert.equal(check(rows.join('\n')).config?.pairs[0]?.source.port, 995)
  })
})

describe("MailFerry's form", () => {
  const columns = 'srchost,srcport,srcsecurity,srcuser,srcpassword,dsthost,dstport,dstsecurity,dstuser,dstpassword'

  it('says in its own words how to encrypt', () => {
    const [pair] = checked(`${columns}\npop.example,1100,tls,anna,pw1,imap.example,993,ssl,anna,pw2\n`)
    assert.deepEqual([pair?.source.tls, pair?.source.port, pair?.destination.tls], ['starttls', 1100, 'implicit'])
    const [plain] = checked(`${columns}\n127.0.0.1,110,none,anna,pw1,localhost,,NONE,anna,pw2\n`)
    assert.deepEqual([plain?.source.tls, plain?.destination.tls, plain?.destination.port], ['none', 'none', 143])
  })

  it('may have its columns in any order, and the port of IMAP for the source', () => {
    const mixed = columns.split(',').toReversed().join(',')
    const told = toldAbout(`${mixed}\npw2,anna,ssl,993,imap.example,pw1,anna,ssl,993,pop.example\n`)
    assert.deepEqual(told, [
      'warning: accounts.csv row 2, srcport: 993 and 143 are ports of IMAP, and the source is read over POP3; 995 or 110 is used',
    ])
  })
})

describe('the file of a list', () => {
  let root = ''
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'mailhaul-accounts-'))
    await mkdir(join(root, 'lists'))
  })
  after(() => rm(root, { recursive: true, force: true }))

  const load = (options: LoadOptions = {}) =>
    loadConfig({ cwd: root, homeDirectory: join(root, 'home'), env: {}, ...options })
  const refusal = async (options: LoadOptions = {}) => {
    const error = await load(options).then(
      () => assert.fail('this should have been refused'),
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof MailhaulError && error.code === 'config')
    assert.doesNotMatch(`${error.message} ${error.hint}`, /pw1|pw2/)
    return error.message
  }
  const write = (name: string, content: string | Uint8Array, mode = 0o600) =>
    writeFile(join(root, name), content, { mode })

  it('is named on the command line, and needs no configuration', async () => {
    await write('lists/a.csv', `${header.replace('source.password', 'source.password.file')}\n${anna}\n`)
    const { config } = await load({ accounts: 'lists/a.csv' })
    assert.equal(config.ledger, join(root, 'home/.local/state/mailhaul/ledger.db'))
    assert.deepEqual(
      config.pairs.map(({ name, source }) => [name, source.password]),
      [['anna', { file: join(root, 'lists/pw1') }]],
    )
  })

  it('is named in the configuration, and stands beside it', async () => {
    await write(
      'mailhaul.yaml',
      'ledger: x.db\nlimits: { pairs: 9 }\npairs: { csv: lists/a.csv }\ndefaults: { source: { leave: delete } }\n',
    )
    const { config } = await load()
    assert.deepEqual(
      [config.ledger, config.limits.pairs, config.pairs[0]?.source.leave],
      [join(root, 'x.db'), 9, 'delete'],
    )
    await write('lists/b.csv', `${header}\n${anna.replace('anna', 'other')}\n`)
    const other = await load({ accounts: 'lists/b.csv' })
    assert.deepEqual(
      other.config.pairs.map(({ name }) => name),
      ['other'],
    )
    await rm(join(root, 'mailhaul.yaml'))
  })

  it('is refused when others can read passwords in it', { skip: !isPosix }, async () => {
    await write('lists/open.csv', `${header}\n${anna}\n`, 0o644)
    const list = join(root, 'lists/open.csv')
    await chmod(list, 0o644)
    const told = await refusal({ accounts: 'lists/open.csv' })
    assert.equal(
      told,
      `The list of accounts has a problem:\n  lists/open.csv: this file holds passwords and can be read by others; run: chmod 600 ${list}`,
    )
    await write('lists/open.csv', `${header.replaceAll('password', 'password.env')}\n${anna}\n`)
    await load({ accounts: 'lists/open.csv' })
  })

  it('may be UTF-8 or UTF-16 with a mark, and says which row is neither', async () => {
    const text = `${header}\n${anna.replace('pw1', 'pässword')}\n`
    await write('lists/mark.csv', `\ufeff${text}`)
    await write('lists/wide.csv', Buffer.from(`\ufeff${text.replaceAll(',', '\t')}`, 'utf16le'))
    for (const accounts of ['lists/mark.csv', 'lists/wide.csv']) {
      assert.equal((await load({ accounts })).config.pairs[0]?.source.password, 'pässword')
    }
    await write('lists/latin.csv', Buffer.from(`${header}\n${anna}\n${text.split('\n')[1]}\n`, 'latin1'))
    assert.equal(
      await refusal({ accounts: 'lists/latin.csv' }),
      'The list of accounts has a problem:\n  lists/latin.csv row 3: this is not UTF-8 text; save it as "CSV UTF-8"',
    )
  })

  it('is missed by its name', async () => {
    assert.equal(await refusal({ accounts: 'gone.csv' }), 'The list of accounts gone.csv does not exist.')
    await write('mailhaul.yaml', 'pairs: { csv: lists }\n')
    assert.equal(await refusal(), 'The list of accounts lists is a directory.')
    for (const pairs of ['{ csv: 1 }', '{ csv: a.csv, more: 1 }', '{}', '{ csv: "" }']) {
      await write('mailhaul.yaml', `pairs: ${pairs}\n`)
      assert.match(await refusal(), /pairs: a map is not possible here; write a list .* or \{ csv: accounts\.csv \}/)
    }
  })
})
