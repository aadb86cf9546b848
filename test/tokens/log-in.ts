// Runs mailhaul auth login as a user would: reads what is printed, and does what it says.
import { type CliOptions, type Finished, startCli } from '../commands/run-cli.ts'
import type { IdentityProvider } from '../servers/identity-provider.ts'

/** Signs in with the command; `words` come behind `auth login`. */
export async function logIn(idp: IdentityProvider, words: readonly string[], options: CliOptions): Promise<Finished> {
  const { child, end } = startCli(['auth', 'login', ...words], options)
  let shown = ''
  let isDone = false
  child.stdout?.on('data', async (text: string) => {
    shown += text
    const [address] = /http:\/\/127\S+code_challenge\S+(?=\s)/.exec(shown) ?? []
    const [, code] = /\n {2}(\w{4}-\w{4})\n/.exec(shown) ?? []
    if (isDone || (address === undefined && code === undefined)) return
    isDone = true
    if (address) await idp.browse(address)
    else if (code) await idp.enterCode(code)
  })
  return end
}
