// Keeps the report of each run with news as files, where the configuration names a directory for them.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunDocument } from '../documents/run-document.ts'
import { renderDocument } from '../reporters/json.ts'
import type { CommandContext } from './context.ts'
import { maskedDocument } from './page-file.ts'

/** The directory, and who is told what cannot be written there. */
export class ReportFiles {
  readonly #context: Pick<CommandContext, 'pid' | 'mask'>
  readonly #warn: (text: string) => void
  #directory: string | undefined
  #last: Promise<void> = Promise.resolve()
  #hasWarned = false

  constructor(context: Pick<CommandContext, 'pid' | 'mask'>, warn: (text: string) => void) {
    this.#context = context
    this.#warn = warn
  }

  /** From now on they go there; undefined: nowhere. */
  use(directory: string | undefined): void {
    this.#directory = directory
  }

  /** Whether any are wanted. */
  get isWanted(): boolean {
    return this.#directory !== undefined
  }

  /**
   * Writes a run as JSON, as a page and as a table, one after the other and each whole or not at all. Never fails: what
   * cannot be written is said once, until something could be.
   */
  write(document: RunDocument): void {
    const directory = this.#directory
    if (directory === undefined) return
    this.#last = this.#last
      .then(() => this.#write(directory, document))
      .then(
        () => {
          this.#hasWarned = false
        },
        (thrown: unknown) => {
          if (this.#hasWarned) return
          this.#hasWarned = true
          const why = thrown instanceof Error ? thrown.message : String(thrown)
          this.#warn(`The report of this run could not be written to ${directory}; mailhaul report has it. ${why}.`)
        },
      )
  }

  /** Resolves when all of them are written. */
  get written(): Promise<void> {
    return this.#last
  }

  async #write(directory: string, document: RunDocument): Promise<void> {
    const { mask } = this.#context
    await mkdir(directory, { mode: 0o700 }).catch(unlessThere)
    const masked = maskedDocument(document, mask)
    const time = document.startedAt.replace(/[-:]|\.\d+/g, '')
    const name = join(directory, `${time}-run-${document.run ?? this.#context.pid}`)
    const { renderRunPage } = await import('../reporters/html/run-page.ts')
    const { renderRunCsv } = await import('../reporters/run-csv.ts')
    await this.#put(`${name}.json`, renderDocument(masked))
    await this.#put(`${name}.html`, renderRunPage(masked))
    await this.#put(`${name}.csv`, renderRunCsv(masked))
  }

  async #put(file: string, text: string): Promise<void> {
    const part = `${file}.${this.#context.pid}.part`
    try {
      await writeFile(part, text, { flag: 'wx', mode: 0o600 })
      await rename(part, file)
    } catch (thrown) {
      await rm(part, { force: true }).catch(() => undefined)
      throw thrown
    }
  }
}

function unlessThere(thrown: unknown): void {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return
  throw thrown
}
