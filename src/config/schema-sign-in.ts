// The schema of the other ways to log in: signing in with OAuth 2.0, and tokens from a helper of one's own.
import { z } from 'zod'
import { isLoopback } from './host.ts'
import { map, type Parsed, parsedBy, text } from './parsed.ts'
import { commandReference, secretInstead, secretReference } from './secret-reference.ts'

const issuerInstead =
  'write an address that starts with https://; plain http:// is for a provider on this machine alone (127.0.0.1, localhost)'

/** An address that tokens may be sent to: encrypted, or not leaving this machine. */
function parseIssuer(address: string): Parsed<string> {
  const refuse = (problem: string): Parsed<string> => ({ ok: false, problem, instead: issuerInstead })
  if (!URL.canParse(address)) return refuse('this is not an address')
  const { protocol, hostname, username, password, search, hash } = new URL(address)
  if (username !== '' || password !== '') return refuse('this address holds a name or a password')
  if (search !== '' || hash !== '') return refuse('this address holds more than a path')
  const host = hostname.replace(/^\[|\]$/g, '')
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(host))) return { ok: true, value: address }
  return refuse(protocol === 'http:' ? 'tokens would be sent unencrypted' : 'this is not an https address')
}

const address = parsedBy(z.string({ error: issuerInstead }).min(1), parseIssuer)

const providerInstead = 'write google, microsoft or { issuer: https://login.example.com, scopes: [mail] }'
const scopesInstead = 'write a list of scopes, such as [offline_access, mail]'
// scope-token (RFC 6749 §3.3)
const scopes = z
  .array(z.string({ error: scopesInstead }).regex(/^[!#-[\]-~]+$/, { error: scopesInstead }), { error: scopesInstead })
  .min(1)

const otherProvider = map(
  {
    issuer: address.describe('Address of the provider; its endpoints are looked up there unless they are named'),
    authorizationEndpoint: address.optional().describe('Where the browser goes to sign in'),
    tokenEndpoint: address.optional().describe('Where tokens come from; with it, nothing is looked up'),
    deviceAuthorizationEndpoint: address.optional().describe('Where the device flow begins'),
    revocationEndpoint: address.optional().describe('Where tokens are given back'),
    scopes: scopes.describe('What is asked for: mail, and offline_access where the provider knows it'),
  },
  providerInstead,
)

const tenantInstead = 'write the tenant as Microsoft calls it: contoso.onmicrosoft.com, its id, common or consumers'

const oauth2 = map(
  {
    provider: z
      .union([z.enum(['google', 'microsoft'], { error: providerInstead }), otherProvider], { error: providerInstead })
      .describe('Who signs people in: google, microsoft, or another one by its address'),
    clientId: text('write the client id that the provider gave your registration').describe(
      'Client id of a registration of your own at the provider',
    ),
    clientSecret: secretReference.optional().describe('Its client secret, where it has one (Google does)'),
    tenant: z
      .string({ error: tenantInstead })
      .regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/, { error: tenantInstead })
      .optional()
      .describe('Microsoft only: the tenant of a registration that is for one organisation; default common'),
  },
  'write oauth2: { provider: google, clientId: ID, clientSecret: { file: PATH } }',
).superRefine(refuseTenantElsewhere)

function refuseTenantElsewhere(
  { provider, tenant }: { provider: unknown; tenant?: string | undefined },
  context: z.RefinementCtx,
): void {
  if (tenant === undefined || provider === 'microsoft') return
  const problem = 'only Microsoft has tenants'
  context.addIssue({ code: 'custom', path: ['tenant'], params: { problem }, message: 'leave it out' })
}

const tokenInstead = 'write token: { command: [program, word] }, a program that prints an access token'

/** The keys of an end that say how to log in; one of them is used. */
export const waysIn = {
  password: secretReference.optional(),
  auth: map({ oauth2 }, 'write auth: { oauth2: { provider: google, clientId: ID, clientSecret: { file: PATH } } }')
    .optional()
    .describe('Signs in with OAuth 2.0, in place of a password: mailhaul auth login PAIR'),
  token: map({ command: commandReference }, tokenInstead)
    .optional()
    .describe('A helper of your own that prints an OAuth access token, in place of a password'),
}

const names = ['password', 'auth', 'token'] as const

/** Runs even where other keys are wrong, so that all problems show at once: the end may be anything. */
export function refuseOtherThanOneWayIn(end: { readonly [key: string]: unknown }, context: z.RefinementCtx): void {
  if (typeof end !== 'object' || end === null) return
  const given = names.filter((name) => end[name] !== undefined)
  const [first, second] = given
  if (first === undefined) {
    const message = `${secretInstead}; or auth, to sign in with OAuth`
    context.addIssue({ code: 'custom', path: ['password'], params: { problem: 'this is missing' }, message })
  } else if (second !== undefined) {
    const problem = `there is ${first} already, and one way to log in is enough`
    context.addIssue({ code: 'custom', path: [second], params: { problem }, message: 'keep one of them' })
  }
}

/** The ways to log in, of which a pair's own replaces one that stands under `defaults`. */
export const waysInNames: readonly string[] = names

/** Who signs people in, and as which client, as the configuration says it. */
export type OAuthConfig = z.infer<typeof oauth2>
