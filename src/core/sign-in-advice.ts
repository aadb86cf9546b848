// What to do when a sign-in or a login is refused: one table of what providers say, and what people are told to do.
import { providerOf, providers } from './providers.ts'

/** How somebody tried to get in: with a password, with an access token, or by signing in at the provider. */
export type WayIn = 'password' | 'token' | 'sign-in'

interface Advice {
  /** What the provider says: an OAuth error and its description, or the text of a refused login. */
  readonly said: RegExp
  /** Only where this way in was tried. */
  readonly way?: WayIn
  readonly advice: string
}

/** Stands for the command that signs in for the end in question: whoever knows pair and end puts it there. */
const anySignIn = 'mailhaul auth login PAIR'
const signInAgain = `Sign in again: ${anySignIn}.`
const askAdministrator = 'ask the administrator of the organisation'
const registration = 'In the registration (Microsoft Entra admin center, App registrations)'

// Order matters: the first line that fits what was said decides. AADSTS codes come before the OAuth errors around them.
const table: readonly Advice[] = [
  // ---- Microsoft's sign-in (quirk E13, E14) ----
  {
    said: /AADSTS(700082|70008|70043|700084)\b/,
    advice: `The sign-in was not used for too long, or was only meant to last for a time. ${signInAgain}`,
  },
  {
    said: /AADSTS(50173|50132|50133|70000)\b/,
    advice: `The sign-in was revoked, as a new password does. ${signInAgain}`,
  },
  {
    said: /AADSTS(50076|50079|50072|50074|50078|50158)\b/,
    advice: 'The provider wants a second factor now. Sign in again: mailhaul auth login PAIR, in the browser.',
  },
  {
    said: /AADSTS(53003|530034|530035|530036)\b/,
    advice: `A rule of the organisation (Conditional Access) blocks this; the device flow is blocked in many. Sign in without --device: mailhaul auth login PAIR; if that is blocked too, ${askAdministrator}.`,
  },
  {
    said: /AADSTS(53000|53001|53002|53004|530002|530003)\b/,
    advice: `The organisation lets in only devices and programs it knows: ${askAdministrator}.`,
  },
  {
    said: /AADSTS(65001|65004|90094|90093|900941|650052)\b/,
    advice: `Nobody has consented to mail access for this registration. Consent while signing in, or ${askAdministrator} to do it.`,
  },
  {
    said: /AADSTS7000218\b/,
    advice: `${registration}, under Authentication, set "Allow public client flows" to Yes; or add clientSecret.`,
  },
  {
    said: /AADSTS(7000215|7000222)\b/,
    advice: `The client secret is wrong or has expired. A program on a desktop needs none: leave clientSecret out, and register it for "Mobile and desktop applications".`,
  },
  {
    said: /AADSTS(700025|90023)\b/,
    advice: 'The registration is that of a public client, which has no secret: leave clientSecret out.',
  },
  {
    said: /AADSTS(700016|90002|900023|70001)\b/,
    advice: 'Check clientId, and set tenant to the organisation that the registration belongs to.',
  },
  {
    said: /AADSTS(50194|50020|500201|9002346|9002331)\b/,
    advice: `The registration is not for accounts of this kind. Set tenant to its organisation (or consumers for outlook.com), or let it take all accounts.`,
  },
  {
    said: /AADSTS(50011|500112|500113|500117)\b/,
    advice: `${registration}, under Authentication, add the platform "Mobile and desktop applications" with the redirect URI http://localhost.`,
  },
  {
    said: /AADSTS(70011|650053|650057)\b/,
    advice: `${registration}, under API permissions, add POP.AccessAsUser.All and IMAP.AccessAsUser.All (Office 365 Exchange Online or Microsoft Graph, delegated).`,
  },
  {
    said: /AADSTS(50034|50057|50053|50105)\b/,
    advice: 'The account is unknown, blocked, or not given to this program.',
  },
  { said: /AADSTS50196\b/, advice: 'The provider counted too many requests: wait some hours, then sign in again.' },
  // ---- Google's sign-in (quirk E15) ----
  {
    said: /invalid device flow scope|device flow.*scope|scope.*device flow/i,
    advice:
      'Google allows no mail in the device flow: sign in without --device (or with --paste on a machine without a browser).',
  },
  {
    said: /org_internal|admin_policy_enforced|access_not_configured|disallowed_useragent/i,
    advice: `The registration is for another organisation, or an administrator blocks it: ${askAdministrator}.`,
  },
  {
    said: /redirect_uri_mismatch|redirect_uri.*(match|invalid|allowed|registered)/i,
    advice:
      'Register the client as a desktop app (native application), with the loopback address http://127.0.0.1/ as redirect URI.',
  },
  { said: /(deleted|disabled)_client/i, advice: 'The registration was deleted or switched off: make another one.' },
  // ---- OAuth in general (RFC 6749 §5.2, RFC 8628 §3.5) ----
  {
    said: /\binvalid_grant\b/,
    advice: `The sign-in has expired or was revoked: by its owner, by a new password, or because the provider keeps it for a few days only (Google: 7 days while the consent screen is in Testing; publish it). ${signInAgain}`,
  },
  { said: /\b(interaction_required|login_required|consent_required)\b/, advice: signInAgain },
  {
    said: /\binvalid_client\b/,
    advice: 'Check clientId and clientSecret; Google gives every client a secret, also desktop apps.',
  },
  {
    said: /\bunauthorized_client\b/,
    advice:
      'The registration may not sign people in this way: register it for desktop use (public client), and allow the flow.',
  },
  {
    said: /\binvalid_scope\b/,
    advice: 'The provider does not give this registration what it asked for: check its scopes.',
  },
  {
    said: /\bunsupported_(grant|response)_type\b/,
    advice: 'The provider does not know this flow: try the other one (with or without --device).',
  },
  {
    said: /\baccess_denied\b/,
    advice:
      'It was declined. Try again and allow it; at Google, an app in Testing must list the account as a test user.',
  },
  { said: /\bexpired_token\b/, advice: 'The code was not entered in time: try again.' },
  // ---- refused logins at mail servers (quirk E16, E14, A51) ----
  {
    said: /application-specific password|app password|app-specific/i,
    advice:
      'Make an app password in the security settings of the account and use it here; or sign in with auth: { oauth2: … } in place of password.',
  },
  {
    said: /web ?login|webalert|log ?in via your web browser|account_recovery/i,
    advice: 'Sign in to the account once in a browser, answer what it asks, then try again.',
  },
  {
    said: /basic ?auth.{0,20}(block|disabl|not)|(block|disabl).{0,20}basic ?auth/i,
    advice:
      'This provider takes no passwords any more: use auth: { oauth2: { provider: microsoft, clientId: … } } in place of password.',
  },
  {
    said: /\b(imap|pop3?)\b.{0,40}(disabled|not enabled|switched off|turned off)|not enabled for (imap|pop)/i,
    advice: 'Switch POP or IMAP on in the settings of the mailbox (in an organisation its administrator may have to).',
  },
  {
    said: /authenticated but not connected/i,
    way: 'token',
    advice:
      'The account that signed in has no rights to the mailbox that user names: sign in as that user, or let it use the mailbox.',
  },
]

