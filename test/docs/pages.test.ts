// What the documentation says holds: links lead somewhere, examples of configurations load, and commands are known.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { readAccounts } from '../../src/config/accounts/list.ts'
import { checkConfig, checkFile } from '../../src/config/check.ts'
import { jsonSchema } from '../../src/config/json-schema.ts'
import { readYaml } from '../../src/config/yaml.ts'
import { faultOfCommand } from '../commands/command-line.ts'
import { anchorsOf, blocksOf, commandsOf, docs, pages, proseOf, root, textOf } from './pages.ts'

for (const page of pages) {
  describe(page, () => {
    test('links lead to what is there', () => {
      for (const [, target = ''] of proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue
        const [path = '', anchor] = target.split('#')
        const file = path === '' ? page : relative(root, resolve(root, dirname(page), path))
        assert.ok(existsSync(join(root, file)), target)
        if (anchor !== undefined) assert.ok(anchorsOf(file).includes(anchor), target)
      }
    })

    test('examples of configurations load', () => {
      for (const { text } of blocksOf(page).filter(({ language }) => language === 'yaml')) {
        const value: unknown = parse(text)
        assert.ok(typeof value === 'object' && value !== null, text)
        const rest = 'pairs' in value ? {} : { pairs: [minimal] }
        if (!('pairs' in value) && !Object.keys(value).every((key) => ownKeys.includes(key))) continue
        // Lists are held below.
        const list = 'pairs' in value && !Array.isArray(value.pairs) ? { pairs: [minimal] } : {}
        const { problems, warnings } = checkConfig(JSON.stringify({ ...value, ...rest, ...list }))
        assert.deepEqual([...problems, ...warnings], [], text)
      }
    })

    test('examples of lists are understood', () => {
      const yaml = readYaml('defaults: { source: { host: pop.old.example }, destination: { host: imap.new.example } }')
      for (const { text } of blocksOf(page).filter(({ language }) => language === 'csv')) {
        const { list, config } = checkFile(yaml, 'ledger.db', readAccounts(text, String))
        assert.deepEqual([...list.problems, ...list.warnings], [], text)
        assert.ok(config)
      }
    })

    test('commands are known', () => {
      for (const line of commandsOf(page)) assert.equal(faultOfCommand(line), undefined, line)
    })
  })
}

const end = (host: string) => ({ host, user: 'alice', password: { keyring: true } })
const minimal = { name: 'alice', source: end('pop.old.example'), destination: end('imap.new.example') }
const ownKeys = Object.keys(Object(jsonSchema()).properties)

test('the index names every page', () => {
  const index = textOf('docs/README.md')
  for (const name of docs.filter((name) => name !== 'README.md')) assert.ok(index.includes(`](${name})`), name)
})

test('pages that samples and messages name are there', () => {
  for (const directory of ['configs', 'src']) {
    const files = readdirSync(join(root, directory), { recursive: true, withFileTypes: true })
    for (const file of files.filter((entry) => entry.isFile())) {
      const text = readFileSync(join(file.parentPath, file.name), 'utf8')
      for (const [page] of text.matchAll(/\bdocs\/[\w-]+\.md\b/g))
        assert.ok(existsSync(join(root, page)), `${file.name}: ${page}`)
    }
  }
})
