// Gets passwords from where the configuration says they are kept, and keeps them in the operating system's keyring.
import { MailhaulError } from '../core/errors.ts'
import type { KeyringAddress, KeyringReply, KeyringRequest } from './keyring-process.ts'
import { explainKeyring } from './keyring-words.ts'
import { shellWord } from './paths.ts'
import { quote } from './problem.ts'
import { createRedactor } from './redact.ts'
import { secretFromCommand } from './secret-command.ts'
import { passingSecretError, type SecretOwner, secretError } from './secret-error.ts'
import { secretFromCredential, secretFromFile } from './secret-file.ts'
import { type AskKeyring, systemKeyring } from './secret-keyring.ts'
import { faultOfSecret, type SecretReference } from './secret-reference.ts'

/** Whose password, and the surroundings where they are not the process's own. */
export interface SecretContext extends SecretOwner {
  readonly env?: NodeJS.ProcessEnv
  /** What a command is given, where that is less. */
  readonly commandEnv?: NodeJS.ProcessEnv
  readonly keyring?: AskKeyring
  /** Milliseconds that a command may take: 30,000. */
  readonly commandTimeout?: number
  readonly signal?: AbortSignal
  /** Asks somebody at a terminal for the password of an account, such as `alice at pop.example`; undefined: nobody is there. */
  readonly ask?: ((account: string) => Promise<string>) | undefined
  /** How the account is called when it is asked for; the pair and its end unless told. */
  readonly account?: string
}

const keyringService = 'mailhaul'

/** The password itself. Errors: secret; their text never holds it. Rejects with the signal's reason when aborted. */
export async function resolveSecret(reference: SecretReference, context: SecretContext): Promise<string> {
  context.signal?.throwIfAborted()
  const secret = await fetchSecret(reference, context)
  const fault = faultOfSecret(secret)
  if (fault === undefined) return secret
  const hint =
    context.kind === 'token'
      ? 'Have the command print the access token alone, on one line.'
      : typeof reference === 'object' && 'command' in reference
        ? "Have the command print the password alone, for example: [sh, -c, 'pass show mail/alice | head -n 1']"
        : 'Keep the password alone there, on one line.'
  throw secretError(context, fault, hint)
}

async function fetchSecret(reference: SecretReference, context: SecretContext): Promise<string> {
  if (typeof reference === 'string') return reference
  const env = context.env ?? process.env
  if ('env' in reference) return fromEnvironment(reference.env, context, env)
  if ('file' in reference) return secretFromFile(reference.file, context)
  if ('credential' in reference) return secretFromCredential(reference.credential, context, env)
  if ('keyring' in reference) return fromKeyring(reference, context)
  if ('prompt' in reference) return fromTerminal(context)
  const { commandTimeout: timeout = 30_000, commandEnv = env, signal } = context
  return secretFromCommand(reference.command, context, { env: commandEnv, timeout, signal })
}

const noTerminal =
  'Run mailhaul in a terminal, or keep the password where it needs nobody: { keyring: true }, { file: PATH }, ' +
  '{ command: [...] } or { credential: NAME }.'

async function fromTerminal(context: SecretContext): Promise<string> {
  const { ask, account = `${context.pair}, ${context.side}` } = context
  if (ask) return ask(account)
  throw secretError(context, 'it is to be asked for, and there is no terminal to ask on', noTerminal)
}

function fromEnvironment(name: string, owner: SecretOwner, env: NodeJS.ProcessEnv): string {
  const secret = env[name]
  if (secret !== undefined) return secret
  throw secretError(
    owner,
    `the environment variable ${name} is not set`,
    `Set it before you start mailhaul, and export it.`,
  )
}

async function fromKeyring(reference: SecretReference, context: SecretContext): Promise<string> {
  const { service, account } = keyringAddress(reference, context)
  const ask = context.keyring ?? systemKeyring(context.env)
  const reply = await ask({ kind: 'get', service, account })
  if (!reply.ok) {
    const { reason, hint } = explainKeyring(reply.reason)
    throw (reply.isPassing ? passingSecretError : secretError)(context, reason, hint)
  }
  if (typeof reply.value === 'string') return reply.value
  const reason = `the keyring holds none for service ${quote(service)}, account ${quote(account)}`
  throw secretError(context, reason, `Store it: mailhaul secret set ${shellWord(context.pair)} ${context.side}`)
}

/** Where a pair's password lies in the keyring: as the reference says, else service `mailhaul`, account `pair/side`. */
export function keyringAddress(reference: SecretReference, owner: SecretOwner): KeyringAddress {
  const own = typeof reference === 'object' && 'keyring' in reference ? reference.keyring : true
  const place = own === true ? {} : own
  return { service: place.service ?? keyringService, account: place.account ?? `${owner.pair}/${owner.side}` }
}

/** Stores a password in the keyring, replacing the one there. Error: secret. */
export async function setSecret(address: KeyringAddress, secret: string, ask = systemKeyring()): Promise<void> {
  const fault = faultOfSecret(secret)
  if (fault) throw keyringError(`This password cannot be stored: ${fault}.`, 'Enter it again.')
  await askOrThrow({ kind: 'set', ...address, secret }, 'The password was not stored', ask)
}

/** Removes a password from the keyring; false when there was none. Error: secret. */
export async function removeSecret(address: KeyringAddress, ask = systemKeyring()): Promise<boolean> {
  return (await askOrThrow({ kind: 'remove', ...address }, 'The password was not removed', ask)) === true
}

/** The accounts (`pair/side`) that have a password in the keyring, sorted; never the passwords. Error: secret. */
export async function listSecrets(service = keyringService, ask = systemKeyring()): Promise<readonly string[]> {
  const accounts = await askOrThrow({ kind: 'list', service }, 'The passwords cannot be listed', ask)
  return Array.isArray(accounts) ? accounts.toSorted() : []
}

type KeyringValue = Extract<KeyringReply, { ok: true }>['value']

async function askOrThrow(request: KeyringRequest, failure: string, ask: AskKeyring): Promise<KeyringValue> {
  const reply = await ask(request)
  if (reply.ok) return reply.value
  const redact = createRedactor('secret' in request ? [request.secret] : [])
  const { reason, hint } = explainKeyring(redact(reply.reason))
  throw keyringError(`${failure}: ${reason}.`, hint)
}

function keyringError(message: string, hint: string): MailhaulError {
  return new MailhaulError({ code: 'secret', scope: 'run', retry: 'never', message, hint })
}
