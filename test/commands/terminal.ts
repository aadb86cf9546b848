// Runs the real command on a terminal of its own (script(1) of Debian's bsdutils), and types what a test tells it to.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const cli = join(import.meta.dirname, '../../src/cli.ts')
const script = '/usr/bin/script'

/** Whether such a terminal can be had here. */
export const hasTerminal = process.platform === 'linux' && existsSync(script)

/** A command at work on a terminal of 90 columns. */
export class Terminal {
  /** Everything that stood on the screen, as it was sent. */
  screen = ''
  readonly end: Promise<number | null>
  readonly #child: ChildProcessWithoutNullStreams
  #seen = 0
  #look: () => void = () => undefined

  /** Starts the command there, or another program; `env` is added to PATH and HOME, which is `cwd`. */
  constructor(
    words: readonly string[],
    {
      cwd,
      env = {},
      program = [process.execPath, cli],
    }: { cwd: string; env?: Readonly<Record<string, string>>; program?: readonly string[] },
  ) {
    const command = ['stty cols 90 rows 40; exec', ...[...program, ...words].map(quoted)].join(' ')
    this.#child = spawn(script, ['--quiet', '--return', '--command', command, '/dev/null'], {
      cwd,
      env: { PATH: process.env.PATH ?? '', HOME: cwd, TERM: 'xterm', SHELL: '/bin/sh', ...env },
    })
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.screen += text
      this.#look()
    })
    this.end = new Promise((resolve, reject) => {
      this.#child.on('error', reject)
      this.#child.on('close', (code) => {
        resolve(code)
        this.#look()
      })
    })
  }

  /** Resolves once this text has appeared behind what was waited for before; rejects where the command ends first. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>()
    const late = setTimeout(
      () => reject(new Error(`not within 30 seconds: ${pattern}: ${JSON.stringify(this.screen)}`)),
      30_000,
    )
    this.#look = () => {
      const match = pattern.exec(this.screen.slice(this.#seen))
      if (match) {
        this.#seen += match.index + match[0].length
        resolve(match)
      } else if (this.#child.exitCode !== null) reject(new Error(`ended without ${pattern}: ${this.screen}`))
    }
    this.#look()
    return promise.finally(() => clearTimeout(late))
  }

  type(text: string): void {
    this.#child.stdin.write(text)
  }

  /** Waits for the question and types the answer with Enter behind it. */
  async answer(question: RegExp, text: string): Promise<void> {
    await this.until(question)
    this.type(`${text}\r`)
  }

  /** Sends a signal to the command itself. */
  signal(name: NodeJS.Signals): void {
    const { pid } = this.#child
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    for (const child of children) process.kill(Number(child), name)
  }

  /** Ends the command, if it still runs. */
  async close(): Promise<void> {
    this.#child.kill()
    await this.end
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
