// Tells whether anything was written to a server's mail: one digest over the names, sizes and bytes of its files.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** A path as it counts for the comparison, or undefined for one that the server may write when it is only read. */
export type Naming = (path: string, isDirectory: boolean) => string | undefined

/** The SHA-256 over all files and directories below `root`, each under the name that `naming` gives it. */
export function digestFiles(root: string, naming: Naming): string {
  const lines = readdirSync(root, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name)
    const name = naming(relative(root, path), entry.isDirectory())
    if (name === undefined) return []
    return entry.isFile() ? [`${name} ${describe(readFileSync(path))}`] : [name]
  })
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex')
}

function describe(bytes: Buffer): string {
  return `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`
}
