// Asks the operating system's keyring in a process of its own, which is killed when there is no answer in time.
import { fork } from 'node:child_process'
import type { KeyringReply, KeyringRequest } from './keyring-process.ts'

/** Asks the keyring one thing. Never rejects: a failure is an answer too. */
export type AskKeyring = (request: KeyringRequest) => Promise<KeyringReply>

// Milliseconds a keyring may take: long enough for a slow disk, too short for one that waits for nobody.
const keyringTimeout = 5000

// Built, this file and the other end in .js.
const script = new URL(`./keyring-process${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

/** The keyring of this system and user, found through `env` ($DBUS_SESSION_BUS_ADDRESS on Linux). */
export function systemKeyring(env: NodeJS.ProcessEnv = process.env, timeout = keyringTimeout): AskKeyring {
  return (request) =>
    new Promise((resolve) => {
      const child = fork(script, [], { env, execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
      const finish = (reply: KeyringReply) => {
        clearTimeout(timer)
        child.kill('SIGKILL')
        resolve(reply)
      }
      const reason = `it did not answer within ${timeout / 1000} seconds`
      const silent = { ok: false, reason, isPassing: true } as const
      const timer = setTimeout(finish, timeout, silent)
      child.once('message', (reply: KeyringReply) =>
        finish(reply.ok ? reply : { ...reply, reason: onOneLine(reply.reason) }),
      )
      child.once('error', () =>
        finish({ ok: false, reason: 'the process that asks it could not be started', isPassing: true }),
      )
      child.once('exit', () => finish({ ok: false, reason: 'there is none that works on this system' }))
      child.send(request, () => undefined)
    })
}

// The words of a system library or of another program on the bus.
function onOneLine(reason: string): string {
  return reason
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
    .replace(/\.$/, '')
    .slice(0, 300)
}
