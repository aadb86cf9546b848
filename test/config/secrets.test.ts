// Passwords from every place they can be kept, and no error that tells one.
import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { refusal, resolve, secret } from './refusal.ts'

const isPosix = process.platform !== 'win32'

let root = ''
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'mailhaul-secrets-'))
})
after(() => rm(root, { recursive: true, force: true }))

describe('a plain password', () => {
  it('is itself, unless no mail protocol could carry it', async () => {
    assert.equal(await resolve(' pä$$ "word\\ '), ' pä$$ "word\\ ')
    for (const bad of [`${secret}\n`, `${secret}\r`, `a\0${secret}`]) {
      assert.match((await refusal(resolve(bad))).message, /line break or a NUL, which POP3 and IMAP cannot carry/)
    }
    assert.match((await refusal(resolve(''))).message, /it is empty/)
  })
})

describe('a password from the environment', () => {
  it('is the value as it is', async () => {
    assert.equal(await resolve({ env: 'ALICE' }, { env: { ALICE: ` ${secret} ` } }), ` ${secret} `)
  })

  it('is missed by name', async () => {
    const error = await refusal(resolve({ env: 'ALICE' }))
    assert.equal(error.scope, 'pair')
    assert.equal(
      error.message,
      'The password of pair alice at its source cannot be had: the environment variable ALICE is not set.',
    )
    assert.match((await refusal(resolve({ env: 'ALICE' }, { env: { ALICE: '' } }))).message, /it is empty/)
  })
})

describe('a password from a file', () => {
  it('is the content, less one line end', async () => {
    const file = join(root, 'password')
    await writeFile(file, `\ufeff${secret}\n`, { mode: 0o600 })
    assert.equal(await resolve({ file }), secret)
    await writeFile(file, `${secret}\n\n`)
    assert.match((await refusal(resolve({ file }))).message, /line break/)
    await writeFile(file, '\n')
    assert.match((await refusal(resolve({ file }))).message, /it is empty/)
    await writeFile(file, Buffer.from(secret, 'utf16le').fill(0xff, 0, 1))
    assert.match((await refusal(resolve({ file }))).message, /not UTF-8/)
    await writeFile(file, 'x'.repeat(70_000))
    assert.match((await refusal(resolve({ file }))).message, /is larger than 65536 bytes/)
  })

  it('is refused while others can read it, through a link too', { skip: !isPosix }, async () => {
    const file = join(root, "alice's password")
    const umask = process.umask(0)
    try {
      await writeFile(file, secret)
    } finally {
      process.umask(umask)
    }
    await symlink(file, join(root, 'link'))
    const { message, hint } = await refusal(resolve({ file }))
    assert.match(message, /can be read by others\.$/)
    assert.equal(hint, `Run: chmod 600 '${file.replace("'", `'\\''`)}'`)
    await refusal(resolve({ file: join(root, 'link') }))
    await chmod(file, 0o640)
    await refusal(resolve({ file }))
    await chmod(file, 0o600)
    assert.equal(await resolve({ file }), secret)
    assert.equal(await resolve({ file: join(root, 'link') }), secret)
  })

  it('is missed by its path', async () => {
    assert.match((await refusal(resolve({ file: join(root, 'gone') }))).message, /gone does not exist\.$/)
    assert.match((await refusal(resolve({ file: root }))).message, /is a directory\.$/)
  })
})

describe('a systemd credential', () => {
  it('is read from the directory that systemd names, whatever its permissions', async () => {
    const directory = await mkdtemp(join(root, 'credentials-'))
    await writeFile(join(directory, 'alice'), `${secret}\n`, { mode: 0o444 })
    assert.equal(await resolve({ credential: 'alice' }, { env: { CREDENTIALS_DIRECTORY: directory } }), secret)
    const missing = await refusal(resolve({ credential: 'bob' }, { env: { CREDENTIALS_DIRECTORY: directory } }))
    assert.match(missing.hint ?? '', /LoadCredential=bob:/)
    assert.match((await refusal(resolve({ credential: 'alice' }))).message, /\$CREDENTIALS_DIRECTORY is not set/)
  })
})
