// Examples for the help of every verb: command lines that people copy, and what they do.
import type { Command } from 'commander'

/** A command line without the word mailhaul, and what it does. */
type Example = readonly [line: string, meaning: string]

/** By verb, as in `ledger check`. */
const examples: Readonly<Record<string, readonly Example[]>> = {
  check: [
    ['check', 'every pair'],
    ['check alice bob', 'only these two'],
    ["check --only 'anna@*'", 'only those with such a name or user'],
  ],
  doctor: [
    ['doctor', 'everything, with what to do about it'],
    ['doctor alice --json', 'the servers of one pair, for a script'],
  ],
  plan: [
    ['plan', 'what a sync of all pairs would do'],
    ['plan --html plan.html', 'as a page to look at, or to pass on'],
    ['plan alice --json', 'the same for one pair, for a script'],
  ],
  sync: [
    ['sync', 'move what is new, in all pairs'],
    ['sync --html report.html', 'with a report to look at'],
    ['sync alice --retry-failed', 'once more what was refused before'],
    ['sync --accounts list.csv', 'all accounts of a list'],
    ['sync --failed', 'once more what did not get through'],
    ['sync --yes', 'and remove at the source what leave says'],
  ],
  watch: [
    ['watch', 'every pair as its schedule says'],
    ['watch --http 127.0.0.1:8025', 'with a status page on this machine'],
    ['watch alice --now', 'one pair, and a first pass at once'],
  ],
  verify: [
    ['verify', 'is everything where the ledger says?'],
    ['verify alice --deep', 'and is it still the same, byte for byte?'],
  ],
  status: [
    ['status', 'what is settled, and what is not and why'],
    ['status alice --verbose', 'with every message that was left out'],
  ],
  report: [
    ['report', 'the last run'],
    ['report --list alice', 'the runs in which this pair had news'],
    ['report --run 42 --html run.html', 'one of them, as a page'],
    ['report --csv run.csv', 'what did not make it, as a table'],
  ],
  'ledger check': [['ledger check', 'exit code 1 where it is damaged']],
  'ledger export': [
    ['ledger export --out ledger.jsonl', 'all of it, to keep'],
    ['ledger export alice', 'one pair, on standard output'],
    ['ledger export --uidl-map', 'for a host that keeps unique-ids'],
  ],
  'ledger import': [
    ['ledger import ledger.jsonl', 'what was exported'],
    ['ledger import --from fetchmail ~/.fetchids', 'take over from fetchmail'],
    ['ledger import --from mpop uidls --dry-run', 'only say what it would'],
    ['ledger import --from mpop --undo alice', 'take all of that back'],
  ],
  'ledger rebuild': [
    ['ledger rebuild', 'what would be found at the destination'],
    ['ledger rebuild alice --write', 'write it down for one pair'],
  ],
  'secret set': [
    ['secret set alice source', 'asks for the password'],
    ['secret set alice destination < file', 'takes its first line'],
  ],
  'secret remove': [['secret remove alice source', 'forget that password']],
  'secret list': [['secret list', 'whose passwords are kept']],
  'auth login': [
    ['auth login alice', 'both ends, as far as they sign in'],
    ['auth login alice --source --device', 'with a code, on another device'],
  ],
  'auth status': [['auth status', 'who is signed in']],
  'auth logout': [['auth logout alice --destination', 'forget one sign-in']],
  completion: [['completion bash', 'print it, to be looked at first']],
}

/** Adds the examples to the help of every verb that has some. */
export function addExamples(program: Command): void {
  for (const [path, lines] of Object.entries(examples)) {
    let verb: Command | undefined = program
    for (const word of path.split(' ')) verb = verb?.commands.find((candidate) => candidate.name() === word)
    verb?.addHelpText('after', textOf(lines))
  }
}

function textOf(lines: readonly Example[]): string {
  const width = Math.max(...lines.map(([line]) => line.length))
  const rows = lines.map(([line, meaning]) => `  mailhaul ${line.padEnd(width)}  ${meaning}`.trimEnd())
  return `\nExamples:\n${rows.join('\n')}`
}
