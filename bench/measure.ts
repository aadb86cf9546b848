// Runs a contestant in a process of its own and measures it from outside, or from inside where it is a Node program.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Measured } from './contestants/contestant.ts'

const recorder = join(import.meta.dirname, 'recorder.js')
const deadlineMilliseconds = 20 * 60_000
const pollMilliseconds = 10
// What every Linux that Node runs on says for `getconf CLK_TCK`.
const ticksPerSecond = 100

/** What to run: `words` are the program's arguments. */
export interface Process {
  readonly program: string
  readonly words: readonly string[]
  /** Its working directory and its home. */
  readonly directory: string
  readonly env?: Readonly<Record<string, string>>
}

const record = z.object({
  connectedSeconds: z.number().nullable(),
  cpuSeconds: z.number(),
  peakBytes: z.number(),
  bytesSent: z.number(),
  bytesReceived: z.number(),
})

/** Runs a Node program to its end; throws with its last words unless it ends with 0. */
export async function measureNode(script: string, options: Omit<Process, 'program'>): Promise<Measured> {
  const file = join(options.directory, 'record.json')
  const seconds = await run({
    ...options,
    program: process.execPath,
    words: ['--import', recorder, script, ...options.words],
    env: { ...options.env, MAILHAUL_BENCH_RECORD: file },
  })
  return { seconds, ...record.parse(JSON.parse(await readFile(file, 'utf8'))) }
}

/**
 * Runs any other program to its end, looking at it every few milliseconds: memory and CPU seconds of its last moments
 * are missing, and the memory is that of the program alone, without those it starts.
 */
export async function measureProgram(options: Process): Promise<Measured> {
  const seen = { cpuSeconds: 0, peakBytes: 0 }
  const seconds = await run(options, ({ pid }) => {
    const [peakBytes, cpuSeconds] = pid === undefined ? [0, 0] : [peakOf(pid), cpuOf(pid)]
    seen.peakBytes = Math.max(seen.peakBytes, peakBytes)
    seen.cpuSeconds = Math.max(seen.cpuSeconds, cpuSeconds)
  })
  return { seconds, connectedSeconds: null, ...seen, bytesSent: null, bytesReceived: null }
}

/** Two programs one after the other, as one contestant. */
export function together(first: Measured, second: Measured): Measured {
  return {
    seconds: first.seconds + second.seconds,
    connectedSeconds: null,
    cpuSeconds: first.cpuSeconds + second.cpuSeconds,
    peakBytes: Math.max(first.peakBytes, second.peakBytes),
    bytesSent: null,
    bytesReceived: null,
  }
}

async function run({ program, words, directory, env }: Process, look?: (child: ChildProcess) => void): Promise<number> {
  const begun = performance.now()
  const child = spawn(program, words, {
    cwd: directory,
    env: { PATH: process.env.PATH ?? '', HOME: directory, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000)
    })
  const timer = look && setInterval(() => look(child), pollMilliseconds)
  const kill = () => child.kill('SIGKILL')
  const deadline = setTimeout(kill, deadlineMilliseconds)
  process.once('exit', kill)
  try {
    return await new Promise((resolve, reject) => {
      let seconds = 0
      child.on('error', reject)
      child.on('exit', () => {
        seconds = (performance.now() - begun) / 1000
      })
      child.on('close', (code, signal) => {
        if (code === 0) resolve(seconds)
        else reject(new Error(`${program} ended with ${code ?? signal}: ${said.trim()}`))
      })
    })
  } finally {
    clearInterval(timer)
    clearTimeout(deadline)
    process.off('exit', kill)
  }
}

function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readProc(pid, 'status'))?.[1] ?? 0) * 1024
}

/** User and system time of the process and of its ended children: fields 14 to 17 of proc(5)'s stat. */
function cpuOf(pid: number): number {
  const stat = readProc(pid, 'stat')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((total, ticks) => total + Number(ticks), 0) / ticksPerSecond
}

/** Empty when the process has ended. */
function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch {
    return ''
  }
}
