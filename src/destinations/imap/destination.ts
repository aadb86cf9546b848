// An IMAP account as a destination: a control connection for questions, upload connections for messages.
import { createHash } from 'node:crypto'
import type { Destination } from '../../core/ports.ts'
import { Connector } from './connection.ts'
import { Control } from './control.ts'
import { digestsIn } from './digests.ts'
import { factsOf } from './facts.ts'
import { Folders } from './folders.ts'
import { sizesIn } from './index.ts'
import type { ImapDestinationOptions } from './options.ts'
import { Uploader } from './uploader.ts'

export type { ImapDestinationOptions } from './options.ts'

/** An IMAP account. Nothing is connected before the first use; `close()` it in the end. */
export function createImapDestination(options: ImapDestinationOptions): Destination {
  const connector = new Connector(options)
  const control = new Control(connector)
  const folders = new Folders(control)
  const uploader = new Uploader(options, connector, folders)
  const closing = new AbortController()
  return {
    account: accountOf(options),
    get batchLimits() {
      return uploader.batchLimits
    },
    facts: (signal) => control.run(signal, (_client, opened) => factsOf(opened, options)),
    ping: (signal) => control.run(signal, (client) => client.noop()),
    prepare: (signal, messages) => {
      // Nobody else tries a login that may be refused: some servers count.
      const meanwhile = AbortSignal.any([signal, closing.signal])
      const ready = control.run(meanwhile, async () => undefined)
      ready.then(() => messages && uploader.prepare(messages, meanwhile)).catch(() => undefined)
    },
    find: (name, signal) => folders.find(name, signal),
    foresee: (name, signal) => folders.foresee(name, signal),
    ensure: (name, signal) => folders.ensure(name, signal),
    sizes: (folder, fromUid, signal) => sizesIn(control, folder, fromUid, signal),
    digests: (folder, uids, signal, withForms) => digestsIn(control, folder, uids, signal, withForms),
    append: (folder, batch, signal) => uploader.append(folder, batch, signal),
    close: async () => {
      // A login that nobody needs any more is not waited for.
      closing.abort()
      await Promise.all([uploader.close(), control.close()])
    },
  }
}

/** The same for every pair that feeds the account, however its host is written; tells neither host nor user. */
function accountOf({ host, credentials }: ImapDestinationOptions): string {
  return createHash('sha256').update(`${host.toLowerCase()}\n${credentials.user}`).digest('hex').slice(0, 16)
}
