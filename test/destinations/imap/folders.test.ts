// Folders of a server in memory: found, created, subscribed, refused.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { MailhaulError } from '../../../src/core/errors.ts'
import { imapCapabilities } from '../../servers/imap-server.ts'
import { openAccount, password, user } from './open-account.ts'

const message = { bytes: Buffer.from('Subject: x\r\n\r\n') }

describe('find', () => {
  it('tells UIDVALIDITY, UIDNEXT and count without selecting, creating or subscribing', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    const seeded = server.seed(user, 'Archive', [message, message])
    assert.deepEqual(await destination.find('Archive', signal), {
      path: 'Archive',
      uidValidity: seeded.uidValidity,
      uidNext: 3,
      messages: 2,
    })
    assert.equal(await destination.find('Nothing/here', signal), undefined)
    for (const verb of ['SELECT', 'EXAMINE', 'CREATE', 'SUBSCRIBE']) assert.equal(server.count(verb), 0)
    assert.ok(!seeded.isSubscribed)
  })

  it('finds a folder by its special use, and by its usual name where the server knows none', async (t) => {
    const folders = [{ path: 'Gesendet', specialUse: '\\Sent' }, { path: 'Sent' }]
    const users = [{ user, password, folders }]
    const marked = await openAccount(t, { server: { users } })
    assert.equal((await marked.destination.find('\\Sent', marked.signal))?.path, 'Gesendet')
    const bare = await openAccount(t, {
      server: {
        users: [{ user, password, folders: [{ path: 'Sent Items' }] }],
        capabilities: imapCapabilities.courier,
      },
    })
    assert.equal((await bare.destination.find('\\Sent', bare.signal))?.path, 'Sent Items')
    assert.equal(await bare.destination.find('\\Archive', bare.signal), undefined)
  })

  it('finds a folder in any case, but prefers the exact one', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    server.seed(user, 'Lists', [message])
    assert.equal((await destination.find('LISTS', signal))?.path, 'Lists')
    server.seed(user, 'lists', [])
    await destination.find('something else', signal)
    assert.equal((await destination.find('Lists', signal))?.path, 'Lists')
    assert.equal((await destination.find('lists', signal))?.path, 'lists')
    assert.equal((await destination.find('Inbox', signal))?.path, 'INBOX')
  })

  it('finds what others have created since', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    assert.equal(await destination.find('Later', signal), undefined)
    server.seed(user, 'Later', [])
    assert.equal((await destination.find('Later', signal))?.messages, 0)
    server.account(user).folders.delete('Later')
    assert.equal(await destination.find('Later', signal), undefined)
  })
})

