// The program of the limit: reads the round and prepares everything, then connects.
import type { RoundPair } from './contestant.ts'
import { appendAll, type Batch, batchesOf, retrieveAll } from './raw-replay.ts'
import { readMessages, readRound } from './round-file.ts'

const perBatch = 50

const round = readRound()
const prepared = round.pairs.map((pair) => ({
  pair,
  batches: batchesOf(readMessages(pair), round.hasMultiappend ? perBatch : 1),
}))
const waiting = prepared.values()

async function replay(pair: RoundPair, batches: readonly Batch[]): Promise<void> {
  const shared = batches.values()
  const channels = Array.from({ length: round.limitConnections }, () =>
    appendAll(pair.destination, shared, round.hasMultiappend),
  )
  const [received = 0] = await Promise.all([retrieveAll(pair.source, pair.sizes.length), ...channels])
  const expected = pair.sizes.reduce((total, size) => total + size, 0)
  if (Number(received) < expected) throw new Error(`${pair.name}: ${received} bytes came of ${expected}`)
}

async function work(): Promise<void> {
  for (const { pair, batches } of waiting) await replay(pair, batches)
}

await Promise.all(Array.from({ length: round.pairsAtOnce }, work))
