// Every quirk of the catalogue has a test, or a reason why there is none.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quirkTests } from '../../scripts/pages/quirks.ts'
import { catalogue } from './catalogue.ts'
import { untested } from './untested.ts'

const tested = new Set(quirkTests().map(({ id }) => id))

test('tests and reasons name quirks that there are', () => {
  assert.deepEqual(
    [...tested, ...Object.keys(untested)].filter((id) => catalogue[id] === undefined),
    [],
  )
})

test('no quirk has both a test and a reason why there is none', () => {
  assert.deepEqual(
    Object.keys(untested).filter((id) => tested.has(id)),
    [],
  )
})

test('every quirk has a test, or a reason why there is none; at least four in five have a test', () => {
  const ids = Object.keys(catalogue)
  assert.deepEqual(
    ids.filter((id) => !tested.has(id) && untested[id] === undefined),
    [],
  )
  assert.ok(tested.size >= 120, `${tested.size} of ${ids.length}`)
})
