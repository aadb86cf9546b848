// The verb `report` on the command line: its options and its help.
import type { Command } from 'commander'
import type { CommandContext } from './context.ts'
import type { ReportVerbOptions } from './report.ts'

const help = `
Kept is every run in which a pair had something to tell: mail moved, failed or
left out, a warning, an error. The last 2,000 of each pair, and 32 MB of them.`

/** Adds it to the program. */
export function addReportVerb(
  program: Command,
  context: () => CommandContext,
  finish: (exitCode: number) => void,
): void {
  program
    .command('report')
    .description('show a run again, as the ledger has kept it; asks no server')
    .exitOverride()
    .argument('[pair...]', 'names of pairs; all that had something to tell when none is named')
    .option('--last', 'the last run, and what has begun since and has no end (this is what it does unless told)')
    .option('--run <number>', 'the run of this number')
    .option('--list', 'the runs that are kept, the latest first')
    .option('--html <file>', 'write it as a page as well; - prints that instead')
    .option('--csv <file>', 'write it as a table as well: a row for each message out of the ordinary')
    .addHelpText('after', help)
    .action(async (pairs: string[], options: ReportVerbOptions) => {
      finish(await (await import('./report.ts')).report(pairs, options, context()))
    })
}
