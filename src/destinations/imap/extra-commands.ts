// Two questions that imapflow has no call for. Where its `exec` is gone or the server objects, nothing is known.
import type { ImapFlow } from 'imapflow'
import { uploadStyleOf } from './capabilities.ts'
import { encodedPath } from './folder-names.ts'

/** The rights this account has on a folder (RFC 4314 §3.5), such as `lrswi`; undefined where unknown. */
export async function myRights(client: ImapFlow, path: string): Promise<string | undefined> {
  const [, rights] = (await ask(client, 'MYRIGHTS', path)) ?? []
  return textOf(rights)
}

/** The largest message a folder takes, in octets (RFC 7889 §3); undefined where it sets no limit or none is known. */
export async function folderLimit(client: ImapFlow, path: string): Promise<number | undefined> {
  const [, items] = (await ask(client, 'STATUS', path, [{ type: 'ATOM', value: 'APPENDLIMIT' }])) ?? []
  const limit = Number(Array.isArray(items) ? textOf(items[1]) : undefined)
  return Number.isSafeInteger(limit) && limit > 0 ? limit : undefined
}

/** The attributes of the untagged answer: for both commands the folder's name, then what was asked for. */
async function ask(
  client: ImapFlow,
  command: string,
  path: string,
  ...more: unknown[]
): Promise<unknown[] | undefined> {
  const exec: unknown = Reflect.get(client, 'exec')
  if (typeof exec !== 'function') return undefined
  const name = encodedPath(path, uploadStyleOf(client.capabilities).hasUtf8Names)
  let attributes: unknown[] | undefined
  const take = async (untagged: { attributes?: unknown[] }) => {
    attributes = untagged.attributes
  }
  try {
    const answer = await exec.call(client, command, [name, ...more], { untagged: { [command]: take } })
    answer.next()
    return attributes
  } catch (thrown) {
    if (client.usable) return undefined
    throw thrown
  }
}

function textOf(attribute: unknown): string | undefined {
  if (typeof attribute !== 'object' || attribute === null || !('value' in attribute)) return undefined
  return attribute.value === null || attribute.value === undefined ? undefined : String(attribute.value)
}