/** Where nothing is known of what was said: what the provider of the host takes. */
function usualAdvice(host: string, way: WayIn): string | undefined {
  const provider = providerOf(host)
  if (way === 'password') {
    if (provider === providers.gmail)
      return 'Gmail takes no account password here: make an app password (it needs 2-Step Verification), or use auth: { oauth2: { provider: google, … } } in place of password.'
    if (provider === providers.outlook)
      return 'Microsoft takes no passwords over POP3 and IMAP any more: use auth: { oauth2: { provider: microsoft, clientId: … } } in place of password.'
    if (provider === providers.yahoo)
      return 'Yahoo and AOL want an app password, made in the security settings of the account.'
    return undefined
  }
  if (provider === providers.outlook)
    return 'Check that POP or IMAP is switched on for the mailbox, and that user is the address that signed in (mailhaul auth login PAIR); an administrator can switch them off for everybody.'
  if (provider === providers.gmail)
    return 'Check that POP or IMAP is switched on in the settings of Gmail, and that user is the full address that signed in (mailhaul auth login PAIR).'
  return 'Check that user is the account that signed in (mailhaul auth login PAIR), and that the token is meant for this server.'
}

/** What to do about a refusal in the words of a provider; undefined where nothing better is known than to look. */
export function signInAdvice(said: string, way: WayIn, host?: string): string | undefined {
  const line = table.find((entry) => (entry.way === undefined || entry.way === way) && entry.said.test(said))
  return line?.advice ?? (host === undefined || way === 'sign-in' ? undefined : usualAdvice(host, way))
}

/** The same advice with the command that signs in for one end, such as `mailhaul auth login alice --source`. */
export function withSignIn(advice: string, command: string | undefined): string {
  return command === undefined ? advice : advice.replaceAll(anySignIn, () => command)
}

/** Whether a host is known to take no passwords at all, so that nobody needs to try (quirk E16). */
export function takesNoPasswords(host: string): boolean {
  return providerOf(host) === providers.outlook
}
