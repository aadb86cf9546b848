// Whether a command line in a document or a unit is one that the program knows; nothing is run.
import assert from 'node:assert/strict'
import type { Command } from 'commander'
import { buildProgram } from '../../src/commands/program.ts'

/** What is wrong with a line `mailhaul …`: a verb or an option that the program does not have. */
export function faultOfCommand(line: string): string | undefined {
  const program = buildProgram(
    '0',
    () => assert.fail('nothing is run'),
    () => undefined,
  )
  const [, ...words] = line
    .replace(/[|>&;].*$/, '')
    .trim()
    .split(/\s+/)
  let command: Command = program
  const known = [...program.options]
  for (const word of words) {
    if (word.startsWith('--')) {
      if (word !== '--help' && !known.some(({ long }) => long === word)) return `no option ${word}`
      continue
    }
    const next = command.commands.find((candidate) => candidate.name() === word)
    if (
      next === undefined &&
      command.commands.length > 0 &&
      word !== 'help' &&
      !previousTakesValue(words, word, known)
    ) {
      return `no verb ${word}`
    }
    if (next) {
      command = next
      known.push(...next.options)
    }
  }
  return undefined
}

function previousTakesValue(words: readonly string[], word: string, known: Command['options']): boolean {
  const before = words[words.indexOf(word) - 1]
  return words[0] === 'help' || known.some(({ long, required, optional }) => long === before && (required || optional))
}
