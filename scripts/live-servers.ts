// Brings the mail servers and the browser of the live tests onto a Debian-like machine, without starting any of them.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  cyrusCache,
  cyrusPackages,
  dovecotProgram,
  type Installable,
  installable,
  type LiveServers,
  liveServers,
} from '../test/live/binaries.ts'

/**
 * Installs what is missing where that is possible: as root, with apt-get. Cyrus, which Debian does not allow beside
 * Dovecot, is unpacked into the project and only its libraries are installed. Says in one line each what it does, and
 * returns what is there in the end. Throws with apt-get's own words when installing fails, after trying all of it.
 */
export async function bringLiveServers(): Promise<LiveServers> {
  const found = liveServers()
  if (found.why === '' || !canInstall()) return found
  await withoutStartingServices(async () => {
    const failures: Error[] = []
    const attempt = (work: Promise<void>) => work.catch((error: Error) => void failures.push(error))
    for (const name of Object.keys(installable) as Installable[]) {
      if (!found[name]) await attempt(installPackages(name))
    }
    if (!found.cyrus) await attempt(unpackCyrus())
    if (failures.length > 0) throw new Error(failures.map(({ message }) => message.trim()).join('; '))
  })
  return liveServers()
}

function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get')
}

/** Packages ask policy-rc.d before they start a service. Where a machine has its own, that one decides. */
async function withoutStartingServices(work: () => Promise<void>): Promise<void> {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return work()
  const allowAgain = () => rmSync(policy, { force: true })
  const interrupted = () => process.exit(130)
  process.on('exit', allowAgain).on('SIGINT', interrupted).on('SIGTERM', interrupted)
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    await work()
  } finally {
    allowAgain()
    process.off('exit', allowAgain).off('SIGINT', interrupted).off('SIGTERM', interrupted)
  }
}

async function installPackages(name: Installable): Promise<void> {
  const { packages } = installable[name]
  const isNewDovecot = name === 'dovecot' && !existsSync(dovecotProgram)
  console.log(`live tests: installing ${packages.join(', ')} with apt-get; no service is started`)
  await install(packages)
  // The package has its service start with the machine. Without systemctl there is no systemd to start it.
  if (isNewDovecot) await run('systemctl', ['disable', 'dovecot.service', 'dovecot.socket']).catch(() => {})
}

/** Works beside the final place and moves there at the end, so that half a Cyrus is never taken for a whole one. */
async function unpackCyrus(): Promise<void> {
  console.log(`live tests: unpacking ${cyrusPackages.join(', ')} into .cache/cyrus; installing their libraries`)
  const unpacked = `${cyrusCache}.${process.pid}`
  mkdirSync(unpacked, { recursive: true })
  try {
    await apt(['download', ...cyrusPackages], unpacked)
    const archives = readdirSync(unpacked).map((name) => join(unpacked, name))
    for (const archive of archives) await run('dpkg-deb', ['-x', archive, unpacked])
    await install(await missingLibraries(archives))
    for (const archive of archives) rmSync(archive)
    rmSync(cyrusCache, { recursive: true, force: true })
    renameSync(unpacked, cyrusCache)
  } finally {
    rmSync(unpacked, { recursive: true, force: true })
  }
}

/** The libraries these packages depend on and the machine lacks, save those of services that no test starts. */
async function missingLibraries(archives: readonly string[]): Promise<string[]> {
  const fields = await Promise.all(archives.map((archive) => run('dpkg-deb', ['-f', archive, 'Depends'])))
  const names = fields.flatMap((field) => field.split(',').map((entry) => /^[^\s:|(]+/.exec(entry.trim())?.[0] ?? ''))
  const libraries = new Set(names.filter((name) => /^lib(?!clamav|zephyr)/.test(name)))
  const selections = await run('dpkg', ['--get-selections'])
  const installed = new Set([...selections.matchAll(/^([^\s:]+)\S*\s+install$/gm)].map(([, name]) => name))
  return [...libraries].filter((name) => !installed.has(name))
}

/** Nothing is removed to make room: where another mail server is in the way, this fails. */
async function install(packages: readonly string[]): Promise<void> {
  const options = ['--yes', '--no-install-recommends', '--no-remove', '-o', 'DPkg::Lock::Timeout=120']
  if (packages.length > 0) await apt(['install', ...options, ...packages])
}

/** Runs apt-get, and once more with fresh package lists where that fails. */
async function apt(parameters: readonly string[], directory = '/'): Promise<void> {
  try {
    await run('apt-get', parameters, directory)
  } catch {
    await run('apt-get', ['update'])
    await run('apt-get', parameters, directory)
  }
}

/** Runs a command to its end and returns its output. Throws with what it said. */
async function run(program: string, parameters: readonly string[], directory = '/'): Promise<string> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }
  const running = promisify(execFile)(program, [...parameters], { cwd: directory, env, maxBuffer: 64 * 1024 * 1024 })
  running.child.stdin?.end()
  return (await running).stdout
}
