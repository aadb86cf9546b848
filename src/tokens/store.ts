// Where a sign-in is kept: in the operating system's keyring, or in a file of its owner's where there is none.
import { join } from 'node:path'
import { prepareDirectory } from './directory.ts'
import { storeError } from './errors.ts'
import { formatStored, parseStored, type StoredToken } from './stored.ts'
import { claimRoom, readTokenFile, removeTokenFile, writeTokenFile } from './token-file.ts'

/** Where a sign-in lies. */
export type Place = 'keyring' | 'file'

/** The operating system's keyring. Never rejects: a failure is an answer too. */
export type Keyring = (
  request:
    | { readonly kind: 'get' | 'remove'; readonly service: string; readonly account: string }
    | { readonly kind: 'set'; readonly service: string; readonly account: string; readonly secret: string },
) => Promise<
  | { readonly ok: true; readonly value: string | boolean | string[] | null }
  | { readonly ok: false; readonly reason: string; readonly isPassing?: boolean }
>

/** What was found, and where; `why` says why the keyring could not be asked, where it could not. */
export interface Found {
  readonly token: StoredToken | undefined
  readonly place: Place | undefined
  readonly why: string | undefined
  /** Whether it was not heard at all, and may be the next time. */
  readonly isPassing?: boolean
}

const service = 'mailhaul-oauth'

/** Keeps the sign-in of one account. To be used under its lock, except for reading. */
export class TokenStore {
  readonly directory: string
  /** The file, whether it is there or not. */
  readonly path: string
  readonly #account: string
  readonly #keyring: Keyring

  /** `directory` is part of the name in the keyring: two installations never share a sign-in without a common lock. */
  constructor(directory: string, id: string, keyring: Keyring) {
    this.directory = directory
    this.path = join(directory, `${id}.json`)
    this.#account = `${id} ${directory}`
    this.#keyring = keyring
  }

  /** The file counts where there is one: it is written when the keyring cannot be. */
  async read(): Promise<Found> {
    const text = await readTokenFile(this.path)
    if (text !== undefined) return { token: understood(text, this.path), place: 'file', why: undefined }
    const reply = await this.#keyring({ kind: 'get', service, account: this.#account })
    if (!reply.ok) return { token: undefined, place: undefined, why: reply.reason, isPassing: reply.isPassing === true }
    if (typeof reply.value !== 'string') return { token: undefined, place: undefined, why: undefined }
    return { token: understood(reply.value, 'the keyring'), place: 'keyring', why: undefined }
  }

  /** Before a provider is asked: what it gives must not be lost to a full disk. Error: secret. */
  async prepare(): Promise<void> {
    await claimRoom(this.path)
  }

  /** Keeps what was renewed, where the one before it lay. Error: secret, where that is not the one before it. */
  async replace(next: StoredToken): Promise<void> {
    const { token, place } = await this.read()
    if (token !== undefined && token.generation !== next.generation - 1) throw overtaken()
    if (place === 'file') return writeTokenFile(this.path, formatStored(next))
    await this.#putIntoKeyringOrFile(next)
  }

  /** Keeps a new sign-in: in the keyring if it can be. */
  async begin(token: StoredToken): Promise<Place> {
    return this.#putIntoKeyringOrFile(token)
  }

  /** Forgets it everywhere; false where there was none. */
  async remove(): Promise<boolean> {
    const wasInFile = await removeTokenFile(this.path)
    const reply = await this.#keyring({ kind: 'remove', service, account: this.#account })
    return wasInFile || (reply.ok && reply.value === true)
  }

  async #putIntoKeyringOrFile(token: StoredToken): Promise<Place> {
    const secret = formatStored(token)
    await prepareDirectory(this.directory)
    const reply = await this.#keyring({ kind: 'set', service, account: this.#account, secret })
    if (!reply.ok) {
      await writeTokenFile(this.path, secret)
      return 'file'
    }
    await removeTokenFile(this.path)
    return 'keyring'
  }
}

function understood(text: string, where: string): StoredToken {
  const token = parseStored(text)
  if (token) return token
  throw storeError(`What is kept of the sign-in in ${where} is damaged.`, 'Sign in again: mailhaul auth login PAIR.')
}

function overtaken() {
  return storeError('Somebody else has changed the sign-in meanwhile, so nothing was written over it.', 'Run it again.')
}
