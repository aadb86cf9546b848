// What is offered at each place of a command line, and how lines are parted into words.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { wordsOf } from '../../src/commands/completion.ts'
import { completionOf } from '../../src/commands/completion-words.ts'
import { buildProgram } from '../../src/commands/program.ts'

const program = buildProgram(
  '0',
  () => assert.fail('nothing is run'),
  () => undefined,
)
const pairs = ['alice', 'alice@old.example', 'bob the builder']

async function offered(line: string, asked: ReadonlyMap<string, string>[] = []): Promise<string[]> {
  const { words } = wordsOf(line, '')
  const found = await completionOf(program, words.slice(1, -1), words.at(-1) ?? '', async (options) => {
    asked.push(options)
    return pairs
  })
  return [...found.words.map(({ value }) => value), ...(found.files ? ['(files)'] : [])]
}

describe('what may come next', () => {
  const cases: [line: string, ...words: string[]][] = [
    ['mailhaul sy', 'sync'],
    ['mailhaul s', 'sync', 'status', 'secret'],
    ['mailhaul --json sy', 'sync'],
    ['mailhaul --config x.yaml sy', 'sync'],
    ['mailhaul sync --ret', '--retry-failed'],
    ['mailhaul sync --retry-failed --ret'],
    ['mailhaul sync --js', '--json'],
    ['mailhaul sync ', ...pairs],
    ['mailhaul sync alice ', 'alice@old.example', 'bob the builder'],
    ['mailhaul sync --yes bo', 'bob the builder'],
    ['mailhaul sync "bob th', 'bob the builder'],
    ['mailhaul sync -- --'],
    ['mailhaul nonsense '],
    ['mailhaul ledger re', 'rebuild'],
    ['mailhaul ledger import --from ', 'getmail', 'fetchmail', 'mpop'],
    ['mailhaul ledger import --from=f', '--from=fetchmail'],
    ['mailhaul ledger import ', '(files)'],
    ['mailhaul ledger import --from mpop uidls al', 'alice', 'alice@old.example'],
    ['mailhaul ledger export --out ', '(files)'],
    ['mailhaul --config=', '(files)'],
    ['mailhaul --nonsense='],
    ['mailhaul secret set alice ', 'source', 'destination'],
    ['mailhaul secret set alice source '],
    ['mailhaul completion ', 'bash', 'zsh', 'fish'],
    ['mailhaul help veri', 'verify'],
    ['mailhaul __com'],
  ]
  for (const [line, ...words] of cases) test(line, async () => assert.deepEqual(await offered(line), words))
})

test('pairs are looked for in the configuration that the line names, and only where one may stand', async () => {
  const asked: ReadonlyMap<string, string>[] = []
  await offered('mailhaul --config a.yaml sync --accounts=b.csv ', asked)
  assert.deepEqual(
    [...(asked[0] ?? [])],
    [
      ['--config', 'a.yaml'],
      ['--accounts', 'b.csv'],
    ],
  )
  await offered('mailhaul sync --', asked)
  await offered('mailhaul ', asked)
  assert.equal(asked.length, 1)
})

test('lines are parted as shells do', () => {
  const rows: [line: string, words: string[], cut: number, isOpen: boolean][] = [
    ['m', ['m'], 0, false],
    ['m ', ['m', ''], 0, false],
    ['m  a\tb', ['m', 'a', 'b'], 0, false],
    ['m "a b" c', ['m', 'a b', 'c'], 0, false],
    ["m 'it''s", ['m', 'its'], 2, true],
    ['m a\\ b', ['m', 'a b'], 0, false],
    ['m a@b', ['m', 'a@b'], 1, false],
    ['m a\\@b', ['m', 'a@b'], 0, false],
    ['m "a@b', ['m', 'a@b'], 0, true],
    ['m --x=y', ['m', '--x=y'], 4, false],
    ['m a@ b', ['m', 'a@', 'b'], 0, false],
    ['m \\', ['m', ''], 0, false],
  ]
  for (const [line, words, cut, isOpen] of rows) assert.deepEqual(wordsOf(line, '@='), { words, cut, isOpen }, line)
})
