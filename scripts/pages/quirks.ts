// docs/quirks.md: every quirk of the catalogue, what mailhaul does about it, and the test that shows it.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalogue } from '../../test/quirks/catalogue.ts'
import { untested } from '../../test/quirks/untested.ts'

const root = join(import.meta.dirname, '../..')

/** A test of a quirk, as its source says it. */
export interface QuirkTest {
  readonly id: string
  readonly what: string
  readonly file: string
}

/** Every `quirk('ID', 'what', …)` of the test files. */
export function quirkTests(): readonly QuirkTest[] {
  const folder = join(root, 'test/quirks')
  const files = readdirSync(folder).filter((name) => name.endsWith('.test.ts'))
  return files.sort().flatMap((name) => {
    const calls = readFileSync(join(folder, name), 'utf8').matchAll(
      /\bquirk\(\s*'(\w+)',\s*(['"`])((?:\\.|(?!\2).)*)\2/gs,
    )
    return [...calls].map(([, id = '', , what = '']) => {
      return { id, what: what.replace(/\\(.)/gs, '$1'), file: `test/quirks/${name}` }
    })
  })
}

/** The page as a whole. */
export function renderQuirks(): string {
  const tests = Map.groupBy(quirkTests(), ({ id }) => id)
  const tested = Object.keys(catalogue).filter((id) => tests.has(id)).length
  const lines = Object.entries(catalogue).map(([id, title]) => {
    const of = tests.get(id) ?? []
    const what = of.map((test) => test.what).join(' ') || (untested[id] ?? '')
    const files = [...new Set(of.map(({ file }) => file))].map(
      (file) => `[${file.slice('test/quirks/'.length)}](../${file})`,
    )
    return `| ${id} | ${cell(title)} | ${cell(what)} | ${files.join(', ') || 'none'} |`
  })
  return `# Quirks of real servers

What goes wrong between POP3 and IMAP servers in the world, and what mailhaul does about it. Made by \`npm run generate\`
from the tests in \`test/quirks\`: ${tested} of ${lines.length} have a test of their own; for the others the reason stands in
their place.

| ID | quirk | what mailhaul does | test |
|---|---|---|---|
${lines.join('\n')}
`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}
