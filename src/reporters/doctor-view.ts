// What an examination found, as people read it and as scripts do.

import type { Finding } from '../core/finding.ts'
import type { DocumentBody } from '../documents/schemas.ts'
import { cutText, jsonText } from './json-values.ts'
import { pageOf, paragraph, type Tone, type ViewOptions } from './page.ts'
import { counted } from './words.ts'

/** All findings, in the order in which they were made. */
export interface DoctorView {
  readonly findings: readonly Finding[]
  /** The command that comes next where nothing is in the way. */
  readonly next: string
  readonly exitCode: number
}

const tones: Readonly<Record<Finding['verdict'], Tone>> = { ok: 'good', warning: 'warn', problem: 'bad' }
const start = 9

/** The findings as text, ready to be written. */
export function renderDoctor({ findings, next }: DoctorView, options: ViewOptions): string {
  const page = pageOf(options)
  const lines = findings.flatMap(({ verdict, about, text, advice }) => {
    const [first = '', ...rest] = paragraph(`${about}: ${text}`, page, start)
    // The word stands in its own colour, so that it is seen without reading.
    const [word = ''] = paragraph(verdict, page, 0, tones[verdict])
    const said = [`${word}${' '.repeat(start - verdict.length)}${first.slice(start)}`, ...rest]
    return advice === undefined ? said : [...said, ...paragraph(advice, page, start + 2, 'strong')]
  })
  const count = (verdict: Finding['verdict']) => findings.filter((finding) => finding.verdict === verdict).length
  const [problems, warnings] = [count('problem'), count('warning')]
  const parts = [
    ...(problems > 0 ? [counted(problems, 'problem')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ]
  const verdict = parts.length === 0 ? 'Nothing is in the way' : parts.join(', ')
  const more = problems > 0 ? 'nothing was changed.' : `nothing was changed. Next: ${next}`
  return `${[...lines, '', ...paragraph(`${verdict}; ${more}`, page, 0, problems > 0 ? 'bad' : 'good')].join('\n')}\n`
}

/** The document of an examination. */
export function doctorDocument({ findings, next, exitCode }: DoctorView): DocumentBody<'doctor'> {
  return {
    exitCode,
    next,
    findings: findings.map(({ area, about, verdict, text, advice, code }) => {
      return {
        area,
        about: cutText(about),
        verdict,
        text: cutText(text),
        advice: jsonText(advice),
        code: code ?? null,
      }
    }),
  }
}
