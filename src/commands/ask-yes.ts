// Asks a question on the terminal that wants a yes or a no.
import { asMailhaulError } from '../core/errors.ts'

/** Where the question goes. */
interface Output {
  write(text: string): unknown
}

const answers = new Map([
  ['yes', true],
  ['y', true],
  ['no', false],
  ['n', false],
])

/**
 * Writes the question with its prompt and waits for yes or no, asking again for anything else; the end of input is a
 * no. The terminal stays as it is, so that Ctrl-C reaches the process as ever: rejects with the signal's reason then.
 */
export function askYes(
  question: string,
  prompt: string,
  input: NodeJS.ReadableStream & { readonly readableEnded?: boolean },
  output: Output,
  signal: AbortSignal,
): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>()
  let typed = ''
  const take = (chunk: Buffer | string) => {
    const lines = (typed + chunk.toString()).split('\n')
    typed = lines.pop()?.slice(-100) ?? ''
    for (const line of lines) {
      const answer = answers.get(line.trim().toLowerCase())
      if (answer !== undefined) return resolve(answer)
      output.write(prompt)
    }
  }
  const end = () => resolve(false)
  const stop = () => reject(asMailhaulError(signal.reason))
  if (signal.aborted) stop()
  else output.write(question + prompt)
  // An earlier question may have met the end.
  if (input.readableEnded) end()
  signal.addEventListener('abort', stop, { once: true })
  input.on('data', take).on('end', end).on('error', end).resume()
  return promise.finally(() => {
    signal.removeEventListener('abort', stop)
    input.off('data', take).off('end', end).off('error', end).pause()
  })
}
