// The package as people install it: packed, unpacked elsewhere with nothing but its own dependencies, and run.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { Bench, passwords } from '../commands/bench.ts'

const root = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)
/** What a file imports that is no file beside it. */
const specifiers = /(?:^(?:import|export)\b[^'"\n]*\bfrom\s*|^import\s*|\bimport\()["']([^'"./][^'"]*)["']/gm
const { version, dependencies, files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string
  dependencies: Record<string, string>
  files: string[]
}

describe('the package', () => {
  let directory = ''
  let installed = ''
  let command = ''
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mailhaul-package-'))
    const copy = join(directory, 'copy')
    installed = join(directory, 'lib/node_modules/mailhaul')
    // A copy, because packing builds, and others may be at work on what is built here.
    const needed = ['src', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json', 'README.md', 'LICENSE']
    for (const name of [...files.filter((name) => name !== 'dist'), ...needed])
      cpSync(join(root, name), join(copy, name), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    mkdirSync(join(copy, 'dist'))
    writeFileSync(join(copy, 'dist/left-over.js'), '')
    await run('npm', ['pack', '--pack-destination', directory], { cwd: copy })
    mkdirSync(installed, { recursive: true })
    await run('tar', ['-xzf', join(directory, `mailhaul-${version}.tgz`), '-C', installed, '--strip-components=1'])
    for (const name of Object.keys(dependencies)) link(join(root, 'node_modules', name), join(installed, '..', name))
    command = join(directory, 'bin/mailhaul')
    link(join(installed, 'bin/mailhaul.js'), command)
  })
  after(() => rm(directory, { recursive: true, force: true }))

  const link = (target: string, path: string) => {
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(target, path)
  }
  const mailhaul = async (words: readonly string[], cwd = directory) => {
    const bus = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${directory}/no-bus` }
    const env = { PATH: process.env.PATH, HOME: directory, ...bus, OLD: passwords.source, NEW: passwords.destination }
    const done = run(process.execPath, [command, ...words], { cwd, env })
    return done.then(
      ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        code: error.code,
        text: `${error.stdout}${error.stderr}`.replaceAll(/\s+/g, ' '),
      }),
    )
  }

  test('is a command', async () => {
    assert.deepEqual(await mailhaul(['--version']), { code: 0, text: `${version}\n` })
  })

  test('moves mail', async () => {
    const bench = await Bench.start()
    try {
      const { code, text } = await mailhaul(['sync'], bench.directory)
      assert.equal(code, 0, text)
      assert.equal(bench.imap.folder('new', 'INBOX').messages.length, 3)
    } finally {
      await bench.stop()
    }
  })

  test('finds the process that asks the keyring', async () => {
    const { code, text } = await mailhaul(['secret', 'list'])
    assert.equal(code, 4)
    assert.match(text, /keyring cannot be used.*no-bus/)
  })

  test('imports nothing but what it depends on', () => {
    const outside = globSync('**/*.js', { cwd: join(installed, 'dist') }).flatMap((file) => {
      const text = readFileSync(join(installed, 'dist', file), 'utf8')
      return [...text.matchAll(specifiers)].map(([, name = '']) => name)
    })
    assert.ok(outside.includes('imapflow') && outside.includes('node:sqlite'))
    for (const name of new Set(outside)) {
      const [whole = ''] = /^(?:@[^/]+\/)?[^/]+/.exec(name) ?? []
      assert.ok(isBuiltin(name) || whole in dependencies, name)
    }
  })

  test('brings licences, units, samples and pages', () => {
    const licences = readFileSync(join(installed, 'dist/LICENSES.txt'), 'utf8')
    for (const name of ['commander', 'zod', 'yaml', 'croner']) assert.match(licences, new RegExp(`^${name}\n\n`, 'm'))
    for (const path of ['LICENSE', 'README.md', 'CHANGELOG.md', 'dist/index.d.ts'])
      assert.ok(existsSync(join(installed, path)), path)
    for (const path of ['configs', 'configs/systemd', 'configs/docker', 'docs'])
      assert.deepEqual(readdirSync(join(installed, path)).toSorted(), readdirSync(join(root, path)).toSorted())
    assert.ok(!existsSync(join(installed, 'dist/left-over.js')), 'what an earlier build has left is packed')
    // The one of its files that is run as it is.
    assert.match(readFileSync(join(installed, 'configs/systemd/mailhaul-as-service'), 'utf8'), /^#!\/bin\/sh\n/)
  })
})