describe('ensure', () => {
  for (const [naming, name, path, made] of [
    [{ delimiter: '/' }, 'Archive/2015', 'Archive/2015', ['Archive', 'Archive/2015']],
    [{ delimiter: '.' }, 'Archive/2015', 'Archive.2015', ['Archive', 'Archive.2015']],
    [
      { delimiter: '.', prefix: 'INBOX.' },
      'Archive/2015',
      'INBOX.Archive.2015',
      ['INBOX.Archive', 'INBOX.Archive.2015'],
    ],
    [{ delimiter: '.', prefix: 'INBOX.' }, 'INBOX/Lists', 'INBOX.Lists', ['INBOX.Lists']],
    [{ delimiter: '.', prefix: 'INBOX.' }, 'INBOX.Lists', 'INBOX.Lists', ['INBOX.Lists']],
    [
      { delimiter: '/', prefix: 'INBOX/' },
      'Entwürfe & Ähnliches',
      'INBOX/Entwürfe & Ähnliches',
      ['INBOX/Entwürfe & Ähnliches'],
    ],
    [{ delimiter: '\\' }, 'a/b "c"', 'a\\b "c"', ['a', 'a\\b "c"']],
    [{ delimiter: '/' }, '台北/日本語', '台北/日本語', ['台北', '台北/日本語']],
  ] as const) {
    it(`creates ${name} as ${path}, subscribed, and finds it again`, async (t) => {
      const { server, destination, signal } = await openAccount(t, { server: naming })
      const folder = await destination.ensure(name, signal)
      assert.equal(folder.path, path)
      assert.deepEqual(
        [...server.account(user).folders.keys()].filter((one) => one !== 'INBOX'),
        made,
      )
      assert.ok(server.folder(user, path).isSubscribed)
      assert.deepEqual(await destination.find(name, signal), folder)
      assert.deepEqual(await destination.find(path, signal), folder)
      assert.deepEqual(await destination.ensure(path, signal), folder)
      assert.equal(server.count('CREATE'), 1)
    })
  }

  it('takes what is there', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    assert.equal((await destination.ensure('inbox', signal)).path, 'INBOX')
    assert.equal(server.count('CREATE'), 0)
  })

  it('goes below a folder that is there in another case', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    server.seed(user, 'Archive', [])
    assert.equal((await destination.ensure('archive/2015', signal)).path, 'Archive/2015')
  })

  it('creates level by level where the server does not do it by itself', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    server.faults = {
      script: (verb, line) =>
        verb === 'CREATE' && line.includes('a/b') && !server.account(user).find(line.includes('a/b/c') ? 'a/b' : 'a')
          ? '{tag} NO parent does not exist\r\n'
          : undefined,
    }
    assert.equal((await destination.ensure('a/b/c', signal)).path, 'a/b/c')
  })

  it('creates what is only a level above others', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    const level = '* LIST (\\Noselect) "/" Level\r\n{tag} OK\r\n'
    server.faults = {
      script: (verb) => (verb === 'LIST' && !server.account(user).find('Level') ? level : undefined),
    }
    assert.equal(await destination.find('Level', signal), undefined)
    const folder = await destination.ensure('Level', signal)
    assert.deepEqual(await destination.find('Level', signal), folder)
  })

  for (const text of ['NO [ALREADYEXISTS] there', 'NO Mailbox already exists']) {
    it(`takes it well when somebody else was faster: ${text}`, async (t) => {
      const { server, destination, signal } = await openAccount(t)
      server.faults = {
        script: (verb) => {
          if (verb !== 'CREATE') return undefined
          if (!server.account(user).find('Race')) server.seed(user, 'Race', [])
          return `{tag} ${text}\r\n`
        },
      }
      assert.equal((await destination.ensure('Race', signal)).path, 'Race')
    })
  }

  async function refusal(ensuring: Promise<unknown>): Promise<string> {
    const error = await ensuring.then(
      () => assert.fail('was not refused'),
      (thrown: MailhaulError) => thrown,
    )
    assert.ok(error.hint)
    return `${error.code} ${error.scope} ${error.retry}`
  }

  for (const [answer, code] of [
    ['NO [CANNOT] ^ is not a name', 'no-folder pair never'],
    ['NO [NOPERM] not you', 'permission-denied pair never'],
    ['NO Permission denied', 'permission-denied pair never'],
    ['NO [OVERQUOTA] too many folders', 'quota pair later'],
    ['BAD what?', 'no-folder pair never'],
  ] as const) {
    it(`says why a folder cannot be: ${answer}`, async (t) => {
      const { destination, signal } = await openAccount(t, { server: { faults: { create: answer } } })
      assert.equal(await refusal(destination.ensure('x', signal)), code)
    })
  }

  for (const name of ['', '/lead', 'trail/', 'a//b', 'a\r\nM9 DELETE INBOX']) {
    it(`does not even ask for ${JSON.stringify(name)}`, async (t) => {
      const { server, destination, signal } = await openAccount(t)
      assert.equal(await refusal(destination.ensure(name, signal)), 'no-folder pair never')
      assert.equal(server.count('CREATE'), 0)
    })
  }

  it('creates no special use', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    assert.equal(await refusal(destination.ensure('\\Archive', signal)), 'no-folder pair never')
    assert.equal(server.count('CREATE'), 0)
  })

  it('stores nothing in a view of other folders', async (t) => {
    const folders = [{ path: '[Gmail]/All Mail', specialUse: '\\All' }]
    const { destination, signal } = await openAccount(t, { server: { users: [{ user, password, folders }] } })
    for (const name of ['[Gmail]/All Mail', '\\All']) {
      assert.equal(await refusal(destination.ensure(name, signal)), 'permission-denied pair never')
    }
  })

  it('asks for the right to insert where rights are known', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    server.faults = {
      script: (verb) => (verb === 'MYRIGHTS' ? '* MYRIGHTS "INBOX" lrs\r\n{tag} OK\r\n' : undefined),
    }
    assert.equal(await refusal(destination.ensure('INBOX', signal)), 'permission-denied pair never')
    server.faults = { script: (verb) => (verb === 'MYRIGHTS' ? '{tag} BAD what?\r\n' : undefined) }
    assert.equal((await destination.ensure('INBOX', signal)).path, 'INBOX')
  })

  it('asks for the right to read where a folder may be written to, but not be looked at (B35)', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    server.seed(user, 'Dropbox', [])
    const refused = new Set(['STATUS', 'EXAMINE', 'SELECT'])
    server.faults = {
      script: (verb) => (refused.has(verb) ? '{tag} NO [NOPERM] Permission denied (0.001 secs).\r\n' : undefined),
    }
    const ensuring = destination.ensure('Dropbox', signal)
    await assert.rejects(ensuring, /^MailhaulError: The account may not read the folder "Dropbox": Permission denied/)
    assert.equal(await refusal(ensuring), 'permission-denied pair never')
  })

  it('asks EXAMINE where STATUS does not work', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    const { uidValidity } = server.seed(user, 'INBOX', [message])
    server.faults = { script: (verb) => (verb === 'STATUS' ? '{tag} BAD not here\r\n' : undefined) }
    assert.deepEqual(await destination.ensure('INBOX', signal), { path: 'INBOX', uidValidity, uidNext: 2, messages: 1 })
  })
})
