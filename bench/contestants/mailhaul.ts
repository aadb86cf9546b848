// mailhaul itself, as people install it: `sync` with its ledger and all its checks.
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { measureNode } from '../measure.ts'
import type { Contestant, Round, RoundPair } from './contestant.ts'

const program = join(import.meta.dirname, '../../bin/mailhaul.js')
const built = join(import.meta.dirname, '../../dist/mailhaul.js')

/** Runs what `npm run build` has built. */
export const mailhaul: Contestant = {
  name: 'mailhaul',
  title: '`mailhaul sync`: hashes, a durable ledger, every answer checked',
  isSampled: false,
  absence: () => (existsSync(built) ? undefined : 'not built'),
  run: async (round) => {
    await writeFile(join(round.directory, 'mailhaul.yaml'), configuration(round))
    // All accounts of the benchmark have the same password.
    const env = { BENCH_PASSWORD: round.pairs[0]?.source.password ?? '' }
    return measureNode(program, { words: ['sync', '--json'], directory: round.directory, env })
  },
}

/** All pairs are on one host, so both limits say the same. */
function configuration(round: Round): string {
  const { pairsAtOnce, connections, pairs } = round
  const account = 'host: 127.0.0.1, tls: none, password: { env: BENCH_PASSWORD }'
  return `ledger: ./ledger.db
limits: { pairs: ${pairsAtOnce}, perHost: ${pairsAtOnce} }
defaults:
  source: { ${account} }
  destination: { ${account}, connections: ${connections} }
pairs:
${pairs.map(pairLines).join('')}`
}

function pairLines({ name, source, destination }: RoundPair): string {
  return `  - name: ${name}
    source: { port: ${source.port}, user: ${source.user} }
    destination: { port: ${destination.port}, user: ${destination.user} }
`
}
