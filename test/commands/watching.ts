// A daemon under test: what it has said so far, and how to wait until it says something.
import { type CliOptions, type Running, startCli } from './run-cli.ts'

/** A running daemon. */
export interface Watching extends Running {
  /** Resolves once standard error matches; rejects when the daemon ends before that. */
  says(pattern: RegExp): Promise<void>
  /** The same for standard output. */
  prints(pattern: RegExp): Promise<void>
  /** Ends it at once, if it still runs. */
  drop(): Promise<void>
}

/** Starts `mailhaul watch` with more words. */
export function watchWith(words: readonly string[], options: CliOptions): Watching {
  const running = startCli(['watch', ...words], options)
  const { child, end } = running
  const waitOn = (stream: typeof child.stdout) => {
    let said = ''
    const waiters = new Set<() => void>()
    stream?.on('data', (text: string) => {
      said += text
      for (const look of waiters) look()
    })
    return (pattern: RegExp) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (!pattern.test(said)) return
          waiters.delete(look)
          resolve()
        }
        waiters.add(look)
        look()
        end.then(({ code }) => reject(new Error(`ended with ${code} without saying ${pattern}: ${said}`)), reject)
      })
  }
  const drop = async () => {
    child.kill('SIGKILL')
    await end
  }
  return { ...running, says: waitOn(child.stderr), prints: waitOn(child.stdout), drop }
}
