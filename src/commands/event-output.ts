// Where `--events` writes to: a file that grows, a named pipe, or standard output.
import { closeSync, constants, createWriteStream, fstatSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { MailhaulError } from '../core/errors.ts'
import type { Event } from '../core/events.ts'
import { systemClock } from '../engine/clock.ts'
import { EventStream } from '../reporters/event-stream.ts'
import { counted } from '../reporters/words.ts'
import { version } from '../version.ts'
import type { CommandContext } from './context.ts'
import { standardOutput } from './page-file.ts'

const standardOutputNumber = 1

/** Takes events, where somebody wants them. */
export interface EventOutput {
  hear(event: Event): void
  /** Says what was lost, if anything was. */
  close(): Promise<void>
}

/** Opens it before any work begins. Error: usage, where it cannot be written, or standard output is taken. */
export function openEventOutput(
  target: string | undefined,
  context: CommandContext,
  alsoPrinted?: string | undefined,
): EventOutput {
  if (target === undefined) return { hear: () => undefined, close: async () => undefined }
  if (target === standardOutput) {
    const other = context.options.json ? '--json' : alsoPrinted
    if (other !== undefined) {
      throw usage(`${other} and --events - both print to standard output.`, 'Name a file for the events.')
    }
  }
  const stream = new EventStream({
    output: openOutput(target),
    version,
    now: () => systemClock.now(),
    mask: context.mask,
  })
  return {
    hear: (event) => stream.hear(event),
    close: async () => {
      await stream.close()
      const { dropped, failure } = stream
      // A reader that went away has had enough.
      if (failure && !('code' in failure && failure.code === 'EPIPE')) {
        context.warn(`Events could not be written to ${target}: ${failure.message}.`)
      } else if (dropped > 0 && failure === undefined) {
        context.warn(`${counted(dropped, 'event')} dropped: what reads ${target} was too slow. The run was not.`)
      }
    },
  }
}

/** Pipes and sockets are written without waiting for them; files by threads that may wait. */
function openOutput(target: string): Writable {
  const number = target === standardOutput ? standardOutputNumber : openFile(target)
  const found = fstatSync(number)
  if (found.isFIFO() || found.isSocket()) return unheld(new Socket({ fd: number, readable: false, writable: true }))
  return createWriteStream(target, { fd: number, autoClose: number !== standardOutputNumber })
}

/** A reader that takes nothing shall not keep the process from ending. */
function unheld(socket: Socket): Socket {
  return socket.unref()
}

function openFile(target: string): number {
  const { O_APPEND, O_CREAT, O_WRONLY, O_NONBLOCK } = constants
  try {
    const number = openSync(target, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o600)
    if (!fstatSync(number).isDirectory()) return number
    closeSync(number)
  } catch (thrown) {
    const isUnread = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENXIO'
    if (isUnread) throw usage(`Nobody reads the pipe ${target}.`, 'Start its reader first.', thrown)
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    throw usage(
      `Events cannot be written to ${target}: ${why}.`,
      'Name a file in a directory you may write to.',
      thrown,
    )
  }
  throw usage(`Events cannot be written to ${target}: it is a directory.`, 'Name a file.')
}

function usage(message: string, hint: string, cause?: unknown): MailhaulError {
  return new MailhaulError({ code: 'usage', scope: 'run', retry: 'never', message, hint, cause })
}
