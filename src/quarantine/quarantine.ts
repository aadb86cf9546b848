// Keeps messages that the destination would not take: the exact bytes as .eml, and beside them in JSON what is known.
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { hexOf } from '../core/fingerprint.ts'
import { type Fingerprint, printableKey } from '../core/message.ts'
import type { Clock } from '../core/ports.ts'
import type { Quarantine } from '../core/quarantine.ts'
import { quarantineError } from './errors.ts'
import { preparePrivate, writeWhole } from './files.ts'

/** Where the quarantine lies, and what is written into it besides messages. */
export interface QuarantineOptions {
  /** Made when the first message is kept; nobody else may have access to it. */
  readonly directory: string
  readonly clock: Pick<Clock, 'now'>
  /** The version of mailhaul. */
  readonly version: string
}

/** A quarantine in a directory, one directory per pair in it. Nothing is made before a message has to be kept. */
export function createQuarantine({ directory, clock, version }: QuarantineOptions): Quarantine {
  const root = resolve(directory)
  const pathOf = (pair: string, exact: Fingerprint) => join(root, directoryName(pair), hexOf(exact).slice(0, 16))
  return {
    async keep(message, about) {
      const { exact } = message.fingerprints
      const path = pathOf(about.pair, exact)
      await preparePrivate(root).catch(failed(root))
      await preparePrivate(join(root, directoryName(about.pair))).catch(failed(path))
      await writeWhole(`${path}.eml`, message.chunks())
      const facts = { ...about, key: printableKey(about.key), size: message.size, sha256: hexOf(exact) }
      const when = new Date(clock.now()).toISOString()
      const text = JSON.stringify({ ...facts, when, mailhaul: version }, nullForUndefined, 2)
      await writeWhole(`${path}.json`, [Buffer.from(`${text}\n`)])
      return `${path}.eml`
    },
    async release(pair, exact) {
      const path = pathOf(pair, exact)
      for (const file of [`${path}.json`, `${path}.eml`]) await rm(file, { force: true }).catch(failed(file))
    },
  }
}

/** JSON leaves out what is undefined; readers of these files find every field. */
function nullForUndefined(_name: string, value: unknown): unknown {
  return value === undefined ? null : value
}

/** A pair's name as the name of a directory: letters, digits, dots and dashes stay, every other byte is %XX. */
function directoryName(pair: string): string {
  const safe = [...Buffer.from(pair)].map((byte) => {
    const character = String.fromCharCode(byte)
    return /[\w.-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`
  })
  return safe.join('').replace(/^\./, '%2E')
}

function failed(path: string): (thrown: unknown) => never {
  return (thrown) => {
    throw quarantineError(thrown, path)
  }
}
