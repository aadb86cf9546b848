// Reads a round, and the messages of its pairs, in the process of a contestant.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import type { Round, RoundPair } from './contestant.ts'

/** The round in the file that the first argument of this process names. */
export function readRound(): Round {
  const [, , file] = process.argv
  if (file === undefined) throw new Error('give the file with the round')
  return JSON.parse(readFileSync(file, 'utf8')) as Round
}

/** The messages of a pair, in order. */
export function readMessages({ file, sizes }: RoundPair): Buffer[] {
  const bytes = Buffer.allocUnsafe(sizes.reduce((total, size) => total + size, 0))
  const descriptor = openSync(file, 'r')
  for (let at = 0; at < bytes.length; ) at += readSync(descriptor, bytes, at, bytes.length - at, at)
  closeSync(descriptor)
  let at = 0
  return sizes.map((size) => {
    at += size
    return bytes.subarray(at - size, at)
  })
}
