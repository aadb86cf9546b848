// The schema of a pair's two ends: how to connect, as whom, and what to leave or store there.
import { z } from 'zod'
import { providerNames, sourceProvider } from '../core/providers.ts'
import { repairNames } from '../core/repair.ts'
import { flagInstead, parseFlag } from './flag.ts'
import { folderInstead, parseFolder } from './folder.ts'
import { hostInstead, isLoopback, parseHost } from './host.ts'
import { map, oneOrMany, type Parsed, parsedBy, text } from './parsed.ts'
import { parsePin, pinInstead } from './pin.ts'
import { refuseOtherThanOneWayIn, waysIn } from './schema-sign-in.ts'
import { parseSize, sizeInstead } from './size.ts'

/** A whole number within bounds; the sentence must name them. */
export function wholeNumber(least: number, most: number, instead: string) {
  return z.int({ error: instead }).min(least).max(most)
}

/** A folder: a path, a special use, or a template. */
export const folder = parsedBy(z.string({ error: folderInstead }).min(1), parseFolder)

/** IMAP flags, each once. */
export const flags = z
  .array(parsedBy(z.string({ error: flagInstead }).min(1), parseFlag), {
    error: `write a list of flags, such as ['\\Seen']`,
  })
  .transform((list) => [...new Set(list)])

const host = parsedBy(z.string({ error: hostInstead }).min(1), parseHost)

