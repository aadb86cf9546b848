// Runs as a process of its own: asks the operating system's keyring one thing, and answers over the IPC channel.
// A keyring that does not answer blocks the whole process that asks, timers and exit included; this one can be killed.
import { AsyncEntry, findCredentialsAsync } from '@napi-rs/keyring'

/** Where a password lies in the keyring. */
export interface KeyringAddress {
  readonly service: string
  readonly account: string
}

/** What can be asked. */
export type KeyringRequest =
  | ({ readonly kind: 'get' | 'remove' } & KeyringAddress)
  | ({ readonly kind: 'set'; readonly secret: string } & KeyringAddress)
  | { readonly kind: 'list'; readonly service: string }

/**
 * The answer: the password or null for `get`, whether there was one for `remove`, the accounts for `list`. `reason` are
 * the keyring's own words. `isPassing`: it was not heard at all, and may be the next time.
 */
export type KeyringReply =
  | { readonly ok: true; readonly value: string | boolean | string[] | null }
  | { readonly ok: false; readonly reason: string; readonly isPassing?: boolean }

// Without this, a Linux without Secret Service keeps passwords in the kernel's keyring, which forgets them at reboot.
const lasting = { linux: { store: 'secret-service' } } as const

// Stays until it is killed: an exit could overtake the answer.
process.on('message', (request: KeyringRequest) => {
  answer(request)
    .then(
      (value): KeyringReply => ({ ok: true, value }),
      (thrown: unknown): KeyringReply => ({
        ok: false,
        reason: thrown instanceof Error ? thrown.message : String(thrown),
      }),
    )
    .then((reply) => process.send?.(reply))
})

async function answer(request: KeyringRequest): Promise<string | boolean | string[] | null> {
  if (request.kind === 'list') return (await findCredentialsAsync(request.service)).map(({ account }) => account)
  const entry = new AsyncEntry(request.service, request.account, lasting)
  switch (request.kind) {
    case 'get':
      return entry.getPassword()
    case 'remove':
      return entry.deletePassword()
    case 'set':
      await entry.setPassword(request.secret)
      return true
  }
}
