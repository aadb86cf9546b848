// Text for Dovecot's configuration that switches on what only some servers have, in the words of 2.3: quota, rights, POP3 options.
import { chown, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { DovecotServer } from './dovecot.ts'

/** A quota over all mail of the account, such as `600K`, with more settings of the plugin. */
export function quota(storage: string, more = ''): string {
  return `mail_plugins = quota
protocol imap {
  mail_plugins = quota imap_quota
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=${storage}
  ${more}
}`
}

/** Rights per folder, from `dovecot-acl` files; the capability ACL only where the server `tells` of them. */
export function acl(tells: boolean): string {
  return `mail_plugins = acl
protocol imap {
  mail_plugins = acl ${tells ? 'imap_acl' : ''}
}
plugin {
  acl = vfile
}`
}

/** Gives the owner of a folder of alice's Maildir these rights and no others. */
export async function setRights(server: DovecotServer, name: string, rights: string): Promise<void> {
  const folder = join(server.mailDir('alice'), `.${name}`)
  const file = join(folder, 'dovecot-acl')
  await writeFile(file, `owner ${rights}\n`)
  const { uid, gid } = await stat(folder)
  await chown(file, uid, gid)
}

/** Settings of the POP3 server alone, one per line. */
export function pop3(...settings: string[]): string {
  return `protocol pop3 {\n  ${settings.join('\n  ')}\n}`
}

/** Replaces text of a running server's configuration, and waits until `isSo` says that it counts. */
export async function reconfigure(
  server: DovecotServer,
  [from, to]: readonly [from: string, to: string],
  isSo: () => Promise<boolean>,
): Promise<void> {
  const file = join(server.directory, 'dovecot.conf')
  await writeFile(file, (await readFile(file, 'utf8')).replace(from, to))
  process.kill(server.pid, 'SIGHUP')
  // While it reloads, Dovecot may end sessions.
  while (!(await isSo().catch(() => false))) await delay(20)
}