const minVersion = z
  .enum(['TLSv1.0', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'], { error: 'write TLSv1.2 or TLSv1.3' })
  // Node spells the oldest version without its .0
  .transform((version) => (version === 'TLSv1.0' ? ('TLSv1' as const) : version))

const connection = {
  host: host.describe('Name or address of the server'),
  port: wholeNumber(1, 65535, 'write a port from 1 to 65535')
    .optional()
    .describe('995 for POP3 and 993 for IMAP unless told; without TLS from the first byte 110 and 143'),
  tls: z
    .enum(['implicit', 'starttls', 'none'], { error: 'write implicit, starttls or none' })
    .default('implicit')
    .describe('implicit: TLS from the first byte; starttls: required, never opportunistic; none: unencrypted'),
  allowPlaintext: z
    .boolean({ error: 'write true or false' })
    .default(false)
    .describe('Allows tls: none beyond this machine: password and mail can be read on the way'),
  ca: oneOrMany(text('write the path of a PEM file'), 'write the path of a PEM file, or a list of paths')
    .default([])
    .describe('Further certificate authorities to trust, as PEM files'),
  fingerprint: oneOrMany(parsedBy(z.string({ error: pinInstead }), parsePin), pinInstead)
    .default([])
    .describe("SHA-256 pins of the server's public key (SPKI), as hex or base64"),
  minVersion: minVersion.default('TLSv1.2').describe('Oldest TLS version accepted'),
  servername: host.optional().describe('Name to expect in the certificate, where it is not the host'),
  user: text('write the name to log in with').describe('Name to log in with'),
  ...waysIn,
}

const leaveInstead = 'write keep, delete or { days: 30 }'
const leave = z
  .union(
    [
      z.enum(['keep', 'delete'], { error: leaveInstead }),
      map(
        {
          days: wholeNumber(0, 36500, 'write a number of days from 0 to 36500').describe(
            'Removed so many days after it was settled',
          ),
          proof: z
            .enum(['size', 'hash'], { error: 'write size or hash' })
            .default('size')
            .describe('How its copy is looked at before it goes: by size, or always read back and compared'),
        },
        leaveInstead,
      ),
    ],
    { error: leaveInstead },
  )
  .default('keep')
  .describe('What becomes of a settled message at the source')

const maxDeletions = wholeNumber(1, 10_000_000, 'write a number from 1 to 10000000')
  .optional()
  .describe('Messages that one run removes at most. Default: 100, or a tenth of the mailbox where that is more')

const connections = z
  .union([z.literal('auto'), wholeNumber(1, 16, 'write auto, or a number from 1 to 16')], {
    error: 'write auto, or a number from 1 to 16',
  })
  .default('auto')
  .describe('Connections that upload at once; auto measures')

const ratesInstead = 'write limits: { bytesPerSecond: 500KB, messagesPerSecond: 10, bytesPerDay: 500MB }'
const messagesInstead = 'write a number of messages from 0.01 to 100000'
const perSecond = 'Octets per second at most: 500KB, 1MiB or a number of bytes'
const perDay = 'Octets per UTC day at most, over all runs: 500MB, 2GiB or a number of bytes'

const amount = parsedBy(z.union([z.number(), z.string()], { error: sizeInstead }), parseSize)
const messages = z
  .number({ error: messagesInstead })
  .min(0.01, { error: messagesInstead })
  .max(100_000, { error: messagesInstead })

/** How fast mail may be moved, and how much a day. */
export const rates = {
  bytesPerSecond: amount.optional().describe(perSecond),
  messagesPerSecond: messages.optional().describe('Messages per second at most'),
  bytesPerDay: amount.optional().describe(perDay),
}

// What a provider publishes holds by default, so an end can say that it shall not.
const amountOrNone = parsedBy(
  z.union([z.number(), z.string()], { error: `${sizeInstead}, or none` }),
  (size): Parsed<number | 'none'> => (size === 'none' ? { ok: true, value: size } : parseSize(size)),
)
const messagesOrNone = z.union([messages, z.literal('none')], { error: `${messagesInstead}, or none` })
const unlessNone = "; none lifts the provider's own limit"
const endRates = {
  bytesPerSecond: amountOrNone.optional().describe(perSecond + unlessNone),
  messagesPerSecond: messagesOrNone.optional().describe(`Messages per second at most${unlessNone}`),
  bytesPerDay: amountOrNone.optional().describe(perDay + unlessNone),
}

const limits = map(endRates, ratesInstead)
  .optional()
  .describe('How fast, and how much a day, may be moved here; by default what the provider publishes, where it does')

const order = z
  .enum(['any', 'arrival'], { error: 'write any or arrival' })
  .default('any')
  .describe('arrival: in each folder in the order of the source, over one connection, one command at a time; slower')

const sourceInstead = 'write source: { host: pop.example.com, user: alice, password: { keyring: true } }'
const repairInstead = `write a list of ${repairNames.join(', ')}`

const destinationInstead = 'write destination: { host: imap.example.com, user: alice, password: { keyring: true } }'

const provider = z
  .enum(providerNames, { error: `write ${providerNames.slice(0, -1).join(', ')} or ${providerNames.at(-1)}` })
  .optional()
  .describe('Who runs the server, where the host does not tell: what a session shows and keeps depends on it')

const sourceMap = map({ ...connection, leave, maxDeletions, provider, limits }, sourceInstead)

const destinationMap = map(
  {
    ...connection,
    folder: folder.default('INBOX').describe('Where messages go that no route takes; INBOX unless told'),
    flags: flags.default([]).describe('Flags to store messages with'),
    repair: z
      .array(z.enum(repairNames, { error: repairInstead }), { error: repairInstead })
      .default([])
      .describe('What may be done to a message that is refused for just that, and only then: it is stored changed'),
    connections,
    order,
    limits,
  },
  destinationInstead,
)

/** Source and destination with every key optional: what stands under `defaults`. */
export const endDefaults = {
  source: map(sourceMap.partial().shape, sourceInstead).optional(),
  destination: map(destinationMap.partial().shape, destinationInstead).optional(),
}

const always = { when: () => true }

/** A POP3 maildrop. */
export const source = sourceMap
  .superRefine(refuseOtherThanOneWayIn, always)
  .superRefine(refusePlaintext, always)
  .superRefine(refuseForbiddenRemoval)
  .transform((end) => ({ ...end, port: end.port ?? (end.tls === 'implicit' ? 995 : 110) }))

/** An IMAP account. */
export const destination = destinationMap
  .superRefine(refuseOtherThanOneWayIn, always)
  .superRefine(refusePlaintext, always)
  .superRefine(refuseManyInOrder)
  .transform((end) => ({ ...end, port: end.port ?? (end.tls === 'implicit' ? 993 : 143) }))

// Runs even where other keys are wrong, so that all problems show at once: any of these may be of another type.
function refusePlaintext(
  end: { host?: unknown; tls?: unknown; allowPlaintext?: unknown },
  context: z.RefinementCtx,
): void {
  const isPlain = end?.tls === 'none' && end.allowPlaintext === false
  if (!isPlain || typeof end.host !== 'string' || isLoopback(end.host)) return
  context.addIssue({
    code: 'custom',
    path: ['tls'],
    params: { problem: `without TLS, anybody on the way to ${end.host} can read the password and the mail` },
    message: 'write implicit or starttls, or add allowPlaintext: true if you accept that',
  })
}

function refuseForbiddenRemoval(end: z.infer<typeof sourceMap>, context: z.RefinementCtx): void {
  const { title, refusesRemoval } = sourceProvider(end.host, end.user, end.provider)
  if (!refusesRemoval || end.leave === 'keep') return
  const problem = `${title} shows the same mail to every program, so nothing may be removed there`
  const message = 'write keep, or log in without recent: in front of the user name'
  context.addIssue({ code: 'custom', path: ['leave'], params: { problem }, message })
}

function refuseManyInOrder({ order, connections }: z.infer<typeof destinationMap>, context: z.RefinementCtx): void {
  if (order === 'any' || connections === 'auto' || connections === 1) return
  const problem = 'with order: arrival everything goes over one connection'
  context.addIssue({ code: 'custom', path: ['connections'], params: { problem }, message: 'leave it out, or write 1' })
}
