// The configuration of a private Dovecot: everything in one directory, nothing as root, nothing slowed down on purpose.
import { join } from 'node:path'
import type { Identity, Ports } from './instance.ts'

/** How Dovecot stores mail. */
export type MailFormat = 'maildir' | 'mdbox'

/** What the configuration depends on. */
export type DovecotSettings = {
  /** As `dovecot --version` tells it: 2.4 reads another language than 2.3. */
  readonly version: string
  readonly directory: string
  readonly ports: Ports
  readonly identity: Identity
  readonly format: MailFormat
  readonly ssl: 'yes' | 'required'
  /** Appended as it is; later settings win. */
  readonly extra: string
}

/** The text of dovecot.conf. */
export function dovecotConfig(settings: DovecotSettings): string {
  const dialect = settings.version.startsWith('2.3.') ? dialect23(settings) : dialect24(settings)
  return [dialect, processes(settings), listeners(settings), storage, settings.extra, ''].join('\n')
}

/** Without root there is no chroot and no second user. Login processes are there beforehand. */
function processes({ directory, identity }: DovecotSettings): string {
  return `
base_dir = ${join(directory, 'run')}
state_dir = ${join(directory, 'state')}
log_path = /dev/stderr
auth_verbose = yes
default_internal_user = ${identity.user}
default_internal_group = ${identity.group}
default_login_user = ${identity.user}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
auth_failure_delay = 0
auth_mechanisms = plain login
first_valid_uid = 1
mail_max_userip_connections = 100`
}

function listeners({ ports, ssl }: DovecotSettings): string {
  return `
protocols = imap pop3
listen = 127.0.0.1
ssl = ${ssl}
${loginService('imap', ports.imap, ports.imaps)}
${loginService('pop3', ports.pop3, ports.pop3s)}`
}

function loginService(protocol: string, port: number, tlsPort: number): string {
  return `service ${protocol}-login {
  chroot =
  process_min_avail = 1
  client_limit = 1000
  inet_listener ${protocol} {
    port = ${port}
  }
  inet_listener ${protocol}s {
    port = ${tlsPort}
    ssl = yes
  }
}`
}

/** The namespace is Debian's, with its special-use folders. */
const storage = `
mail_fsync = never
namespace inbox {
  inbox = yes
${['Drafts', 'Junk', 'Sent', 'Trash'].map((name) => `  mailbox ${name} {\n    special_use = "\\\\${name}"\n  }`).join('\n')}
}`

/**
 * What 2.3 says in its own way. The first password database only tells the second to answer a wrong password at once,
 * where Dovecot would otherwise wait for up to half a second.
 */
function dialect23({ directory, identity, format, ssl }: DovecotSettings): string {
  return `
ssl_cert = <${join(directory, 'server.pem')}
ssl_key = <${join(directory, 'server.key')}
service imap-login {
  service_count = 0
}
service pop3-login {
  service_count = 0
}
disable_plaintext_auth = ${ssl === 'yes' ? 'no' : 'yes'}
passdb {
  driver = static
  args = nopassword noauthenticate nodelay=y
}
passdb {
  driver = passwd-file
  args = ${join(directory, 'passwd')}
}
userdb {
  driver = static
  args = uid=${identity.uid} gid=${identity.gid} home=${join(directory, 'mail/%u')}
}
mail_location = ${format}:~/${storageName(format)}`
}

/** The same for 2.4. */
function dialect24({ directory, identity, format, ssl }: DovecotSettings): string {
  return `
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
ssl_server_cert_file = ${join(directory, 'server.pem')}
ssl_server_key_file = ${join(directory, 'server.key')}
service imap-login {
  restart_request_count = unlimited
}
service pop3-login {
  restart_request_count = unlimited
}
auth_allow_cleartext = ${ssl === 'yes' ? 'yes' : 'no'}
passdb static {
  fields {
    nopassword = yes
    noauthenticate = yes
    nodelay = yes
  }
}
passdb passwd-file {
  passwd_file_path = ${join(directory, 'passwd')}
}
userdb static {
  fields {
    uid = ${identity.uid}
    gid = ${identity.gid}
    home = ${join(directory, 'mail/%{user}')}
  }
}
mail_driver = ${format}
mail_path = ~/${storageName(format)}`
}

/** The directory in a user's home that holds the mail. */
export function storageName(format: MailFormat): string {
  return format === 'maildir' ? 'Maildir' : 'mdbox'
}
