// Writes a first configuration: one pair, every line with its reason, and no password in it.
import { randomBytes } from 'node:crypto'
import { link, mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { MailhaulError } from '../core/errors.ts'
import type { SecretReference } from './secret-reference.ts'

/** How to log in: with a password kept somewhere, or by signing in with OAuth. */
export type NewLogin = { readonly password: SecretReference } | { readonly auth: { readonly oauth2: NewSignIn } }

/** A registration at a provider. */
interface NewSignIn {
  readonly provider: 'google' | 'microsoft'
  readonly clientId: string
  readonly clientSecret?: SecretReference
}

/** One end of a new pair. */
export interface NewEnd {
  readonly host: string
  readonly port: number
  readonly tls: 'implicit' | 'starttls' | 'none'
  readonly user: string
  readonly login: NewLogin
  /** Why it is this host, and what is to be known of the login: the comments. */
  readonly hostNote: string
  readonly loginNote: string
}

/** A pair to be written down. */
export interface NewPair {
  readonly name: string
  readonly source: NewEnd
  readonly destination: NewEnd
}

/** The configuration as text. */
export function newConfig({ name, source, destination }: NewPair): string {
  const lines = [
    ...['# Written by mailhaul init. Change what you like; mailhaul check says whether it still holds.', '#'],
    '#   mailhaul check             logs in at both ends and looks; changes nothing',
    '#   mailhaul plan              what sync would do; writes nothing at either end',
    '#   mailhaul sync              moves the mail; run it again whenever you like, it moves what is new',
    ...['#   mailhaul verify --deep     reads every message again at both ends and compares the bytes', ''],
    'pairs:',
    noted(`  - name: ${scalar(name)}`, 'the ledger knows the pair by this name: do not change it later'),
    '    source:',
    ...endLines(source),
    noted(
      '      leave: keep',
      'nothing is removed there; { days: 30 } empties it, a month after each message has arrived',
    ),
    '    destination:',
    ...endLines(destination),
    noted('      folder: INBOX', 'or a folder of its own; Archive/{year} makes one for each year'),
  ]
  return `${lines.join('\n')}\n`
}

function endLines(end: NewEnd): string[] {
  const tls = { implicit: 'TLS from the first byte', starttls: 'TLS is required, once connected', none: 'unencrypted' }
  return [
    noted(`      host: ${scalar(end.host)}`, end.hostNote),
    `      port: ${end.port}`,
    noted(`      tls: ${end.tls}`, tls[end.tls]),
    `      user: ${scalar(end.user)}`,
    noted(
      'password' in end.login ? `      password: ${flow(end.login.password)}` : `      auth: ${flow(end.login.auth)}`,
      end.loginNote,
    ),
  ]
}

function noted(line: string, note: string): string {
  const comment = note.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
  return `${line.padEnd(37)} # ${comment}`
}

function scalar(text: string): string {
  return stringify(text, { lineWidth: 0 }).trim()
}

function flow(value: SecretReference | object): string {
  const plain = JSON.stringify(value)
  return stringify(JSON.parse(plain), { collectionStyle: 'flow', lineWidth: 0 }).trim()
}

/**
 * Writes a file whole or not at all. Without `mayReplace` one that is there stays as it is. Error: config.
 */
export async function writeNewFile(
  path: string,
  text: string | Uint8Array,
  mayReplace: boolean,
  mode = 0o644,
): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`)
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    try {
      await using file = await open(draft, 'wx', mode)
      await file.writeFile(text)
      await file.sync()
      // link() refuses what is there, rename() replaces it: either is one step.
      if (mayReplace) await rename(draft, path)
      else await link(draft, path)
    } finally {
      await rm(draft, { force: true })
    }
  } catch (cause) {
    // mkdir() says EEXIST too, where a file is in the way of a directory.
    const isThere =
      cause instanceof Error &&
      'syscall' in cause &&
      cause.syscall === 'link' &&
      'code' in cause &&
      cause.code === 'EEXIST'
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = isThere ? `There is a file ${path} already.` : `The file ${path} could not be written: ${why}.`
    const hint = isThere
      ? 'Name another one with --config FILE, or replace it: --overwrite.'
      : 'Nothing was changed there.'
    throw new MailhaulError({ code: 'config', scope: 'run', retry: 'never', message, hint, cause })
  }
}
