// Runs the real command in a process of its own, as a user would, and keeps what it printed.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const source = join(import.meta.dirname, '../../src/cli.ts')
const built = join(import.meta.dirname, '../../bin/mailhaul.js')
const peakRecorder = join(import.meta.dirname, 'record-peak.ts')

/** What a finished command left behind. */
export interface Finished {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A command that is running. */
export interface Running {
  readonly child: ChildProcess
  readonly end: Promise<Finished>
}

/** Where and with what a command runs. */
export interface CliOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** A file that receives the process's peak resident memory in bytes. */
  readonly peakFile?: string
  readonly input?: string
  /** Leaves standard input open, for what is typed later. */
  readonly keepsInput?: boolean
  /** A file, already open, that standard output goes to. */
  readonly stdout?: number
  /** Runs the package as people install it, from `dist/`, which has to be there: see `build`. */
  readonly isBuilt?: boolean
}

/** Starts the command. */
export function startCli(
  words: readonly string[],
  { cwd, env, peakFile, input, keepsInput, stdout, isBuilt }: CliOptions,
): Running {
  const recorder = peakFile === undefined ? [] : ['--import', peakRecorder]
  const surroundings = { PATH: process.env.PATH ?? '', HOME: cwd, NO_COLOR: '1', ...env }
  const child = spawn(process.execPath, [...recorder, isBuilt ? built : source, ...words], {
    cwd,
    env: peakFile === undefined ? surroundings : { ...surroundings, MAILHAUL_TEST_PEAK: peakFile },
    stdio: ['pipe', stdout ?? 'pipe', 'pipe'],
  })
  if (!keepsInput) child.stdin?.end(input ?? '')
  const output = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  const end = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, ...output }))
  })
  return { child, end }
}

/** Runs the command to its end. */
export function runCli(words: readonly string[], options: CliOptions): Promise<Finished> {
  return startCli(words, options).end
}

/** Builds the package into `dist/`. */
export async function build(): Promise<void> {
  const root = join(import.meta.dirname, '../..')
  await promisify(execFile)(process.execPath, ['scripts/build.ts'], { cwd: root })
}

/** The peak resident memory recorded in a file, in bytes. */
export async function peakOf(peakFile: string): Promise<number> {
  return Number(await readFile(peakFile, 'utf8'))
}
