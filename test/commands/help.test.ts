// The help of every verb: golden, no wider than a terminal, and with examples that the program knows.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Command } from 'commander'
import { buildProgram } from '../../src/commands/program.ts'
import { matchesGolden } from '../golden.ts'
import { faultOfCommand } from './command-line.ts'

const program = buildProgram(
  '0',
  () => assert.fail('nothing is run'),
  () => undefined,
)

/** Every verb with the words that lead to it; those that only hold others are not called. */
function verbsOf(command: Command, path: readonly string[]): { path: readonly string[]; verb: Command }[] {
  const visible = command.createHelp().visibleCommands(command)
  const own = visible.filter((verb) => verb.name() !== 'help')
  return own.flatMap((verb) => {
    const words = [...path, verb.name()]
    return verb.commands.length > 0 ? verbsOf(verb, words) : [{ path: words, verb }]
  })
}

function helpOf(verb: Command): string {
  let text = ''
  verb.configureOutput({ writeOut: (more) => (text += more), getOutHelpWidth: () => 80 })
  verb.outputHelp()
  return text
}

for (const { path, verb } of verbsOf(program, [])) {
  describe(`mailhaul ${path.join(' ')}`, () => {
    const text = helpOf(verb)

    test('is as it was, and fits 80 columns', () => {
      matchesGolden(`help/verbs/${path.join('-')}.txt`, text)
      for (const line of text.split('\n')) assert.ok(line.length <= 80, line)
    })

    test('has examples, all of which the program knows', () => {
      const [, examples = ''] = text.split('\nExamples:\n')
      const lines = examples.replaceAll('\\\n', ' ').split('\n')
      const commands = lines.flatMap((line) => /^ {2}(mailhaul .*?)(?: {2,}.*)?$/.exec(line)?.[1] ?? [])
      assert.ok(commands.length > 0, text)
      for (const command of commands) assert.equal(faultOfCommand(command.replace(/ <.*/, '')), undefined, command)
    })
  })
}
