// The server side of the SASL mechanisms that both test servers offer: PLAIN, XOAUTH2 and OAUTHBEARER.

/** The mechanisms offered by default. */
export const saslMechanisms = ['PLAIN', 'XOAUTH2', 'OAUTHBEARER'] as const

/** What a client's response claims: a user, with a password or a bearer token. */
export type SaslClaim = { readonly user: string; readonly password?: string; readonly token?: string }

/** Whom a claim is checked against. */
export type SaslAccount = { readonly user: string; readonly password: string; readonly token?: string | undefined }

/** Reads a base64 response (RFC 4616, RFC 7628, Google's XOAUTH2); undefined when it is malformed. */
export function parseSaslResponse(mechanism: string, base64: string): SaslClaim | undefined {
  const text = Buffer.from(base64, 'base64').toString('utf8')
  if (mechanism === 'PLAIN') return parsePlain(text)
  const token = /(?:^|\x01)auth=Bearer ([^\x01]*)\x01/.exec(text)?.[1]
  const user =
    mechanism === 'XOAUTH2' ? /^user=([^\x01]*)\x01/.exec(text)?.[1] : /^[ny],a=([^,\x01]*),\x01/.exec(text)?.[1]
  if (token === undefined || user === undefined || !text.endsWith('\x01\x01')) return undefined
  return { user: user.replaceAll('=2C', ',').replaceAll('=3D', '='), token }
}

/** The account a claim proves, if any. */
export function accountOf<T extends SaslAccount>(accounts: Iterable<T>, claim: SaslClaim | undefined): T | undefined {
  if (!claim) return undefined
  for (const account of accounts) {
    if (account.user !== claim.user) continue
    if (claim.token !== undefined ? claim.token === account.token : claim.password === account.password) return account
  }
  return undefined
}

/** The challenge in base64 that tells an OAuth client why it was refused; it answers with an empty line, `AQ==` or `*`. */
export function oauthChallenge(mechanism: string): string | undefined {
  if (mechanism === 'PLAIN') return undefined
  const status = mechanism === 'XOAUTH2' ? '400' : 'invalid_token'
  return Buffer.from(JSON.stringify({ status, schemes: 'bearer', scope: 'https://mail.example/' })).toString('base64')
}

function parsePlain(text: string): SaslClaim | undefined {
  const [, user, password, ...rest] = text.split('\0')
  if (user === undefined || password === undefined || rest.length > 0) return undefined
  return { user, password }
}
