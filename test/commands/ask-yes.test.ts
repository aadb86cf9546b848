// The question with a yes or a no: what counts as which, what is asked again, and who can end it.
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { askYes } from '../../src/commands/ask-yes.ts'
import { interrupted } from '../../src/core/errors.ts'

function stage() {
  const input = new PassThrough()
  const stop = new AbortController()
  let written = ''
  const output = { write: (text: string) => (written += text) }
  const answer = askYes('Sure?\n', '> ', input, output, stop.signal)
  return { input, stop, answer, written: () => written }
}

for (const [typed, expected] of [
  ['yes\n', true],
  ['  Y \r\n', true],
  ['no\n', false],
  ['n\n', false],
  ['yesterday\n\nno\n', false],
] as const) {
  test(`${JSON.stringify(typed)} is a ${expected ? 'yes' : 'no'}`, async () => {
    const { input, answer } = stage()
    for (const character of typed) input.write(character)
    assert.equal(await answer, expected)
  })
}

test('whatever else is typed is asked again, and the end of input is a no', async () => {
  const { input, answer, written } = stage()
  input.end('maybe\nye')
  assert.equal(await answer, false)
  assert.equal(written(), 'Sure?\n> > ')
})

test('stopping ends the question', async () => {
  const { stop, answer } = stage()
  stop.abort(interrupted())
  await assert.rejects(answer, { code: 'interrupted' })
})
