// The documentation as the tests read it: its pages, their blocks, headings and command lines.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** The repository. */
export const root = resolve(import.meta.dirname, '../..')

/** The pages of docs/, by name. */
export const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))

/** Every page, by path. */
export const pages = ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => join('docs', name))]

/** A page as it is. */
export function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

/** A page without its blocks of code. */
export function proseOf(page: string): string {
  return textOf(page).replaceAll(/^```[\s\S]*?^```$/gm, '')
}

/** Fenced blocks of a page with their language. */
export function blocksOf(page: string): { readonly language: string; readonly text: string }[] {
  const found = textOf(page).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)
  return [...found].map(([, language = '', text = '']) => ({ language, text }))
}

/** Headings as GitHub turns them into anchors. */
export function anchorsOf(page: string): string[] {
  const headings = [...textOf(page).matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = '']) => heading)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** Every command line of mailhaul on a page: in blocks, and in the text. */
export function commandsOf(page: string): string[] {
  const lines = blocksOf(page).flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n'))
  const inText = [...proseOf(page).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
  return [...lines, ...inText].flatMap((line) => {
    const [, command] =
      /(?:^|\s|\/)(mailhaul(?:-as-service)? (?!init for)[a-z-].*)$/.exec(line.replace(/ {2,}#? .*| #.*/, '')) ?? []
    return command !== undefined && !/useradd|mailhaul (--help|--$)/.test(line) ? [command.trim()] : []
  })
}
