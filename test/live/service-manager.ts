// Stands where systemd listens: a real datagram socket, held by Perl, for Node.js has none of that kind.
import { type ChildProcess, spawn } from 'node:child_process'

/** What one datagram said, by name. */
export type Datagram = Readonly<Record<string, string>>

/** A listener. */
export interface ServiceManager {
  /** For NOTIFY_SOCKET. */
  readonly address: string
  /** Everything heard so far. */
  readonly heard: readonly Datagram[]
  /** Resolves once what was heard is so; rejects when the listener has ended. */
  until(isSo: (heard: readonly Datagram[]) => boolean): Promise<void>
  stop(): Promise<void>
}

const program = `
use Socket;
my $path = $ARGV[0];
$path =~ s/^@/\\0/;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die $!;
bind($socket, pack_sockaddr_un($path)) or die $!;
$| = 1;
print "listening\\n";
while (defined recv($socket, my $bytes, 65536, 0)) { print unpack("H*", $bytes), "\\n" }
`

/** Listens at a path, or at an abstract name that begins with @. */
export async function listenAs(address: string): Promise<ServiceManager> {
  const child: ChildProcess = spawn('/usr/bin/perl', ['-e', program, address], { stdio: ['ignore', 'pipe', 'inherit'] })
  const heard: Datagram[] = []
  const waiters = new Set<() => void>()
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const listening = Promise.withResolvers<void>()
  let rest = ''
  child.stdout?.setEncoding('latin1').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === 'listening') listening.resolve()
      else heard.push(parse(Buffer.from(line, 'hex').toString()))
    }
    for (const look of waiters) look()
  })
  const until = (isSo: (heard: readonly Datagram[]) => boolean) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!isSo(heard)) return
        waiters.delete(look)
        resolve()
      }
      waiters.add(look)
      look()
      ended.then(() => reject(new Error(`heard only ${JSON.stringify(heard)}`)), reject)
    })
  ended.then(() => listening.reject(new Error('perl has ended')), listening.reject)
  await listening.promise
  const stop = async () => {
    child.kill()
    await ended
  }
  return { address, heard, until, stop }
}

function parse(text: string): Datagram {
  const assignments = text.split('\n').filter((line) => line !== '')
  return Object.fromEntries(
    assignments.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}
