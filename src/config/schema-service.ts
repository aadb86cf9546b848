// The schema of what a watch shows and tells: where its status page is, and whom it notifies.
import { z } from 'zod'
import { isLoopback } from './host.ts'
import { listenInstead, parseListen, usualListen } from './listen.ts'
import { map, type Parsed, parsedBy } from './parsed.ts'
import { commandReference, ownSecretPlaces } from './secret-reference.ts'

const listen = parsedBy(
  z.preprocess((port) => (typeof port === 'number' ? String(port) : port), z.string({ error: listenInstead }).min(1)),
  parseListen,
)

const httpInstead = 'write http: { listen: 127.0.0.1:8025 }, and a token for any other address'
const tokenInstead = 'write one of { file: PATH }, { env: NAME }, { command: [program, word] }, { credential: NAME }'

/** The status page of a watch. */
export const http = map(
  {
    listen: listen.default(usualListen).describe('Address and port; a port alone is on this machine only'),
    token: z
      .union(ownSecretPlaces(tokenInstead), { error: tokenInstead })
      .optional()
      .describe('What others have to know, at least 16 characters: asked for on every address once it is set'),
  },
  httpInstead,
)
  .superRefine(refuseOpenDoors)
  .describe('Status page, health and metrics of mailhaul watch')

function refuseOpenDoors(http: { listen: { isLoopback: boolean }; token?: unknown }, context: z.RefinementCtx): void {
  if (http.listen.isLoopback || http.token !== undefined) return
  const problem = 'others could read the status page there, so it needs a token'
  const message = 'add token: { file: PATH }, or listen on 127.0.0.1'
  context.addIssue({ code: 'custom', path: ['listen'], params: { problem }, message })
}

const urlInstead = 'write an address that begins with https:// (http:// only on this machine), or where it is kept'

/** Checks where a webhook is: over TLS, or on this machine; no user or password in it, which fetch would refuse. */
export function parseWebhook(text: string): Parsed<string> {
  const refuse = (problem: string): Parsed<string> => ({ ok: false, problem, instead: urlInstead })
  const url = URL.parse(text)
  // Not quoted back: whoever knows the address of a webhook can use it.
  if (url === null) return refuse('this is not a web address')
  if (url.username !== '' || url.password !== '') return refuse('a web address must hold no user and no password')
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(host))) return { ok: true, value: url.href }
  return refuse(url.protocol === 'http:' ? 'without TLS, anybody on the way can read it' : 'this is not https')
}

const kinds = ['failing', 'recovered', 'auth'] as const
const onInstead = `write a list of ${kinds.join(', ')}`
const on = z
  .array(z.enum(kinds, { error: onInstead }), { error: onInstead })
  .min(1)
  .default([...kinds])
  .describe('failing: passes do not go through; auth: of these only refused logins; recovered: they do again')

const notifyInstead = 'write { command: [program, word] }, { webhook: https://… } or { inbox: true }'

/** Who is told, once, when a pair begins to fail and when it gets through again. */
export const notify = z
  .array(
    z.union(
      [
        map(
          { on, command: commandReference.describe('Run without a shell; gets JSON on standard input') },
          notifyInstead,
        ),
        map(
          {
            on,
            webhook: z
              .union([parsedBy(z.string(), parseWebhook), ...ownSecretPlaces(urlInstead)], { error: urlInstead })
              .describe('Gets JSON by POST'),
          },
          notifyInstead,
        ),
        map(
          { on, inbox: z.literal(true, { error: 'write true' }).describe('A message in the INBOX of the destination') },
          notifyInstead,
        ),
      ],
      { error: notifyInstead },
    ),
    { error: `write a list: - ${notifyInstead.slice('write '.length)}` },
  )
  .default([])
  .describe('Who is told, once, when a pair begins to fail and when it gets through again')

/** One who is told. */
export type NotifyConfig = z.infer<typeof notify>[number]
