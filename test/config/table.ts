// Runs a parser over a table of inputs and what must become of them.
import assert from 'node:assert/strict'
import type { Parsed } from '../../src/config/parsed.ts'

/** Checks each input against its value; undefined stands for a refusal with a problem and advice. */
export function table<Input, Value>(
  parse: (input: Input) => Parsed<Value>,
  rows: readonly (readonly [Input, Value | undefined])[],
): void {
  for (const [input, expected] of rows) {
    const parsed = parse(input)
    assert.equal(parsed.ok ? parsed.value : undefined, expected, String(input))
    if (!parsed.ok) assert.ok(parsed.problem && parsed.instead, String(input))
  }
}
