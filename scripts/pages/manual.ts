// The manual page, made of the same tree of verbs and options as the help, so that they cannot differ.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { exitCodes, severalPairs } from '../../src/commands/exit-codes.ts'
import { buildProgram } from '../../src/commands/program.ts'

/** When the page was last looked over by somebody; a man page has a date. */
const revised = '2026-11-26'

/** The page in the man(7) macros, plain ASCII. */
export function manualPage(): string {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))
  const program = buildProgram(version, nothingIsRun, () => undefined)
  const lines = [
    '.\\" Written by npm run generate; do not edit.',
    `.TH MAILHAUL 1 ${revised} "mailhaul ${version}" "User commands"`,
    ...section('Name', [`mailhaul \\- ${escaped(sentence(program.description()))}`]),
    ...section('Synopsis', ['.B mailhaul', '.RI [ options ]', '.I verb', '.RI [ pair ...]']),
    ...section('Description', description),
    ...section('Verbs', verbsOf(program, []).flatMap(verbLines)),
    ...section('Options of every verb', optionLines(program)),
    ...section('Exit status', [
      ...exitCodes.flatMap(([code, text]) => [...item(String(code)), ...filled(text)]),
      '.PP',
      severalPairs,
    ]),
    ...section(
      'Files',
      files.flatMap(([file, text]) => [...item(file), ...filled(text)]),
    ),
    ...section('Examples', exampleLines(program)),
    ...section('See also', [
      '.BR getmail (1),',
      '.BR fetchmail (1),',
      '.BR mbsync (1)',
      '.PP',
      ...filled('The pages in docs/, one for each thing that people do, and the samples in configs/.'),
    ]),
  ]
  return `${lines.join('\n')}\n`
}

const description = [
  '.B mailhaul',
  'moves POP3 mailboxes into IMAP folders and keeps them in step until their',
  'owner has switched.',
  'It loses no message, stores none twice and changes no byte.',
  '.PP',
  'A',
  '.I pair',
  'is one maildrop that feeds one IMAP account.',
  'Pairs are described in a configuration file;',
  '.B mailhaul init',
  'writes one. Nothing is removed at the source unless it says so.',
  '.PP',
  'Verbs take names of pairs, and all pairs where none is named.',
]

const files = [
  ['mailhaul.yaml', 'The configuration, in the working directory.'],
  ['$XDG_CONFIG_HOME/mailhaul/config.yaml', 'The configuration, where there is none in the working directory.'],
  [
    '~/.local/state/mailhaul/ledger.db',
    'The ledger, unless the configuration says otherwise: what was moved, and where it lies.',
  ],
] as const

interface Verb {
  readonly path: readonly string[]
  readonly command: Command
}

/** Every verb that does something. */
function verbsOf(command: Command, path: readonly string[]): readonly Verb[] {
  const visible = command.createHelp().visibleCommands(command)
  return visible
    .filter((verb) => verb.name() !== 'help')
    .flatMap((verb) => {
      const words = [...path, verb.name()]
      return verb.commands.length > 0 ? verbsOf(verb, words) : [{ path: words, command: verb }]
    })
}

function verbLines({ path, command }: Verb): string[] {
  const [, more = ''] = helpOf(command).split(/^ {2}--no-progress .*(?:\n {4,}.*)*\n/m)
  const usage = command.usage().replace('[options] ', '')
  const plain = command.registeredArguments.length === 0 ? '' : ` ${usage}`
  const named = command.registeredArguments.flatMap((argument) => [
    ...item(argument.name()),
    ...filled(argument.description),
  ])
  return [
    `.SS ${escaped(`mailhaul ${path.join(' ')}${plain}`)}`,
    ...filled(sentence(command.description())),
    ...named,
    ...optionLines(command),
    ...blocks(more.trim()),
  ]
}

function optionLines(command: Command): string[] {
  const visible = command.createHelp().visibleOptions(command)
  const own = visible.filter(({ long }) => long !== '--help' || command.parent === null)
  return own.flatMap(({ flags, description }) => [...item(flags), ...filled(description)])
}

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (more) => (text += more), getOutHelpWidth: () => 80 })
  command.outputHelp()
  return text
}

/** What stands behind the options, lines as they are. */
function blocks(text: string): string[] {
  return text === '' ? [] : ['.PP', '.nf', '.RS 4', ...text.split('\n').map(escaped), '.RE', '.fi']
}

function exampleLines(program: Command): string[] {
  const [, examples = ''] = /\nExamples:\n([\s\S]*?)\n\n/.exec(helpOf(program)) ?? []
  return ['.nf', ...examples.split('\n').map((line) => escaped(line.trim())), '.fi']
}

function section(title: string, lines: readonly string[]): string[] {
  return [`.SH ${title.toUpperCase()}`, ...lines]
}

function item(term: string): string[] {
  return ['.TP', `.B ${escaped(term)}`]
}

function sentence(text: string): string {
  const whole = text.replace(/\.$/, '')
  return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}.`
}

/** Running text in lines of no more than 80 characters, which roff puts together again. */
function filled(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line === undefined || escaped(`${line} ${word}`).length > 80) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines.map(escaped)
}

/** A line as roff prints it: no escapes of its own, no macro at its start, hyphens that can be copied. */
function escaped(text: string): string {
  const plain = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq').replaceAll('~', '\\(ti')
  const ascii = plain.replaceAll(
    /[^\x20-\x7e]/g,
    (found) => `\\[u${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`,
  )
  return /^[.']/.test(ascii) ? `\\&${ascii}` : ascii
}

function nothingIsRun(): never {
  throw new Error('The manual page runs nothing.')
}
