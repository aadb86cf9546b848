// Joins small text parsers to zod: a value is understood, or there is a sentence on what is wrong and what to write.
import { z } from 'zod'

/** What a parser made of a value, or why it could not and what to write instead. */
export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: string; readonly instead: string }

/** Control, format, surrogate and unassigned characters, and the line separators: none belongs into a name. */
export const invisibleCharacters = /[\p{C}\p{Zl}\p{Zp}]/u

/**
 * Throughout the schema a zod message says only what to write instead; what is wrong follows from the issue itself
 * (see explain.ts), or is given here as `params.problem`.
 */
export function parsedBy<Input, Value>(schema: z.ZodType<Input, unknown>, parse: (input: Input) => Parsed<Value>) {
  return schema.transform((input, context) => {
    const parsed = parse(input)
    if (parsed.ok) return parsed.value
    context.addIssue({ code: 'custom', message: parsed.instead, params: { problem: parsed.problem }, input })
    return z.NEVER
  })
}

/** Text that is not empty and holds no control characters. */
export function text(instead: string) {
  return z
    .string({ error: instead })
    .min(1)
    .regex(/^[^\p{Cc}]*$/u)
}

/** A map of exactly these keys. For an unknown key the message is the list of known ones: explain.ts chooses. */
export function map<Shape extends z.core.$ZodLooseShape>(shape: Shape, instead: string) {
  const known = Object.keys(shape).join(', ')
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? known : instead) })
}

/** A value or a list of values; a list in the result. */
export function oneOrMany<Value>(item: z.ZodType<Value, unknown>, instead: string) {
  return z
    .union([item, z.array(item)], { error: instead })
    .transform((value) => (Array.isArray(value) ? (value as Value[]) : [value]))
}
