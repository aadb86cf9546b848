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

const root = resolve(import.meta.dirname, '../..')
const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
const pages = ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => join('docs', name))]
const textOf = (page: string) => readFileSync(join(root, page), 'utf8')

/** Fenced blocks of a page with their language. */
function blocksOf(page: string): { readonly language: string; readonly text: string }[] {
  const found = textOf(page).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)
  return [...found].map(([, language = '', text = '']) => ({ language, text }))
}

/** Headings as GitHub turns them into anchors. */
function anchorsOf(page: string): string[] {
  const headings = [...textOf(page).matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = '']) => heading)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

for (const page of pages) {
  describe(page, () => {
    test('links lead to what is there', () => {
      const prose = textOf(page).replaceAll(/^```[\s\S]*?^```$/gm, '')
      for (const [, target = ''] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
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

/** Every command line of mailhaul on a page: in blocks, and in the text. */
function commandsOf(page: string): string[] {
  const lines = blocksOf(page).flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n'))
  const inText = [
    ...textOf(page)
      .replaceAll(/^```[\s\S]*?^```$/gm, '')
      .matchAll(/`([^`\n]+)`/g),
  ].map(([, code = '']) => code)
  return [...lines, ...inText].flatMap((line) => {
    const [, command] =
      /(?:^|\s|\/)(mailhaul(?:-as-service)? (?!init for)[a-z-].*)$/.exec(line.replace(/ {2,}#? .*| #.*/, '')) ?? []
    return command !== undefined && !/useradd|mailhaul (--help|--$)/.test(line) ? [command.trim()] : []
  })
}

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
