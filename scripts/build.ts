// npm run build: the library as files in dist/, and the command as one program: hundreds of small files take longer to load
// than a run that finds nothing new takes to work.
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { rolldown } from 'rolldown'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

/** The command, and what it starts as a process of its own. */
const programs = { mailhaul: 'dist/cli.js', 'keyring-process': 'dist/config/keyring-process.js' }

/** Stay as they are installed: they hold machine code, or are loaded by the few runs that need them. */
const separate = ['pino', '@napi-rs/keyring', 'imapflow', 'libmime', 'oauth4webapi', 'prom-client', '@clack/prompts']

// What an earlier build has left must not be packed; where others may be at work on it, it does no harm.
if (process.argv.includes('--afresh')) rmSync(dist, { recursive: true, force: true })
await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], { cwd: root })
const bundle = await rolldown({ cwd: root, input: programs, external: separate, platform: 'node', logLevel: 'warn' })
const { output } = await bundle.write({
  dir: dist,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'mailhaul-[name].js',
})
await bundle.close()
const packages = new Set(output.flatMap((file) => ('moduleIds' in file ? file.moduleIds.flatMap(packageOf) : [])))
writeFileSync(join(dist, 'LICENSES.txt'), [...packages].sort().map(licenceOf).join('\n\n'))

/** The package that a file belongs to, where it is not our own. */
function packageOf(file: string): string[] {
  const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? []
  return name === undefined ? [] : [name]
}

/** Whoever passes a package on passes its licence on. */
function licenceOf(name: string): string {
  const directory = join(root, 'node_modules', name)
  const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry))
  if (file === undefined || !existsSync(join(directory, file))) throw new Error(`${name} has no licence file`)
  return `${name}\n\n${readFileSync(join(directory, file), 'utf8').trim()}\n`
}
