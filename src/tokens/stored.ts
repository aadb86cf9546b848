// What is kept of a sign-in, and its form as text.

/** One sign-in. Times are milliseconds since the epoch. */
export interface StoredToken {
  /** Counts every change: nothing is ever replaced by something older (quirk D16). */
  readonly generation: number
  readonly signedInAt: number
  readonly accessToken: string
  readonly obtainedAt: number
  /** Undefined where the provider does not say. */
  readonly expiresAt: number | undefined
  readonly refreshToken: string | undefined
  /** Whether it was renewed because a server had refused the one before. */
  readonly afterRefusal: boolean
  /** When and how the provider refused to renew it: then somebody has to sign in again. */
  readonly refused: { readonly at: number; readonly said: string } | undefined
}

/** Renewed when so little is left, or half of it where tokens live shorter (quirk D15). Milliseconds. */
const margin = 5 * 60_000

/** Whether it is good for a login and a while longer. */
export function isFresh({ expiresAt, obtainedAt }: StoredToken, now: number): boolean {
  if (expiresAt === undefined) return true
  return now < expiresAt - Math.min(margin, (expiresAt - obtainedAt) / 2)
}

/** The text that is kept. */
export function formatStored(token: StoredToken): string {
  return JSON.stringify({ mailhaul: 'token', format: 1, ...token })
}

/** Reads it back; undefined where it is something else. */
export function parseStored(text: string): StoredToken | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Reflect.get(value, 'format') !== 1) return undefined
  const number = (name: string, from: object = value as object): number | undefined => {
    const found: unknown = Reflect.get(from, name)
    return typeof found === 'number' && Number.isFinite(found) ? found : undefined
  }
  const string = (name: string, from: object = value as object): string | undefined => {
    const found: unknown = Reflect.get(from, name)
    return typeof found === 'string' && found !== '' ? found : undefined
  }
  const [generation, obtainedAt, accessToken] = [number('generation'), number('obtainedAt'), string('accessToken')]
  if (generation === undefined || obtainedAt === undefined || accessToken === undefined) return undefined
  const refusal: unknown = Reflect.get(value, 'refused')
  const at = typeof refusal === 'object' && refusal !== null ? number('at', refusal) : undefined
  return {
    ...{ generation, obtainedAt, accessToken },
    signedInAt: number('signedInAt') ?? obtainedAt,
    expiresAt: number('expiresAt'),
    refreshToken: string('refreshToken'),
    afterRefusal: Reflect.get(value, 'afterRefusal') === true,
    refused: at === undefined ? undefined : { at, said: string('said', refusal as object) ?? 'refused' },
  }
}
