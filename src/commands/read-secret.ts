// Reads a password: from a terminal without showing it, from a pipe as one line.
import type { ReadStream } from 'node:tty'
import { MailhaulError } from '../core/errors.ts'

/** Where a password comes from and where the prompt goes. */
interface Output {
  write(text: string): unknown
}

/** One line without its line break. Errors: usage, when nothing was entered; interrupted, on Ctrl-C. */
export async function readSecret(prompt: string, input: ReadStream, output: Output): Promise<string> {
  if (!input.isTTY) return nonEmpty(await firstLine(input))
  output.write(prompt)
  input.setRawMode(true)
  try {
    return nonEmpty(await typedLine(input))
  } finally {
    input.setRawMode(false)
    input.pause()
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

const enter = ['\r', '\n', '\u0004']
const erase = ['\u007f', '\b']

async function typedLine(input: AsyncIterable<Buffer | string>): Promise<string> {
  let typed: string[] = []
  for await (const chunk of input) {
    for (const character of chunk.toString()) {
      if (enter.includes(character)) return typed.join('')
      if (character === '\u0003')
        throw new MailhaulError({ code: 'interrupted', scope: 'run', retry: 'never', message: 'Nothing was stored.' })
      if (character === '\u0015') typed = []
      else if (erase.includes(character)) typed.pop()
      else typed.push(character)
    }
  }
  return typed.join('')
}

function nonEmpty(secret: string): string {
  if (secret !== '') return secret
  const hint = 'Type it at the prompt, or pipe it in: pass show mail/alice | mailhaul secret set alice source'
  throw new MailhaulError({ code: 'usage', scope: 'run', retry: 'never', message: 'No password was entered.', hint })
}
