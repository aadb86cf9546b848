// Finds the programs of the live tests on this machine, and says what to install where they are missing.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Where Cyrus is unpacked: as Debian packages, Cyrus and Dovecot refuse to be installed side by side. */
export const cyrusCache = join(import.meta.dirname, '../../.cache/cyrus')

/** Dovecot's program, which is not on everybody's PATH. */
export const dovecotProgram = '/usr/sbin/dovecot'

/** The browser that looks at pages. */
export const chromiumProgram = '/usr/bin/chromium'

/** What is installed as Debian packages: their names, and the programs by which it is known to be there. */
export const installable = {
  dovecot: {
    title: 'Dovecot',
    packages: ['dovecot-imapd', 'dovecot-pop3d', 'openssl'],
    programs: [dovecotProgram, '/usr/lib/dovecot/imap', '/usr/lib/dovecot/pop3', '/usr/bin/openssl'],
  },
  // Without a font its pages have no text.
  chromium: { title: 'Chromium', packages: ['chromium', 'fonts-dejavu-core'], programs: [chromiumProgram] },
  notify: {
    title: 'systemd-notify, and Perl to listen to it',
    packages: ['systemd', 'perl-base'],
    programs: ['/usr/bin/systemd-notify', '/usr/bin/perl'],
  },
  secretService: {
    title: 'a Secret Service',
    packages: ['gnome-keyring', 'dbus'],
    programs: ['/usr/bin/gnome-keyring-daemon', '/usr/bin/dbus-run-session', '/usr/bin/dbus-send'],
  },
  pop3Programs: {
    title: 'the programs people come from',
    packages: ['getmail6', 'fetchmail', 'mpop'],
    programs: ['/usr/bin/getmail', '/usr/bin/fetchmail', '/usr/bin/mpop'],
  },
  shells: { title: 'zsh and fish', packages: ['zsh', 'fish'], programs: ['/usr/bin/zsh', '/usr/bin/fish'] },
  manual: { title: 'mandoc', packages: ['mandoc'], programs: ['/usr/bin/mandoc'] },
} as const

/** Something that is installed as Debian packages. */
export type Installable = keyof typeof installable

/** Cyrus's Debian packages, which are unpacked into `cyrusCache`. */
export const cyrusPackages = ['cyrus-imapd', 'cyrus-pop3d', 'cyrus-common', 'sasl2-bin'] as const

/** The service programs an instance of Cyrus needs, all of them in `CyrusPrograms.bin`. */
export const cyrusServices = ['master', 'imapd', 'pop3d', 'ctl_cyrusdb'] as const

/** A Cyrus installation, as absolute paths; `library` is the directory of its own libraries when it is an unpacked one. */
export type CyrusPrograms = {
  readonly bin: string
  readonly saslpasswd2: string
  readonly library?: string
}

/** What can be started here; `why` says in one line what is missing, and is empty when nothing is. */
export type LiveServers = { readonly [name in Installable | 'cyrus']: boolean } & { readonly why: string }

/** Looks for all of it anew on every call. */
export function liveServers(): LiveServers {
  const names = Object.keys(installable) as Installable[]
  const found = Object.fromEntries(names.map((name) => [name, isInstalled(name)])) as Record<Installable, boolean>
  const cyrus = findCyrus() !== undefined
  const missing = [
    ...names.filter((name) => !found[name]).map((name) => installable[name]),
    ...(cyrus ? [] : [{ title: 'Cyrus', packages: cyrusPackages }]),
  ].map(({ title, packages }) => `${title} (Debian: ${packages.join(', ')})`)
  const why = missing.length === 0 ? '' : `not installed: ${missing.join('; ')}`
  return { ...found, cyrus, why }
}

/** The first complete Cyrus: the unpacked one, else the system's. */
export function findCyrus(): CyrusPrograms | undefined {
  const found = [cyrusCache, '/'].map(cyrusIn)
  return found.find((programs) => programs !== undefined && isComplete(programs))
}

/** The environment in which programs find the libraries in `library` (undefined: the system's are enough). */
export function libraryEnvironment(library: string | undefined): NodeJS.ProcessEnv {
  return library === undefined ? process.env : { ...process.env, LD_LIBRARY_PATH: library }
}

function isInstalled(name: Installable): boolean {
  return installable[name].programs.every((program) => existsSync(program))
}

function cyrusIn(root: string): CyrusPrograms | undefined {
  const programs = { bin: join(root, 'usr/lib/cyrus/bin'), saslpasswd2: join(root, 'usr/sbin/saslpasswd2') }
  if (root === '/') return programs
  const library = libraryDirectory(join(root, 'usr/lib'))
  return library === undefined ? undefined : { ...programs, library }
}

/** Debian names the directory after the machine, such as usr/lib/x86_64-linux-gnu. */
function libraryDirectory(parent: string): string | undefined {
  if (!existsSync(parent)) return undefined
  const directories = readdirSync(parent).map((name) => join(parent, name))
  return directories.find((directory) => existsSync(join(directory, 'libcyrus.so.0')))
}

function isComplete({ bin, saslpasswd2, library }: CyrusPrograms): boolean {
  const programs = [...cyrusServices.map((name) => join(bin, name)), saslpasswd2]
  if (!programs.every((program) => existsSync(program))) return false
  const linked = spawnSync('/usr/bin/ldd', programs, { encoding: 'utf8', env: libraryEnvironment(library) })
  return linked.status === 0 && !linked.stdout.includes('not found')
}
