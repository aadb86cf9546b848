// Finds and creates the folders of an account by their configured names.
import type { ImapFlow, ListResponse } from 'imapflow'
import type { MailhaulError } from '../../core/errors.ts'
import type { Folder } from '../../core/ports.ts'
import { hasLimitPerFolder } from './capabilities.ts'
import type { Control } from './control.ts'
import { folderLimit, myRights } from './extra-commands.ts'
import { creationError, noFolder, noRightToStore, specialUseError, unreadable, viewError } from './folder-errors.ts'
import {
  findListed,
  isSelectable,
  isSpecialUse,
  isUnusable,
  isView,
  type Namespace,
  parentsOf,
  pathOf,
  pathToCreate,
} from './folder-names.ts'
import { escaped } from './server-text.ts'

/** The folders of one account, over its control connection. */
export class Folders {
  readonly #control: Control
  /** What LIST said, per connection; looked up again when a name is missing. */
  readonly #listings = new WeakMap<ImapFlow, ListResponse[]>()
  readonly #limits = new Map<string, number>()

  constructor(control: Control) {
    this.#control = control
  }

  /** The folder as it is now, or undefined. Creates nothing and selects nothing. */
  find(name: string, signal: AbortSignal): Promise<Folder | undefined> {
    return this.#control.run(signal, (client) => this.#find(client, name))
  }

  /** What `ensure` would come to, without creating anything: undefined where it would create. The same errors. */
  foresee(name: string, signal: AbortSignal): Promise<Folder | undefined> {
    return this.#control.run(signal, async (client) => {
      const folder = await this.#find(client, name)
      if (folder !== undefined) return this.#ready(client, folder)
      refuseToCreate(name)
      return undefined
    })
  }

  /** The folder, created and subscribed if need be, with the right to store in it. Errors: no-folder, permission-denied. */
  ensure(name: string, signal: AbortSignal): Promise<Folder> {
    return this.#control.run(signal, async (client) => {
      const found = await this.#find(client, name)
      return this.#ready(client, found ?? (await this.#create(client, name)))
    })
  }

  /** A folder that may be stored in, with its limit where it has one of its own. */
  async #ready(client: ImapFlow, folder: Folder): Promise<Folder> {
    await this.#refuseWithoutRight(client, folder.path)
    if (!hasLimitPerFolder(client.capabilities)) return folder
    const appendLimit = await folderLimit(client, folder.path)
    if (appendLimit !== undefined) this.#limits.set(folder.path, appendLimit)
    return { ...folder, appendLimit }
  }

  /** Creates a folder that was there before and is gone now (quirk B07). */
  async recreate(path: string, signal: AbortSignal): Promise<void> {
    await this.#control.run(signal, async (client) => {
      this.#listings.delete(client)
      return (await this.#find(client, path)) ?? (await this.#create(client, path))
    })
  }

  /** The largest message a folder takes, in octets, where it was asked and has said so (RFC 7889). */
  limitOf(path: string): number | undefined {
    return this.#limits.get(path)
  }

  async #find(client: ImapFlow, name: string): Promise<Folder | undefined> {
    // Always there, whatever LIST says, and by this name (RFC 3501 §5.1).
    if (name.toUpperCase() === 'INBOX') return statusOf(client, 'INBOX')
    const listed = await this.#lookUp(client, name)
    if (!listed || !isSelectable(listed)) return undefined
    if (isView(listed)) throw viewError(listed.path)
    return statusOf(client, listed.path)
  }

  async #lookUp(client: ImapFlow, name: string): Promise<ListResponse | undefined> {
    const namespace = namespaceOf(client)
    const listing = this.#listings.get(client)
    const known = listing && findListed(name, listing, namespace)
    if (known) return known
    return findListed(name, await this.#list(client), namespace)
  }

  async #list(client: ImapFlow): Promise<ListResponse[]> {
    const listing = await client.list()
    this.#listings.set(client, listing)
    return listing
  }

  async #create(client: ImapFlow, name: string): Promise<Folder> {
    refuseToCreate(name)
    const namespace = namespaceOf(client)
    const path = pathToCreate(name, this.#listings.get(client) ?? [], namespace)
    const refused = await createWithParents(client, path, namespace)
    // Somebody else may have created it meanwhile, and not every server says ALREADYEXISTS.
    this.#listings.delete(client)
    const folder = await this.#find(client, name)
    if (folder) return folder
    if (refused) throw creationError(path, refused)
    return (
      (await statusOf(client, pathOf(path, namespace))) ??
      fail(noFolder(`"${escaped(path)}" was created but is not there`))
    )
  }

  async #refuseWithoutRight(client: ImapFlow, path: string): Promise<void> {
    if (!client.capabilities.has('ACL')) return
    const rights = await myRights(client, path)
    if (rights === undefined || rights.includes('i')) return
    throw noRightToStore(path, rights)
  }
}

/** Errors for names that no server could create. */
function refuseToCreate(name: string): void {
  if (isSpecialUse(name)) throw specialUseError(name)
  if (isUnusable(name)) throw noFolder(`"${escaped(name)}" is no name for a folder`)
}

/** Tries the path itself, and level by level only where the server does not create what lies above. */
async function createWithParents(client: ImapFlow, path: string, namespace: Namespace): Promise<unknown> {
  const refused = await create(client, path)
  if (refused === undefined) return undefined
  const parents = parentsOf(path, namespace)
  if (parents.length === 0) return refused
  for (const parent of parents) await create(client, parent)
  return create(client, path)
}

/** Creates and subscribes; returns the server's refusal. */
async function create(client: ImapFlow, path: string): Promise<unknown> {
  try {
    await client.mailboxCreate(path)
    return undefined
  } catch (thrown) {
    if (!client.usable) throw thrown
    return thrown
  }
}

/** UIDVALIDITY, UIDNEXT and the number of messages without selecting; undefined where there is no such folder. */
async function statusOf(client: ImapFlow, path: string): Promise<Folder | undefined> {
  const status = await client.status(path, { messages: true, uidNext: true, uidValidity: true }).catch((thrown) => {
    if (!client.usable || thrown?.code !== 'NotFound') throw thrown
  })
  if (status === undefined) return undefined
  if (status && status.uidValidity !== undefined) {
    const { uidValidity, uidNext = 1, messages = 0 } = status
    return { path, uidValidity: Number(uidValidity), uidNext, messages }
  }
  // Refused without a reason that imapflow passes on: EXAMINE says it, or works where STATUS does not.
  const opened = await client.mailboxOpen(path, { readOnly: true }).catch((thrown) => {
    throw (client.usable ? unreadable(path, thrown) : undefined) ?? thrown
  })
  const { uidValidity, uidNext, exists } = opened
  if (uidValidity === undefined) throw noFolder(`The folder "${escaped(path)}" has no UIDVALIDITY`)
  return { path, uidValidity: Number(uidValidity), uidNext: uidNext || 1, messages: exists }
}

function namespaceOf(client: ImapFlow): Namespace {
  const { prefix = '', delimiter = undefined } = client.namespace ?? {}
  return { prefix, delimiter: delimiter || undefined }
}

function fail(error: MailhaulError): never {
  throw error
}
