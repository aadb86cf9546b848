// Holds a document against its schema so strictly that a field nobody has written down fails too.
import assert from 'node:assert/strict'
import type { z } from 'zod'
import { documentSchemas } from '../../src/documents/schemas.ts'

/** Asserts that the schema takes the value, and knows every field of it at any depth. */
export function assertDocument(schema: z.ZodType, value: unknown): void {
  const result = schema.safeParse(value)
  assert.ok(result.success, result.error?.message)
  // Unknown fields are left out by parsing: what is left has to be all there was.
  assert.deepEqual(result.data, value)
}

/** The same for what a command has printed with --json: one document, or one per line. */
export function assertOutput(text: string): void {
  const texts = /^\{\n/.test(text) ? [text] : text.trimEnd().split('\n')
  for (const one of texts) {
    const value: unknown = JSON.parse(one)
    const kind = typeof value === 'object' && value !== null && 'kind' in value ? String(value.kind) : ''
    const schema = Object.entries(documentSchemas).find(([name]) => name === kind)?.[1]
    assert.ok(schema, `there is no schema for the kind ${JSON.stringify(kind)}`)
    assertDocument(schema, value)
  }
}
