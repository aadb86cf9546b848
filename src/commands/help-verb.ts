// mailhaul help [verb]: the help of a verb, or which one was probably meant.
import type { Command } from 'commander'
import { MailhaulError } from '../core/errors.ts'
import { suggest } from '../core/suggest.ts'

/** Adds the verb, in place of commander's own, which answers a mistyped one with the help of the whole program. */
export function addHelpVerb(program: Command): void {
  program
    .helpCommand(false)
    .command('help')
    .description('print the help of a verb')
    .exitOverride()
    .argument('[verb...]', 'a verb, such as sync or ledger check')
    .action((words: readonly string[]) => verbNamed(program, words).outputHelp())
}

function verbNamed(program: Command, words: readonly string[]): Command {
  return words.reduce((verb, word) => {
    const next = verb.commands.find((candidate) => candidate.name() === word)
    return next ?? unknown(verb, word)
  }, program)
}

function unknown({ commands }: Command, word: string): never {
  const names = commands.map((verb) => verb.name()).filter((name) => !name.startsWith('_'))
  const near = suggest(word, names)
  throw new MailhaulError({
    code: 'usage',
    scope: 'run',
    retry: 'never',
    message: `There is no verb ${JSON.stringify(word)}.`,
    hint: near === undefined ? 'mailhaul --help lists them.' : `Did you mean ${near}?`,
  })
}
