// Whether the passwords of a configuration are where it says: looked for, never shown; no program is run for them.
import type { PairConfig } from '../config/schema.ts'
import type { SecretReference } from '../config/secret-reference.ts'
import { keyringAddress, listSecrets, resolveSecret } from '../config/secrets.ts'
import { asMailhaulError, type MailhaulError } from '../core/errors.ts'
import type { Finding } from '../core/finding.ts'
import { counted } from '../reporters/words.ts'
import type { CommandContext } from './context.ts'

/** So many that are missing are told one by one. */
const mostTold = 20

type Owner = { readonly pair: string; readonly side: 'source' | 'destination' }

interface Password extends Owner {
  readonly reference: SecretReference
}

/** One finding for all that are there, one for each that is missing, and one for the keyring where it is used. */
export async function secretFindings(
  pairs: readonly PairConfig[],
  { onSecret }: Pick<CommandContext, 'onSecret'>,
): Promise<readonly Finding[]> {
  const passwords = pairs.flatMap(passwordsOf)
  const keyring = passwords.some(({ reference }) => isIn(reference, 'keyring')) ? await openKeyring() : undefined
  const findings: Finding[] = keyring ? [keyring.finding] : []
  const missing: Finding[] = []
  let found = 0
  let untried = 0
  for (const password of passwords) {
    const { reference } = password
    const error = isUntried(reference) ? 'untried' : await fault(password, keyring?.accounts, onSecret)
    if (error === 'untried') untried += 1
    else if (error === undefined) found += 1
    else if (error !== 'unknown') missing.push(problemOf(password, error))
  }
  const parts = [
    ...(found > 0 ? [`${counted(found, 'password')} where the configuration says`] : []),
    ...(untried > 0 ? [`${counted(untried, 'password')} from programs or asked for, which was not tried`] : []),
    ...signIns(pairs),
  ]
  if (parts.length > 0) findings.push({ area: 'secrets', about: 'passwords', verdict: 'ok', text: parts.join('; ') })
  const rest = missing.length - mostTold
  const more =
    rest > 0
      ? [{ area: 'secrets', about: 'passwords', verdict: 'problem', text: `and ${rest} more`, code: 'secret' } as const]
      : []
  return [...findings, ...missing.slice(0, mostTold), ...more]
}

function passwordsOf({ name: pair, source, destination }: PairConfig): Password[] {
  return (
    [
      ['source', source],
      ['destination', destination],
    ] as const
  ).flatMap(([side, { password }]) => (password === undefined ? [] : [{ pair, side, reference: password }]))
}

function signIns(pairs: readonly PairConfig[]): readonly string[] {
  const count = pairs.flatMap(({ source, destination }) => [source, destination]).filter(({ auth }) => auth).length
  return count === 0 ? [] : [`${counted(count, 'sign-in')}, which mailhaul auth status shows`]
}

interface Keyring {
  readonly finding: Finding
  /** Undefined where it does not work. */
  readonly accounts: ReadonlySet<string> | undefined
}

async function openKeyring(): Promise<Keyring> {
  const line = { area: 'secrets', about: 'keyring' } as const
  try {
    const accounts = await listSecrets()
    const text = `works, and holds ${counted(accounts.length, 'password')} of mailhaul`
    return { finding: { ...line, verdict: 'ok', text }, accounts: new Set(accounts) }
  } catch (thrown) {
    const { message, hint, code } = asMailhaulError(thrown)
    return { finding: { ...line, verdict: 'problem', text: message, advice: hint, code }, accounts: undefined }
  }
}

/** Why a password is not to be had; undefined where it is. */
async function fault(
  { reference, ...owner }: Password,
  accounts: ReadonlySet<string> | undefined,
  onSecret: (secret: string) => void,
): Promise<MailhaulError | 'unknown' | undefined> {
  if (isIn(reference, 'keyring')) {
    // Without a keyring, one finding says so for all.
    if (accounts === undefined) return 'unknown'
    const { service, account } = keyringAddress(reference, owner)
    // All at once are asked for once: the keyring is another process.
    if (service === 'mailhaul' && accounts.has(account)) return undefined
  }
  try {
    onSecret(await resolveSecret(reference, owner))
    return undefined
  } catch (thrown) {
    return asMailhaulError(thrown)
  }
}

function isUntried(reference: SecretReference): boolean {
  return isIn(reference, 'command') || isIn(reference, 'prompt')
}

function isIn(reference: SecretReference, place: 'keyring' | 'command' | 'prompt'): boolean {
  return typeof reference === 'object' && place in reference
}

function problemOf({ pair, side }: Owner, { message, hint, code }: MailhaulError): Finding {
  return { area: 'secrets', about: `${pair}, ${side}`, verdict: 'problem', text: message, advice: hint, code }
}
