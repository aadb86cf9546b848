// Holds a document against its schema so strictly that a field nobody has written down fails too.
import assert from 'node:assert/strict'
import type { z } from 'zod'

/** Asserts that the schema takes the value, and knows every field of it at any depth. */
export function assertDocument(schema: z.ZodType, value: unknown): void {
  const result = schema.safeParse(value)
  assert.ok(result.success, result.error?.message)
  // Unknown fields are left out by parsing: what is left has to be all there was.
  assert.deepEqual(result.data, value)
}
