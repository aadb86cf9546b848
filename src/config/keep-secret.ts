// Keeps a password for a new pair: in the operating system's keyring, or, where there is none, in a file of its owner's.
import { access, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { MailhaulError } from '../core/errors.ts'
import { explainKeyring } from './keyring-words.ts'
import { writeNewFile } from './new-config.ts'
import { secretFile } from './paths.ts'
import { readPrivateFile, whyUnreadable } from './private-file.ts'
import { type SecretOwner, secretError } from './secret-error.ts'
import { type AskKeyring, systemKeyring } from './secret-keyring.ts'
import { faultOfSecret, type SecretReference } from './secret-reference.ts'
import { keyringAddress, removeSecret, setSecret } from './secrets.ts'

const largestBefore = 64 * 1024

/** Where a password went. */
export interface Kept {
  readonly reference: SecretReference
  /** Where it is, in words. */
  readonly place: string
  /** Why it is not in the keyring; undefined where it is. */
  readonly whyNotKeyring: string | undefined
  /** Takes it away again, or puts back what was there before. */
  undo(): Promise<void>
}

/** The surroundings, where they are not the process's own. */
export interface KeepOptions {
  readonly keyring?: AskKeyring | undefined
  readonly env?: NodeJS.ProcessEnv
  readonly homeDirectory?: string
  /** Whether one that is kept for a pair of this name already may be replaced; asked only where there is another one. */
  readonly mayReplace: () => Promise<boolean>
}

/** Keeps a password. Errors: usage, where another one is there and stays; secret; config. */
export async function keepSecret(owner: SecretOwner, secret: string, options: KeepOptions): Promise<Kept> {
  const { env = process.env, homeDirectory = homedir(), keyring = systemKeyring(env), mayReplace } = options
  const fault = faultOfSecret(secret)
  if (fault !== undefined) throw secretError(owner, fault, 'Enter it again.')
  const address = keyringAddress({ keyring: true }, owner)
  const reply = await keyring({ kind: 'get', ...address })
  if (reply.ok) {
    const before = typeof reply.value === 'string' ? reply.value : undefined
    if (before !== undefined && before !== secret && !(await mayReplace())) throw alreadyKept(owner, 'the keyring')
    const stored = await setSecret(address, secret, keyring).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    const undo = async () => {
      if (before === undefined) await removeSecret(address, keyring)
      else await setSecret(address, before, keyring)
    }
    if (stored === undefined) {
      return { reference: { keyring: true }, place: 'the keyring', whyNotKeyring: undefined, undo }
    }
    if (before !== undefined) throw stored
    return inFile(owner, secret, secretFile(owner, env, homeDirectory), hintless(stored), mayReplace)
  }
  const { reason } = explainKeyring(reply.reason)
  return inFile(owner, secret, secretFile(owner, env, homeDirectory), reason, mayReplace)
}

async function inFile(
  owner: SecretOwner,
  secret: string,
  path: string,
  whyNotKeyring: string,
  mayReplace: KeepOptions['mayReplace'],
): Promise<Kept> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  )
  const replaces = isThere && (await mayReplace())
  if (isThere && !replaces) throw alreadyKept(owner, path)
  const before = replaces ? await contentOf(path, owner) : undefined
  await writeNewFile(path, `${secret}\n`, replaces, 0o600)
  const undo = () => (before === undefined ? rm(path, { force: true }) : writeNewFile(path, before, true, 0o600))
  return { reference: { file: path }, place: `the file ${path}, which you alone can read`, whyNotKeyring, undo }
}

/** What could not be put back is not replaced. Error: secret. */
async function contentOf(path: string, owner: SecretOwner): Promise<Uint8Array> {
  const { bytes } = await readPrivateFile(path, largestBefore).catch((thrown: unknown) => {
    throw secretError(owner, `the file ${path} ${whyUnreadable(thrown)}`, 'Move it out of the way, then run it again.')
  })
  return bytes
}

function hintless(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message.replace(/\.$/, '') : String(thrown)
}

function alreadyKept({ pair, side }: SecretOwner, place: string): MailhaulError {
  const message = `There is another password for the ${side} of a pair called ${pair} already, in ${place}.`
  const hint = 'Give the new pair another name (--name), or replace that password: --overwrite.'
  return new MailhaulError({ code: 'usage', scope: 'run', retry: 'never', message, hint })
}
