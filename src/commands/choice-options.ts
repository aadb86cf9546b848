// The options by which a verb's pairs are chosen.
import type { Command } from 'commander'

const help = 'only pairs with such a name or user ("anna@*"), or named in such a file; may be repeated'

/** Adds --only. */
export function withOnly(verb: Command): Command {
  return verb.option('--only <pattern>', help, collect)
}

/** Adds --only, --failed and --skip-completed. */
export function choosing(verb: Command): Command {
  return withOnly(verb)
    .option('--failed', 'only pairs whose last run did not get through')
    .option('--skip-completed', 'without the pairs whose last run settled everything')
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
