// The verbs of `mailhaul ledger` on the command line.
import type { Command } from 'commander'
import { MailhaulError } from '../core/errors.ts'
import type { CommandContext } from './context.ts'
import type { ExportVerbOptions } from './ledger.ts'
import type { RebuildOptions } from './rebuild.ts'

const verbs = {
  ledger: () => import('./ledger.ts'),
  rebuild: () => import('./rebuild.ts'),
  takeOver: () => import('./take-over.ts'),
}

/** What verbs say of the pairs they take. */
export const pairsHelp = 'names of pairs in the configuration; all when none is named'

/** What `ledger import` may be told, as commander gives it. */
interface ImportFlags {
  readonly from?: string
  readonly account?: string
  readonly dryRun?: boolean
  readonly undo?: boolean
}

async function importWith(
  file: string | undefined,
  pair: string | undefined,
  { from, account, dryRun = false, undo = false }: ImportFlags,
  context: CommandContext,
): Promise<number> {
  if (from !== undefined && undo) return (await verbs.takeOver()).takeOverUndone(file, { from }, context)
  if (file === undefined) throw misuse('ledger import wants a file.')
  if (from !== undefined) return (await verbs.takeOver()).takeOver(file, pair, { from, account, dryRun }, context)
  if (pair !== undefined || account !== undefined || dryRun || undo) {
    throw misuse('A pair, --account, --dry-run and --undo go with --from.')
  }
  return (await verbs.ledger()).ledgerImport(file, context)
}

function misuse(message: string): MailhaulError {
  const hint = 'mailhaul ledger import --help shows what it takes.'
  return new MailhaulError({ code: 'usage', scope: 'run', retry: 'never', message, hint })
}

const ledgerPairsHelp = 'names of pairs in the ledger; all when none is named'

/** Adds `ledger` and its verbs. */
export function addLedgerVerbs(
  program: Command,
  context: () => CommandContext,
  finish: (exitCode: number) => void,
): void {
  const ledger = program
    .command('ledger')
    .description('the memory of all runs: look it over, write it down, read it back, rebuild it')
    .exitOverride()
  const verb = (name: string, description: string) => ledger.command(name).description(description).exitOverride()
  verb('check', 'look over every page and row of it, and show who holds its pairs; change nothing').action(async () =>
    finish(await (await verbs.ledger()).ledgerCheck(context())),
  )
  verb('export', 'write it as JSON Lines, a damaged one as far as it can be read')
    .argument('[pair...]', ledgerPairsHelp)
    .option('--out <file>', 'a file instead of standard output, written whole or not at all')
    .option('--uidl-map', 'only the unique-ids and where their messages lie now, as CSV, for a host that keeps them')
    .action(async (pairs: string[], options: ExportVerbOptions) => {
      finish(await (await verbs.ledger()).ledgerExport(pairs, options, context()))
    })
  verb('import', 'read exported pairs back in, or what another program has delivered: all of it, or nothing')
    .argument('[file]', 'what ledger export has written; with --from, the list of seen messages of that program')
    .argument('[pair]', 'with --from: the pair it belongs to, where the configuration has several')
    .option('--from <program>', 'getmail, fetchmail or mpop: messages in its list are not copied again')
    .option('--account <user@host>', 'with --from: what the other program calls the account, where that differs')
    .option('--dry-run', 'with --from: say what would be left out, and write nothing')
    .option('--undo', 'with --from: leave out no longer what came from that program; only the pair is named')
    .action(async (file: string | undefined, pair: string | undefined, flags: ImportFlags) =>
      finish(await importWith(file, pair, flags, context())),
    )
  verb('rebuild', 'adopt what lies at the destination: shows it, and with --write writes it down; appends nothing')
    .argument('[pair...]', pairsHelp)
    .option('--write', 'fill the ledger; a damaged one is moved aside first, and a new one made')
    .action(async (pairs: string[], options: RebuildOptions) => {
      finish(await (await verbs.rebuild()).ledgerRebuild(pairs, options, context()))
    })
}
