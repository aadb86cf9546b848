// Runs a Secret Service of its own: gnome-keyring on a private D-Bus, with its own home directory.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A running keyring. */
export interface SecretService {
  /** The environment in which programs find it: HOME, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS. */
  readonly env: Readonly<Record<string, string>>
  stop(): Promise<void>
}

// No service is started on demand here: a prompt would otherwise find the screen of whoever runs the tests.
const configuration = (
  runtime: string,
) => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=${runtime}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

// The daemon's process id comes first, so that nobody else is ever ended; it goes on in the place of the shell.
const start = `echo "$$ $DBUS_SESSION_BUS_ADDRESS"
exec /usr/bin/gnome-keyring-daemon --foreground --components=secrets --control-directory="$XDG_RUNTIME_DIR/keyring" "$@"`

/**
 * Starts one whose files lie below `directory`; a second one with the same directory finds what the first one kept.
 * With a password its keyring is created or unlocked, without one it is locked. The caller stops it.
 */
export async function startSecretService(directory: string, password: string | undefined): Promise<SecretService> {
  const runtime = join(directory, 'run')
  await mkdir(runtime, { recursive: true, mode: 0o700 })
  const file = join(directory, 'bus.conf')
  await writeFile(file, configuration(runtime))
  const home = { PATH: process.env.PATH ?? '', HOME: directory, XDG_RUNTIME_DIR: runtime }
  const dying = ['/usr/bin/setpriv', '--pdeathsig=TERM']
  const unlock = password === undefined ? [] : ['--unlock']
  const words = [
    '/usr/bin/dbus-run-session',
    `--config-file=${file}`,
    '--',
    ...dying,
    'sh',
    '-c',
    start,
    'sh',
    ...unlock,
  ]
  const child = spawn('/usr/bin/setpriv', ['--pdeathsig=TERM', ...words], {
    env: home,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.end(password ?? '')
  const [pid = '', address = ''] = (await firstLine(child)).split(' ')
  const env = { ...home, DBUS_SESSION_BUS_ADDRESS: address }
  await named('org.freedesktop.secrets', env)
  const stop = async () => {
    const ended = once(child, 'exit')
    if (child.exitCode === null && child.signalCode === null) {
      process.kill(Number(pid), 'SIGTERM')
      await ended
    }
  }
  return { env, stop }
}

/** What comes later is read and dropped. */
function firstLine(child: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
  })
  child.on('error', reject).on('exit', () => reject(new Error(`no Secret Service was started: ${text}`)))
  return promise
}

/** Resolves once somebody on the bus has this name. */
async function named(name: string, env: Readonly<Record<string, string>>): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const ask = ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus']
    const words = [...ask, 'org.freedesktop.DBus.NameHasOwner', `string:${name}`]
    const child = spawn('/usr/bin/dbus-send', words, { env, stdio: ['ignore', 'pipe', 'ignore'] })
    let answer = ''
    for await (const chunk of child.stdout.setEncoding('utf8')) answer += chunk
    if (answer.includes('boolean true')) return
  }
  throw new Error(`nobody on the bus took the name ${name}`)
}
