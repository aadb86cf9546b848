// What the destination says of itself, in words people can use before a run.
import type { ImapFlow } from 'imapflow'
import type { DestinationFacts } from '../../core/ports.ts'
import { spelled, type UploadStyle, uploadStyleOf } from './capabilities.ts'
import type { Opened } from './connection.ts'
import type { ImapDestinationOptions } from './options.ts'

/** Asks the server what is worth knowing; quota is advice only (quirk B29). */
export async function factsOf(
  { client, tls }: Opened,
  { host, port, connections }: ImapDestinationOptions,
): Promise<DestinationFacts> {
  const style = uploadStyleOf(client.capabilities)
  return {
    ...{ host, port, tls },
    capabilities: spelled(client.capabilities),
    notes: notesOn(style),
    upload: uploadInWords(style, connections),
    lanes: connections === 'auto' ? mostLanes : connections,
    appendLimit: style.appendLimit,
    quota: await quotaOf(client),
  }
}

/** What `connections: auto` grows to at most. */
const mostLanes = 4

/** How messages will be uploaded: `MULTIAPPEND, LITERAL+, up to 4 connections`. */
export function uploadInWords({ hasMultiappend, literals }: UploadStyle, connections: 'auto' | number): string {
  const literal = { plus: 'LITERAL+', minus: 'LITERAL-', none: 'plain literals' }[literals]
  const lanes =
    connections === 'auto'
      ? `up to ${mostLanes} connections`
      : connections === 1
        ? '1 connection'
        : `${connections} connections`
  return `${hasMultiappend ? 'MULTIAPPEND' : 'one message per command'}, ${literal}, ${lanes}`
}

function notesOn(style: UploadStyle): readonly string[] {
  const notes: string[] = []
  if (!style.hasUidplus) {
    notes.push(
      'The server does not say where it puts messages (no UIDPLUS): their places are found by content, which is slower.',
    )
  }
  if (!style.hasMultiappend) notes.push('The server takes one message per command (no MULTIAPPEND).')
  if (style.literals === 'none') {
    notes.push('The server has to be asked before every message (no LITERAL+): a round trip each.')
  }
  return notes
}

async function quotaOf(client: ImapFlow): Promise<DestinationFacts['quota']> {
  const quota = await client.getQuota('INBOX')
  const { usage, limit } = (quota || undefined)?.storage ?? {}
  return usage === undefined || limit === undefined ? undefined : { used: usage, limit }
}
