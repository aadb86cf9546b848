// A private Dovecot that takes OAuth tokens and asks their provider about them (introspection, RFC 7662).
import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clients, type IdentityProvider } from '../servers/identity-provider.ts'
import { dovecotProgram } from './binaries.ts'
import { type DovecotServer, startDovecot } from './dovecot.ts'
import type { User } from './user.ts'

/** A Dovecot, and how to stop it. */
export interface TokenDovecot {
  readonly dovecot: DovecotServer
  stop(): Promise<void>
}

/** Whether the Dovecot that is installed reads this configuration: 2.4 has another language for it. */
export function speaksThisLanguage(): boolean {
  return execFileSync(dovecotProgram, ['--version'], { encoding: 'utf8' }).startsWith('2.3.')
}

/** Starts it for these users, who can get in with tokens alone. In the words of Dovecot 2.3. */
export async function startTokenDovecot(idp: IdentityProvider, users: readonly User[]): Promise<TokenDovecot> {
  const directory = await mkdtemp(join(tmpdir(), 'mailhaul-dovecot-oauth-'))
  await chmod(directory, 0o755)
  const settings = join(directory, 'oauth2.conf')
  const { id, secret } = clients.mailServer
  const address = idp.issuer.replace('http://', `http://${id}:${secret}@`)
  await writeFile(
    settings,
    `introspection_mode = post
introspection_url = ${address}/token/introspection
force_introspection = yes
username_attribute = sub
active_attribute = active
active_value = true
`,
  )
  await chmod(settings, 0o644)
  const config = `auth_mechanisms = xoauth2 oauthbearer
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${settings}
}`
  const dovecot = await startDovecot({ users, config })
  const stop = async () => {
    await dovecot.stop()
    await rm(directory, { recursive: true, force: true })
  }
  return { dovecot, stop }
}
