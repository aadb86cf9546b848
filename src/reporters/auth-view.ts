// What is kept of sign-ins, as people read it: never a token.
import type { DocumentBody } from '../documents/schemas.ts'
import { cutText, jsonText, jsonTime } from './json-values.ts'
import { pageOf, paragraph, type ViewOptions } from './page.ts'
import { day } from './words.ts'

/** One sign-in. Times are milliseconds since the epoch. */
export interface AuthRow {
  /** The ends that use it, such as `alice, source`. */
  readonly pairs: readonly string[]
  readonly provider: string
  readonly user: string
  readonly place: 'keyring' | 'file' | undefined
  readonly path: string
  readonly signedInAt: number | undefined
  readonly expiresAt: number | undefined
  readonly canRenew: boolean
  readonly problem: string | undefined
  /** The command that signs in. */
  readonly command: string
}

/** The sign-ins of some pairs. */
export interface AuthView {
  readonly signIns: readonly AuthRow[]
  readonly lookedAt: number
  readonly exitCode: number
}

/** The sign-ins as text, ready to be written. */
export function renderAuth(view: AuthView, options: ViewOptions): string {
  const page = pageOf(options)
  const lines = view.signIns.flatMap((row) => [
    ...paragraph(`${row.pairs.join('; ')}: ${row.user} at ${row.provider}`, page, 0, 'strong'),
    ...(row.problem === undefined
      ? paragraph(wellWords(row, view.lookedAt), page, 2)
      : [
          ...paragraph(`Not usable: ${row.problem}.`, page, 2, 'bad'),
          ...paragraph(`Sign in: ${row.command}`, page, 2),
        ]),
  ])
  return `${lines.join('\n')}\n`
}

function wellWords({ place, path, signedInAt, expiresAt, canRenew }: AuthRow, now: number): string {
  const where = place === 'keyring' ? 'in the keyring' : `in ${path}`
  const since = signedInAt === undefined ? '' : ` since ${day(signedInAt)}`
  const isOver = expiresAt !== undefined && expiresAt <= now
  const minutes = expiresAt === undefined ? undefined : Math.max(0, Math.round((expiresAt - now) / 60_000))
  const access = isOver
    ? 'the access token is over and is renewed when it is needed'
    : minutes === undefined
      ? 'the access token has no known end'
      : `the access token is good for ${minutes === 1 ? '1 minute' : `${minutes} minutes`}`
  return `Signed in${since}, kept ${where}; ${access}${canRenew || isOver ? '' : ', and cannot be renewed'}.`
}

/** The same for scripts. */
export function authDocument({ signIns, exitCode }: AuthView): DocumentBody<'auth'> {
  return {
    exitCode,
    signIns: signIns.map((row) => ({
      pairs: row.pairs.map(cutText),
      provider: cutText(row.provider),
      user: cutText(row.user),
      place: row.place ?? null,
      signedInAt: row.signedInAt === undefined ? null : jsonTime(row.signedInAt),
      expiresAt: row.expiresAt === undefined ? null : jsonTime(row.expiresAt),
      renewable: row.canRenew,
      problem: row.problem === undefined ? null : jsonText(row.problem),
    })),
  }
}
