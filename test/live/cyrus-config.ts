// The configuration of a private Cyrus: imapd.conf with its options, cyrus.conf with its services.
import { join } from 'node:path'
import type { Identity, Ports } from './instance.ts'

/** Options of imapd.conf by name; imapd.conf(5) has them all. */
export type ImapdOptions = Readonly<Record<string, string>>

/** What the configuration depends on. */
export type CyrusSettings = {
  readonly directory: string
  readonly ports: Ports
  readonly identity: Identity
  /** Where the service programs are. */
  readonly bin: string
  readonly admin: string
  /** Options that are added or take the place of those below: Cyrus allows no option twice. */
  readonly options: ImapdOptions
}

/** The directories that must be there before Cyrus starts. */
export const cyrusDirectories = [
  'state/db',
  'state/socket',
  'state/proc',
  'state/lock',
  'state/log',
  'state/msg',
  'spool',
]

/** The text of imapd.conf. */
export function imapdConfig({ directory, identity, admin, options }: CyrusSettings): string {
  const all: ImapdOptions = {
    configdirectory: join(directory, 'state'),
    defaultpartition: 'default',
    'partition-default': join(directory, 'spool'),
    cyrus_user: identity.user,
    cyrus_group: identity.group,
    servername: 'localhost',
    admins: admin,
    virtdomains: 'off',
    unixhierarchysep: 'yes',
    altnamespace: 'yes',
    allowplaintext: 'yes',
    failedloginpause: '0',
    sasl_pwcheck_method: 'auxprop',
    sasl_auxprop_plugin: 'sasldb',
    sasl_sasldb_path: join(directory, 'sasldb2'),
    sasl_mech_list: 'PLAIN LOGIN',
    tls_server_cert: join(directory, 'server.pem'),
    tls_server_key: join(directory, 'server.key'),
    tls_session_timeout: '0',
    // Without this, Cyrus goes on without a service whose port is taken.
    master_bind_errors_fatal: 'yes',
    // No fsync: nothing here has to survive a crash of the machine.
    skiplist_unsafe: 'yes',
    ...options,
  }
  return Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')
}

/** The text of cyrus.conf: the databases are made first, and every service keeps one process ready. */
export function servicesConfig({ directory, ports, bin }: CyrusSettings): string {
  const command = (program: string) => `cmd="${join(bin, program)} -C ${join(directory, 'imapd.conf')}`
  const listen = (port: number) => `listen="127.0.0.1:${port}" prefork=1`
  return `START {
  recover ${command('ctl_cyrusdb')} -r"
}
SERVICES {
  imap ${command('imapd')}" ${listen(ports.imap)}
  imaps ${command('imapd')} -s" ${listen(ports.imaps)}
  pop3 ${command('pop3d')}" ${listen(ports.pop3)}
  pop3s ${command('pop3d')} -s" ${listen(ports.pop3s)}
}
EVENTS {
}
`
}
