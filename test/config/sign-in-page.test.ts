// The examples of docs/sign-in-with-oauth.md are configurations that load, without a problem or a warning.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { checkConfig } from '../../src/config/check.ts'

const page = readFileSync(new URL('../../docs/sign-in-with-oauth.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text)

const indented = (text: string, by: number) => text.replaceAll(/^(?=.)/gm, ' '.repeat(by))

/** What an example leaves out: the pair around an end, or the end around its login. */
function whole(example: string): string {
  const source = '    source: { host: pop.example, user: alice, password: { env: A } }\n'
  if (example.startsWith('pairs:')) return example
  if (example.startsWith('destination:')) {
    return `pairs:\n  - name: alice\n${source}${indented(example, 4)}`
  }
  const end = '    destination:\n      host: imap.example\n      user: alice\n'
  return `pairs:\n  - name: alice\n${source}${end}${indented(example, 6)}`
}

test('there are examples for every kind of provider and for helpers', () => {
  assert.equal(examples.length, 4)
})

for (const [at, example] of examples.entries()) {
  test(`example ${at + 1} loads`, () => {
    const { config, problems, warnings } = checkConfig(whole(example))
    assert.deepEqual([problems, warnings], [[], []])
    const [pair] = config?.pairs ?? []
    assert.ok(pair?.destination.auth ?? pair?.destination.token)
    const commented = example.replaceAll(/^( *)# (?=\w+Endpoint: )/gm, '$1')
    assert.deepEqual(checkConfig(whole(commented)).problems, [])
  })
}
