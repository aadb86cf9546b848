// mailhaul ledger check, export and import: the ledger looked over, written down, and read back in.
import { exitCodeOf } from '../core/errors.ts'
import { renderLedger } from '../reporters/ledger-view.ts'
import { counted } from '../reporters/words.ts'
import { type CommandContext, commandLine, openConfiguration, present } from './context.ts'

/** So many characters are gathered before they are printed. */
const pieceLength = 64 * 1024

/** Options of `ledger export`. */
export interface ExportVerbOptions {
  readonly out?: string
  /** The table of old and new names instead. */
  readonly uidlMap?: boolean
}

/** Looks the whole ledger over, every page and row of it; changes nothing. Returns the exit code. */
export async function ledgerCheck(context: CommandContext): Promise<number> {
  const { ledger } = await openConfiguration([], context)
  const found = ledger.inspect()
  const isSound = found.problems.length === 0
  const next = isSound ? [] : [exportCommand(context), commandLine('ledger rebuild', [], context)]
  const view = { ...found, next, exitCode: isSound ? 0 : exitCodeOf.ledger }
  return present('ledger', view, renderLedger, context)
}

/** Writes the pairs of the ledger as JSON Lines, or old names and new places as CSV, to standard output or a file. Returns the exit code. */
export async function ledgerExport(
  pairs: readonly string[],
  { out, uidlMap = false }: ExportVerbOptions,
  context: CommandContext,
): Promise<number> {
  const { ledger } = await openConfiguration([], context)
  const names = pairs.map((name) => name.normalize('NFC'))
  const toFile = uidlMap ? ledger.uidlMapTo : ledger.exportTo
  const report = out === undefined ? exportToOutput() : toFile(out, names)
  const exitCode = report.isWhole ? 0 : 3
  if (!report.isWhole) context.remark(lossOf(report.unreadable, uidlMap))
  if (out === undefined) return exitCode
  const said = `${counted(report.messages, 'message')} of ${counted(report.pairs, 'pair')} written to ${out}.\n`
  return present('ledger-export', { ...report, file: out, exitCode }, () => said, context)

  function exportToOutput() {
    let waiting = ''
    const write = (line: string) => {
      waiting += line
      if (waiting.length < pieceLength) return
      context.print(waiting)
      waiting = ''
    }
    const report = (uidlMap ? ledger.uidlMapLines : ledger.exportLines)(write, names)
    context.print(waiting)
    return report
  }
}

/** Reads exported pairs into the ledger, all or nothing. Returns the exit code. */
export async function ledgerImport(file: string, context: CommandContext): Promise<number> {
  const { ledger } = await openConfiguration([], context)
  const report = ledger.importFrom(file)
  if (!report.isWhole) {
    context.remark(
      'The file was saved from a damaged ledger: the next sync compares what is missing with the destination.',
    )
  }
  const said = `${counted(report.messages, 'message')} of ${counted(report.pairs.length, 'pair')} imported.\n`
  return present('ledger-import', { ...report, file, exitCode: 0 }, () => said, context)
}

function lossOf(unreadable: number, isMap: boolean): string {
  const known = unreadable === 0 ? '' : `, at least ${counted(unreadable, 'row')} of it`
  const said = `The ledger is damaged: not all of it could be read${known}.`
  return isMap ? `${said} The table lacks messages.` : `${said} An import of this makes the next sync compare anew.`
}

function exportCommand(context: CommandContext): string {
  return commandLine('ledger export', ['--out', 'ledger.jsonl'], context)
}
