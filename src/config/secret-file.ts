// Reads a password from a file: one of the user's own, or a systemd credential.
import { join } from 'node:path'
import { shellWord } from './paths.ts'
import { decodeText, type PrivateFile, readPrivateFile, whyUnreadable } from './private-file.ts'
import { type SecretOwner, secretError } from './secret-error.ts'

const largestFile = 64 * 1024

/** The content of a file that its owner alone can read, without its last line end. */
export async function secretFromFile(path: string, owner: SecretOwner): Promise<string> {
  const read = await readSecret(path, owner, 'Write the password alone into it, readable by its owner alone.')
  if (read.isOpenToOthers) {
    throw secretError(owner, `the file ${path} can be read by others`, `Run: chmod 600 ${shellWord(path)}`)
  }
  return withoutLastLineEnd(read.bytes, path, owner)
}

/** The credential that systemd put into $CREDENTIALS_DIRECTORY; who may read that is systemd's affair. */
export async function secretFromCredential(name: string, owner: SecretOwner, env: NodeJS.ProcessEnv): Promise<string> {
  const directory = env.CREDENTIALS_DIRECTORY
  const hint = `Put LoadCredential=${name}:/path/to/file into the unit, and run mailhaul from that unit.`
  if (!directory)
    throw secretError(owner, '$CREDENTIALS_DIRECTORY is not set, so no systemd credentials are at hand', hint)
  const path = join(directory, name)
  const read = await readSecret(path, owner, hint)
  return withoutLastLineEnd(read.bytes, path, owner)
}

async function readSecret(path: string, owner: SecretOwner, hint: string): Promise<PrivateFile> {
  return readPrivateFile(path, largestFile).catch((cause: unknown) => {
    throw secretError(owner, `the file ${path} ${whyUnreadable(cause)}`, hint, cause)
  })
}

function withoutLastLineEnd(bytes: Uint8Array, path: string, owner: SecretOwner): string {
  const text = decodeText(bytes)
  if (text === undefined) throw secretError(owner, `the file ${path} is not UTF-8 text`, 'Save it as UTF-8.')
  return text.replace(/\r?\n$/, '')
}
