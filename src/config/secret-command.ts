// Asks a program for a password: no shell, nothing on its input, bounded in time and output.
import { execFile } from 'node:child_process'
import { decodeText } from './private-file.ts'
import { createRedactor } from './redact.ts'
import { passingSecretError, type SecretOwner, secretError } from './secret-error.ts'

/** How to run it. */
export interface CommandOptions {
  readonly env: NodeJS.ProcessEnv
  /** Milliseconds until it is killed. */
  readonly timeout: number
  readonly signal?: AbortSignal | undefined
}

const largestOutput = 64 * 1024
const stderrShown = 400
const mostLines = 100
const longestLine = 4000

interface Ended {
  readonly error: Error | null
  readonly stdout: Buffer
  readonly stderr: Buffer
}

/** What a program prints, without its last line end. A failure shows what it said on stderr, no arguments. */
export async function secretFromCommand(
  command: readonly string[],
  owner: SecretOwner,
  options: CommandOptions,
): Promise<string> {
  const [program = '', ...args] = command
  const ended = await run(program, args, options)
  options.signal?.throwIfAborted()
  if (ended.error) {
    const [reason, hint] = explainFailure(program, ended.error, options)
    const fault = isLasting(ended.error) ? secretError : passingSecretError
    throw fault(owner, `${reason}${saidOnStderr(ended)}`, hint)
  }
  const text = decodeText(ended.stdout)
  if (text !== undefined) return text.replace(/\r?\n$/, '')
  throw secretError(owner, `what ${program} prints is not UTF-8 text`, 'Have it print the password as text.')
}

// The error of execFile holds the arguments and the output, so neither it nor its message goes any further.
function run(program: string, args: readonly string[], { env, timeout, signal }: CommandOptions): Promise<Ended> {
  return new Promise((resolve) => {
    const limits = { timeout, killSignal: 'SIGKILL', maxBuffer: largestOutput, windowsHide: true } as const
    const options = { ...limits, encoding: 'buffer', env, ...(signal ? { signal } : {}) } as const
    try {
      const child = execFile(program, args, options, (error, stdout, stderr) => resolve({ error, stdout, stderr }))
      child.stdin?.end()
    } catch (error) {
      // Thrown at once for a NUL in an argument.
      const failure = error instanceof Error ? error : new Error('cannot be started')
      resolve({ error: failure, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) })
    }
  })
}

/** Whether the command itself is wrong: one that ran and failed may have the password the next time. */
function isLasting(error: Error): boolean {
  return 'code' in error && /^(ENOENT|EACCES|ERR_)/.test(String(error.code))
}

function explainFailure(program: string, error: Error, { timeout }: CommandOptions): [reason: string, hint: string] {
  const { code, signal, killed } = error as Error & { code?: unknown; signal?: unknown; killed?: unknown }
  const inATerminal = 'Run the command in a terminal to see what is wrong.'
  if (code === 'ENOENT') return [`there is no program ${program}`, 'Install it, or write its full path.']
  if (code === 'EACCES') return [`${program} may not be executed`, `Make it executable: chmod u+x ${program}`]
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') {
    return [`${program} printed more than ${largestOutput / 1024} KiB`, 'Have it print the password alone.']
  }
  if (killed) {
    const hint = 'If it waits for a passphrase, unlock its agent first.'
    return [`${program} did not end within ${timeout / 1000} seconds`, hint]
  }
  if (typeof code === 'number') return [`${program} ended with exit code ${code}`, inATerminal]
  if (typeof signal === 'string') return [`${program} was ended by ${signal}`, inATerminal]
  return [`${program} could not be run`, inATerminal]
}

// A program that traces itself repeats the password there. What printed pages, not a password, is not quoted.
function saidOnStderr({ stdout, stderr }: Ended): string {
  const lines = stdout.toString().split(/\r?\n/)
  if (lines.length > mostLines || lines.some((line) => line.length > longestLine)) return ''
  const said = createRedactor(lines)(stderr.toString())
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
    .replace(/\.$/, '')
  if (said === '') return ''
  return `; it says: ${said.length > stderrShown ? `${said.slice(0, stderrShown - 1)}…` : said}`
}
