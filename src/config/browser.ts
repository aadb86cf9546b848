// Opens a page in the user's browser, where there is a desktop to open it on.
import { spawn } from 'node:child_process'

/** True once a program that opens pages has been started; false where there is none, or nothing to show it on. */
export function openPage(address: string, env: NodeJS.ProcessEnv = process.env, platform = process.platform) {
  const [program, ...words] = openerOf(env, platform)
  const { CREDENTIALS_DIRECTORY: _own, ...others } = env
  if (program === undefined) return Promise.resolve(false)
  return new Promise<boolean>((resolve) => {
    const child = spawn(program, [...words, address], { stdio: 'ignore', detached: true, env: others })
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
}

function openerOf(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): readonly string[] {
  if (platform === 'darwin') return ['open']
  // explorer takes the address as it is, where `start` would have the shell read its ampersands.
  if (platform === 'win32') return ['explorer']
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ['xdg-open'] : []
}
