// Realistic messages by the thousand, the same for the same seed: what a mailbox that has been used for years looks like.

import { type BodyKind, messageBody, type TextPool, textPool } from './corpus-body.ts'
import { messageHeader } from './corpus-header.ts'
import { type Random, seededRandom } from './random.ts'
import { strangeMessages } from './strange-messages.ts'

/** What corpus to make. */
export type CorpusOptions = {
  readonly seed: number
  readonly count: number
  /** Octets per message on average; single messages differ from it widely. Default: 21,504. */
  readonly averageSize?: number
  /** So many of the messages are exact copies of others (C06). Default: 0. */
  readonly twins?: number
  /** Mixes in the messages of `strangeMessages()` and some without a final line end. Default: false. */
  readonly strange?: boolean
}

/** Makes the messages. Unless `strange`, all of them have CRLF line ends only, the last one included, and no two are equal but for twins. */
export function makeCorpus(options: CorpusOptions): Uint8Array[] {
  const { seed, count, averageSize = 21 * 1024, twins = 0, strange = false } = options
  const random = seededRandom(seed)
  const pool = textPool(random)
  const oddities = strange ? strangeMessages().filter(({ bytes }) => bytes.length < 100_000) : []
  const messages: Uint8Array[] = []
  for (let index = 0; index < count; index++) {
    const oddity = strange && index % 5 === 4 ? oddities[Math.floor(index / 5)] : undefined
    messages.push(oddity?.bytes ?? makeMessage(random, pool, index, averageSize, strange && index % 11 === 7))
  }
  for (let twin = 0; twin < Math.min(twins, count - 1); twin++) {
    const original = messages[twin]
    if (original) messages[count - 1 - twin] = original
  }
  return messages
}

const typicalHeader = 450
const kinds = ['plain', 'plain', 'plain-latin1', 'plain-utf8', 'html', 'alternative', 'dots', 'long-lines'] as const

function makeMessage(
  random: Random,
  pool: TextPool,
  index: number,
  averageSize: number,
  isUnterminated: boolean,
): Uint8Array {
  const size = averageSize * sizeFactor(random)
  const kind: BodyKind =
    size > Math.max(2000, averageSize * 0.6)
      ? random.pick(['attachment', 'attachment', 'alternative'])
      : random.pick(kinds)
  const { headers, body } = messageBody(random, pool, kind, size - typicalHeader)
  const header = messageHeader(random, index, headers)
  const bytes = Buffer.concat([header, ...body])
  return isUnterminated ? bytes.subarray(0, -2) : bytes
}

// Many small messages, some of middling size, a few large ones; one on average.
function sizeFactor(random: Random): number {
  const draw = random.next()
  const spread = 0.5 + random.next()
  if (draw < 0.5) return 0.12 * spread
  if (draw < 0.75) return 0.5 * spread
  return (draw < 0.95 ? 2 : 8.3) * spread
}
