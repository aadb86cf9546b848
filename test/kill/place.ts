// Where processes are killed: two servers in memory that outlive them, a configuration, and the comparison of both ends.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { mail } from '../core/rows.ts'
import { Steps } from '../scenarios/steps.ts'
import { hash, World, type WorldOptions } from '../scenarios/world.ts'
import { imapCapabilities } from '../servers/imap-server.ts'
import { runComposed } from './composed-run.ts'

/** What is tried out of the many ways to configure a run. */
export interface Setting {
  readonly leave: 'keep' | 'delete'
  /** Many messages per command (MULTIAPPEND, RFC 3502), or each with its own. */
  readonly appending: 'batch' | 'single'
}

/** How a process ended. */
export interface Death {
  /** Whether it was killed; otherwise it came to its own end with exit code 0. */
  readonly wasKilled: boolean
  /** The step at which it killed itself; empty where it did not. */
  readonly step: string
}

/** A process that is running. */
export interface Running {
  kill(): void
  readonly end: Promise<Death>
}

const noMessageId = Buffer.from('Subject: nameless\r\nDate: Tue, 4 Feb 2020 08:00:00 +0100\r\n\r\nNo Message-ID.\r\n')

/** Five messages: two of them twins, one without Message-ID, one of several segments. */
export const messages: readonly Uint8Array[] = [mail(1), mail(2), mail(2), noMessageId, mail(3, 'x'.repeat(70_000))]

const child = join(import.meta.dirname, 'child.ts')
const env = { SECRET: 'correct horse' }

/** A maildrop of `messages` and an empty account, in this process. */
export class KillPlace {
  readonly world: World
  readonly setting: Setting
  readonly #before: readonly string[]
  readonly #started: ChildProcess[] = []

  private constructor(world: World, setting: Setting) {
    this.world = world
    this.setting = setting
    this.#before = world.source()
  }

  static async start(setting: Setting): Promise<KillPlace> {
    const options: WorldOptions = { messages }
    const capabilities = imapCapabilities.full.filter((word) => word !== 'MULTIAPPEND')
    const world = await World.start(setting.appending === 'batch' ? options : { ...options, imap: { capabilities } })
    const place = new KillPlace(world, setting)
    const user = 'tls: none, user: alice, password: { env: SECRET }'
    await writeFile(
      place.#file,
      `ledger: ./ledger.db
pairs:
  - name: pair
    source: { host: 127.0.0.1, port: ${world.pop3.port}, ${user}, leave: ${setting.leave} }
    destination: { host: 127.0.0.1, port: ${world.imap.port}, ${user}, connections: 1 }
`,
    )
    return place
  }

  get #file(): string {
    return join(this.world.directory, 'mailhaul.yaml')
  }

  /** Starts a process that runs the configuration and kills itself at a step, by number or name; never at step 0. */
  run(at: number | string, cache: string): Running {
    const process_ = spawn(process.execPath, [child, this.#file, String(at)], {
      env: { ...env, NODE_COMPILE_CACHE: cache },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#started.push(process_)
    const output = { stdout: '', stderr: '' }
    process_.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
    process_.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
    const end = new Promise<Death>((resolve, reject) => {
      process_.on('error', reject).on('close', (code, signal) => {
        if (signal === 'SIGKILL') resolve({ wasKilled: true, step: output.stdout })
        else if (signal === null && code === 0) resolve({ wasKilled: false, step: '' })
        else reject(new Error(`the process ended by ${signal ?? code}: ${output.stderr}`))
      })
    })
    return { kill: () => void process_.kill('SIGKILL'), end }
  }

  /** The same run to its end, in this process. */
  async runHere(): Promise<void> {
    const [summary] = await runComposed(this.#file, env)
    assert.equal(summary?.exitCode, 0, summary?.error?.stack)
  }

  /** The same run, stopped in this process at the first step of that name. */
  async stopHere(step: string): Promise<void> {
    const steps = new Steps(step, 'stop')
    await runComposed(this.#file, env, steps)
    assert.equal(steps.names.at(-1), step)
  }

  /** The moment after a death: every message is still at one of the ends at least. */
  assertNothingLost(when: string): void {
    const counts = new Map<string, number>()
    for (const one of [...this.world.source(), ...this.#stored()]) counts.set(one, (counts.get(one) ?? 0) + 1)
    for (const one of this.#before) counts.set(one, (counts.get(one) ?? 0) - 1)
    assert.deepEqual(
      [...counts.values()].filter((count) => count < 0),
      [],
      `${when}: lost`,
    )
  }

  /** Resumes, and compares both ends by SHA-256; one more run does nothing, and no file is left of the dead process. */
  async assertResumes(when: string): Promise<void> {
    await this.runHere()
    assert.deepEqual(this.#stored(), this.#before, `${when}: the destination`)
    assert.deepEqual(this.world.source(), this.setting.leave === 'keep' ? this.#before : [], `${when}: the source`)
    const appended = this.world.imap.appends.length
    await this.runHere()
    assert.equal(this.world.imap.appends.length, appended, `${when}: appended again`)
    assert.deepEqual(this.#stored(), this.#before, `${when}: the destination, later`)
    assert.deepEqual(await readdir(join(this.world.directory, 'spool')), [], `${when}: the spool`)
  }

  #stored(): string[] {
    return this.world.imap
      .folder('alice', 'INBOX')
      .messages.map(({ bytes }) => hash(bytes))
      .sort()
  }

  /** Leaves nothing behind, not even a process that a failed test has not killed. */
  async stop(): Promise<void> {
    for (const started of this.#started) started.kill('SIGKILL')
    await this.world.stop()
  }
}

/** Works in a new place and clears it away. */
export async function withKillPlace<T>(setting: Setting, work: (place: KillPlace) => Promise<T>): Promise<T> {
  const place = await KillPlace.start(setting)
  try {
    return await work(place)
  } finally {
    await place.stop()
  }
}

/** A directory for what node has compiled, for the whole of a test file: it makes the many starts quick. */
export function compileCache(): string {
  const directory = mkdtempSync(join(tmpdir(), 'mailhaul-compiled-'))
  after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** Does the work for all of them, in order, two at a time: starting a process takes a whole core. */
export async function sideBySide<T>(all: Iterable<T>, work: (one: T) => Promise<void>): Promise<void> {
  const left = Iterator.from(all)
  const worker = async () => {
    for (const one of left) await work(one)
  }
  await Promise.all([worker(), worker()])
}
