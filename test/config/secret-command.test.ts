// Passwords from commands: every trap on the way (quirk E10), and no error that tells one.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { SecretReference } from '../../src/config/secret-reference.ts'
import { refusal, resolve, secret } from './refusal.ts'

const isPosix = process.platform !== 'win32'

let root = ''
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'mailhaul-secrets-'))
})
after(() => rm(root, { recursive: true, force: true }))

/** A command that runs this program text in Node. */
function program(text: string): SecretReference {
  return { command: [process.execPath, '-e', text] }
}

describe('a password from a command', () => {
  it('is what it prints, less one line end', async () => {
    assert.equal(await resolve(program(`process.stdout.write('${secret}')`)), secret)
    assert.equal(await resolve(program(`process.stdout.write('${secret}\\n')`)), secret)
    assert.equal(await resolve(program(`process.stdout.write('${secret}\\r\\n')`)), secret)
    assert.equal(await resolve(program(`process.stdout.write(' ${secret} \\n')`)), ` ${secret} `)
  })

  it('is not guessed from several lines', async () => {
    for (const end of ['\\n\\n', '\\nuser: alice\\n', '\\r\\r\\n']) {
      const { message, hint } = await refusal(resolve(program(`process.stdout.write('${secret}${end}')`)))
      assert.match(message, /line break/)
      assert.match(hint ?? '', /head -n 1/)
    }
  })

  it('reaches the program without a shell, with the environment given and nothing to read', async () => {
    const command = [process.execPath, '-p', 'process.argv[1]', '--', '$PATH; `id` "*"'] as [string, ...string[]]
    assert.equal(await resolve({ command }), '$PATH; `id` "*"')
    assert.equal(await resolve(program('console.log(process.env.X)'), { env: { X: secret } }), secret)
    const reader = `let n = 0; process.stdin.on('data', (d) => { n += d.length }).on('end', () => console.log('read ' + n))`
    assert.equal(await resolve(program(reader)), 'read 0')
  })

  it('is no password when the program fails, whatever it printed', async () => {
    const { message } = await refusal(
      resolve(program(`console.log('${secret}'); console.error('no\\x1b[31m such entry.'); process.exit(3)`)),
      'later',
    )
    assert.match(message, /node(\.exe)? ended with exit code 3; it says: no \[31m such entry\.$/)
  })

  it('stays out of the error even when the program traces itself', async () => {
    const trace = `console.log('${secret}'); console.error('+ echo ${secret}'); process.exit(1)`
    const { message } = await refusal(resolve(program(trace)), 'later')
    assert.match(message, /it says: \+ echo \[redacted\]\.$/)
    await refusal(resolve({ command: [join(root, 'no-such-program'), secret] }))
    await refusal(resolve({ command: [process.execPath, `\0${secret}`] }))
  })

  it('is missed in words that say what to do', async () => {
    const missing = await refusal(resolve({ command: ['mailhaul-no-such-program'] }))
    assert.match(missing.message, /there is no program mailhaul-no-such-program\.$/)
    const script = join(root, 'script')
    await writeFile(script, '#!/bin/sh\n', { mode: 0o600 })
    if (isPosix) assert.match((await refusal(resolve({ command: [script] }))).message, /may not be executed/)
    assert.match((await refusal(resolve(program('')))).message, /it is empty/)
    assert.match((await refusal(resolve(program(`process.stdout.write(Buffer.from([0xff]))`)))).message, /not UTF-8/)
    const endless = await refusal(resolve(program(`setInterval(() => process.stdout.write('x'.repeat(65536)), 1)`)))
    assert.match(endless.message, /printed more than 64 KiB/)
    if (isPosix) assert.match((await refusal(resolve(program('process.abort()')), 'later')).message, /was ended by SIG/)
    const mixed = await refusal(
      resolve(program(`console.log('x'.repeat(5000)); console.error('x'.repeat(5000)); process.exit(1)`)),
      'later',
    )
    assert.match(mixed.message, /ended with exit code 1\.$/)
    const loud = await refusal(resolve(program(`console.error('e'.repeat(5000)); process.exit(1)`)), 'later')
    assert.ok(loud.message.length < 700)
  })

  it('is not waited for without end', async () => {
    const stubborn = program(`process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`)
    const { message, hint } = await refusal(resolve(stubborn, { commandTimeout: 300 }), 'later')
    assert.match(message, /did not end within 0\.3 seconds\.$/)
    assert.match(hint ?? '', /unlock/)
  })

  it('is given up when the run is interrupted', async () => {
    const controller = new AbortController()
    const reason = new Error('interrupted')
    const asked = resolve(program('setInterval(() => {}, 1000)'), { signal: controller.signal })
    controller.abort(reason)
    await assert.rejects(asked, reason)
    await assert.rejects(resolve('x', { signal: controller.signal }), reason)
  })
})
