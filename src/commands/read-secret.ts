// Reads a password: from a terminal without showing it, from a pipe as one line.
import { createInterface } from 'node:readline'
import type { ReadStream } from 'node:tty'
import { asMailhaulError, MailhaulError } from '../core/errors.ts'

/** Where a password comes from and where the prompt goes. */
interface Output {
  write(text: string): unknown
}

/**
 * One line without its line break. Errors: usage, when nothing was entered; interrupted, on Ctrl-C; at a terminal the
 * signal's reason, too.
 */
export async function readSecret(
  prompt: string,
  input: ReadStream,
  output: Output,
  signal: AbortSignal,
): Promise<string> {
  if (!input.isTTY) return nonEmpty(await firstLine(input))
  if (signal.aborted) throw asMailhaulError(signal.reason)
  // First: whoever answers the very moment the prompt is there is not shown either.
  input.setRawMode(true)
  try {
    output.write(prompt)
    return nonEmpty(await typedLine(input, signal))
  } finally {
    input.setRawMode(false)
    output.write('\n')
  }
}

async function firstLine(input: AsyncIterable<Buffer | string>): Promise<string> {
  let text = ''
  for await (const chunk of input) {
    text += chunk.toString()
    if (text.includes('\n') || text.length > 65_536) break
  }
  return text.split('\n', 1)[0]?.replace(/\r$/, '') ?? ''
}

/** Reads one line after the other, without its line end; empty behind the last. Error: usage, on a terminal. */
export function readLines(input: ReadStream): () => Promise<string> {
  let lines: AsyncIterator<string> | undefined
  return async () => {
    if (input.isTTY) {
      const message = 'Standard input is a terminal, and no password comes from there by itself.'
      const hint = 'Pipe it in, or leave the option out to be asked.'
      throw new MailhaulError({ code: 'usage', scope: 'run', retry: 'never', message, hint })
    }
    lines ??= createInterface({ input, crlfDelay: Infinity })[Symbol.asyncIterator]()
    const { value, done } = await lines.next()
    return nonEmpty(done ? '' : value)
  }
}

const enter = ['\r', '\n', '\u0004']
const erase = ['\u007f', '\b']

/** The terminal stays open for the next question. */
function typedLine(input: ReadStream, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let typed: string[] = []
  const take = (chunk: Buffer | string) => {
    for (const character of chunk.toString()) {
      if (enter.includes(character)) return resolve(typed.join(''))
      if (character === '\u0003') return reject(noPassword('interrupted'))
      if (character === '\u0015') typed = []
      else if (erase.includes(character)) typed.pop()
      else typed.push(character)
    }
  }
  const end = () => resolve(typed.join(''))
  const stop = () => reject(asMailhaulError(signal.reason))
  signal.addEventListener('abort', stop, { once: true })
  input.on('data', take).on('end', end).on('error', end).resume()
  return promise.finally(() => {
    signal.removeEventListener('abort', stop)
    input.off('data', take).off('end', end).off('error', end).pause()
  })
}

function nonEmpty(secret: string): string {
  if (secret !== '') return secret
  throw noPassword('usage')
}

function noPassword(code: 'usage' | 'interrupted'): MailhaulError {
  const hint = 'Type it at the prompt, or pipe it in: pass show mail/alice | mailhaul secret set alice source'
  const message = 'No password was entered.'
  return new MailhaulError({ code, scope: 'run', retry: 'never', message, ...(code === 'usage' ? { hint } : {}) })
}
