// What would bring a message over that did not make it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ErrorCode, exitCodeOf } from '../../src/core/errors.ts'
import { incompleteKinds, outcomeKinds } from '../../src/core/outcome.ts'
import { remedyOf } from '../../src/core/remedy.ts'
import { repairNames } from '../../src/core/repair.ts'

const codes = Object.keys(exitCodeOf).filter((code): code is ErrorCode => code in exitCodeOf)

test('whatever leaves something to be done says what, whatever the error was; all else says nothing', () => {
  for (const kind of outcomeKinds) {
    for (const code of [undefined, ...codes]) {
      const remedy = remedyOf({ kind, code })
      // What is gone from the source cannot be brought over by anybody.
      if (incompleteKinds.has(kind) && kind !== 'vanished') assert.match(remedy ?? '', /^[A-Z].*\.$/, `${kind} ${code}`)
      else assert.equal(remedy, undefined)
    }
  }
})

test('a refusal that has a repair names it as the configuration wants it', () => {
  for (const code of repairNames) {
    assert.ok(remedyOf({ kind: 'rejected', code })?.includes(`repair: [${code}]`))
  }
})
