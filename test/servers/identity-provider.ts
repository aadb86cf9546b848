// A real OpenID provider (oidc-provider) on 127.0.0.1 that signs people in without asking them anything.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type Configuration } from 'oidc-provider'

/** The clients that are registered: one for mailhaul, and one with which a mail server asks about tokens. */
export const clients = {
  public: 'mailhaul',
  confidential: { id: 'mailhaul-confidential', secret: 'client-secret/51f+x=' },
  mailServer: { id: 'mail-server', secret: 'introspection-77a' },
} as const

/** How a provider is set up. */
export interface IdentityProviderOptions {
  /** Seconds that access tokens live: an hour unless told; may be changed while it runs. */
  readonly lifetime?: number
  /** Whether every renewal brings a new refresh token, and makes the one before it worthless: yes, unless told. */
  readonly rotates?: boolean
}

/** A request to the token endpoint. */
export interface TokenRequest {
  readonly grant: string
  /** The HTTP status of the answer. */
  readonly status: number
}

/** Starts a provider. The caller stops it. */
export async function startIdentityProvider(options: IdentityProviderOptions = {}): Promise<IdentityProvider> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return new IdentityProvider(server, options)
}

/** What a fault answers in place of the provider; undefined: the provider answers. */
type Fault = (request: {
  readonly path: string
  readonly grant: string
}) => { status: number; body: string } | undefined

/** A running provider. */
export class IdentityProvider {
  readonly issuer: string
  /** Every request to the token endpoint, in order. */
  readonly tokenRequests: TokenRequest[] = []
  /** Seconds that access tokens live from now on. */
  lifetime: number
  /** Who signs in with the next device code, or at an address without a hint. */
  user = 'alice'
  /** Answers in place of the provider. */
  fault: Fault | undefined
  /** Waited for before a token request is answered. */
  gate: Promise<void> | undefined
  /** Token requests that have come in and are not answered yet. */
  waiting = 0
  readonly #server: Server
  readonly #provider: Provider

  constructor(server: Server, { lifetime = 3600, rotates = true }: IdentityProviderOptions) {
    this.lifetime = lifetime
    this.#server = server
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    this.#provider = new Provider(this.issuer, this.#configuration(rotates))
    const handle = this.#provider.callback()
    server.on('request', (request, response) => this.#serve(request, response, handle))
  }

  /** How many times tokens were renewed. */
  get renewals(): number {
    return this.tokenRequests.filter(({ grant, status }) => grant === 'refresh_token' && status === 200).length
  }

  /** Follows a sign-in address as a browser would, up to where it is sent back to mailhaul; returns that page. */
  async browse(address: string): Promise<Response> {
    const end = await this.signInAt(address)
    return fetch(end)
  }

  /** The same, without the last step: the address that the browser is sent back to. */
  async signInAt(address: string): Promise<string> {
    const cookies = new Map<string, string>()
    for (let next = address, hops = 0; hops < 12; hops += 1) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(next, { redirect: 'manual', headers: { cookie } })
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        cookies.set(name, value)
      }
      const location = response.headers.get('location')
      if (location === null) throw new Error(`the sign-in ends with ${response.status}: ${await response.text()}`)
      next = new URL(location, next).href
      if (new URL(next).origin !== this.issuer) return next
    }
    throw new Error('the sign-in goes round in circles')
  }

  /** Enters the code of the device flow, as somebody would on another device. */
  async enterCode(code: string): Promise<void> {
    const found = await this.#provider.DeviceCode.findByUserCode(code.replaceAll('-', ''), { ignoreExpiration: true })
    if (found === undefined) throw new Error(`nobody waits for the code ${code}`)
    const grant = new this.#provider.Grant({ accountId: this.user, clientId: found.clientId })
    grant.addOIDCScope('openid offline_access mail')
    Object.assign(found, {
      accountId: this.user,
      authTime: Math.floor(Date.now() / 1000),
      grantId: await grant.save(),
      scope: 'openid offline_access mail',
      sessionUid: 'device',
    })
    await found.save()
  }

  /** Makes an access token worthless before its time. */
  async revokeAccess(token: string): Promise<void> {
    const found = await this.#provider.AccessToken.find(token)
    await found?.destroy()
  }

  /** Whether a mail server would be told that this access token is good. */
  async isGood(token: string): Promise<boolean> {
    const found = await this.#provider.AccessToken.find(token)
    return found !== undefined && !found.isExpired
  }

  /** Makes a whole sign-in worthless, as its owner can. */
  async revokeSignIn(refreshToken: string): Promise<void> {
    const found = await this.#provider.RefreshToken.find(refreshToken)
    await found?.destroy()
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(request: IncomingMessage, response: ServerResponse, handle: ReturnType<Provider['callback']>) {
    const path = new URL(request.url ?? '/', this.issuer).pathname
    if (path.startsWith('/interaction/')) return this.#interact(request, response)
    const isToken = path === '/token' || path === '/device/auth'
    const body = isToken ? await read(request) : ''
    const grant = new URLSearchParams(body).get('grant_type') ?? ''
    if (path === '/token') {
      this.waiting += 1
      await this.gate
      response.once('finish', () => {
        this.waiting -= 1
        this.tokenRequests.push({ grant, status: response.statusCode })
      })
    }
    const fault = this.fault?.({ path, grant })
    if (fault) return response.writeHead(fault.status, { 'content-type': 'application/json' }).end(fault.body)
    // oidc-provider takes a body that has been read already.
    if (isToken) Object.assign(request, { body: Object.fromEntries(new URLSearchParams(body)) })
    return handle(request, response)
  }

  /** Login and consent, without a question. */
  async #interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const provider = this.#provider
    const { prompt, params, session, grantId } = await provider.interactionDetails(request, response)
    if (prompt.name === 'login') {
      const accountId = String(params.login_hint ?? this.user)
      return provider.interactionFinished(request, response, { login: { accountId } })
    }
    const found = grantId === undefined ? undefined : await provider.Grant.find(grantId)
    const grant = found ?? new provider.Grant({ accountId: session?.accountId, clientId: String(params.client_id) })
    grant.addOIDCScope(String(params.scope))
    const consent = { grantId: await grant.save() }
    return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true })
  }

  #configuration(rotates: boolean): Configuration {
    const grants = ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code']
    const native = {
      application_type: 'native' as const,
      grant_types: grants,
      response_types: ['code' as const],
      redirect_uris: ['http://127.0.0.1'],
    }
    const asksOnly = { grant_types: [], response_types: [], redirect_uris: [] }
    const { confidential, mailServer } = clients
    return {
      clients: [
        { ...native, client_id: clients.public, token_endpoint_auth_method: 'none' },
        { ...native, client_id: confidential.id, client_secret: confidential.secret },
        { ...asksOnly, client_id: mailServer.id, client_secret: mailServer.secret },
      ],
      scopes: ['openid', 'offline_access', 'mail'],
      cookies: { keys: ['test'] },
      features: {
        devInteractions: { enabled: false },
        deviceFlow: { enabled: true },
        introspection: { enabled: true },
        revocation: { enabled: true },
      },
      findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
      interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      pkce: { required: () => true },
      rotateRefreshToken: () => rotates,
      ttl: {
        AccessToken: () => this.lifetime,
        ...{ RefreshToken: 86_400, Session: 600, Grant: 86_400, Interaction: 600, IdToken: 600, DeviceCode: 600 },
      },
      renderError: (context, out) => {
        context.type = 'json'
        context.body = out
      },
    }
  }
}

async function read(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}
