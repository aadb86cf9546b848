// Retrieves one message by itself, with a seal of its own behind it: slow, and certain who is to blame.
import { asMailhaulError, type MailhaulError } from '../../core/errors.ts'
import type { Listed } from '../../core/message.ts'
import type { Fetched, Spool } from '../../core/ports.ts'
import type { DotReading } from './content.ts'
import { messageFailed } from './errors.ts'
import type { Maildrop } from './maildrop.ts'
import { goneFrom } from './pipeline.ts'
import { Retrieval, usualReading } from './retrieval.ts'
import type { Seal } from './seal.ts'

/** After so many looks that never agree, a message is given up. */
const mostLooks = 4

/** Where the message is retrieved from, and to. */
export interface Alone {
  readonly maildrop: Maildrop
  readonly seal: Seal
  readonly spool: Spool
  readonly signal: AbortSignal
}

/** What came of it; `isCulprit` when the message itself breaks the session, which is then gone. */
export interface AloneResult {
  readonly fetched: Fetched
  readonly isCulprit: boolean
}

/**
 * Retrieves a message. `earlier` is the number of octets a first look brought, where there was one: a message that
 * comes short twice, by the same size, is incomplete at the server. Undefined when the connection was lost before the
 * message was asked for; throws when it is lost over it.
 */
export async function fetchAlone(
  listed: Listed,
  alone: Alone,
  earlier: number | undefined,
): Promise<AloneResult | undefined> {
  const { sizes } = alone.maildrop.memory
  let last = earlier
  let reading = usualReading(sizes)
  for (let look = 1; ; look += 1) {
    const number = alone.maildrop.numberOf(listed)
    if (number === undefined) return { fetched: goneFrom(listed), isCulprit: false }
    const retrieval = await retrieveSealed(listed, number, reading, alone)
    if (retrieval === undefined) return undefined
    if (retrieval === 'unsealed') return { fetched: unrenderable(listed), isCulprit: true }
    const { octets } = retrieval
    if (look === 1 && earlier === undefined && octets !== undefined) sizes.observe(listed.size, octets)
    const doubt = retrieval.doubt(sizes)
    if (doubt === undefined || (doubt === 'dot' && look > 1)) {
      return { fetched: await retrieval.fetched(), isCulprit: false }
    }
    const isFinal = doubt === 'short' && (octets === last || look === mostLooks)
    if (isFinal && octets === 0 && !sizes.isTrusted) return { fetched: await retrieval.fetched(), isCulprit: false }
    retrieval.discard()
    if (isFinal) return { fetched: incomplete(listed, octets), isCulprit: false }
    if (doubt === 'dot') reading = retrieval.otherReading
    last = octets
  }
}

async function retrieveSealed(
  listed: Listed,
  number: number,
  reading: DotReading,
  { maildrop, seal, spool, signal }: Alone,
): Promise<Retrieval | 'unsealed' | undefined> {
  const { connection } = maildrop
  const room = await spool.reserve(listed.size, signal)
  if (connection.failure !== undefined) {
    room.discard()
    return undefined
  }
  let retrieval: Retrieval | undefined
  try {
    const isSealed = await connection.during(signal, async () => {
      retrieval = await new Promise<Retrieval>((complete, reject) => {
        const owner = { complete, lost: (_: Retrieval, reason: MailhaulError) => reject(reason) }
        const { largestMessage } = maildrop.options
        connection.send(`RETR ${number}`, new Retrieval(listed, room, reading, largestMessage, owner))
      })
      // Something came that nobody had asked for: a forged reply, perhaps a forged farewell.
      return connection.failure === undefined && (await holds(seal, maildrop))
    })
    if (isSealed && retrieval !== undefined) return retrieval
  } catch (thrown) {
    room.discard()
    retrieval?.discard()
    if (asMailhaulError(thrown).code !== 'protocol') throw thrown
  }
  retrieval?.discard()
  connection.close()
  return 'unsealed'
}

/** Asks for the seal, one command at a time. Here a server is found out whose octets drift within a session. */
async function holds(seal: Seal, maildrop: Maildrop): Promise<boolean> {
  const { connection } = maildrop
  let hasDrifted = false
  for (const { command, holds } of seal.commands()) {
    const answer = await connection.ask(command)
    hasDrifted = !seal.drifts && seal.hasDrifted(answer)
    if (connection.failure !== undefined || !(hasDrifted || holds(answer))) return false
  }
  if (!hasDrifted) return true
  for (const { command, holds } of seal.nameCommands()) {
    const answer = await connection.ask(command)
    if (connection.failure !== undefined || !holds(answer)) return false
  }
  seal.learnDrift()
  return true
}

function unrenderable(listed: Listed): Fetched {
  const error = messageFailed(
    'unrenderable',
    'Its content breaks the session: the server does not protect the end of a message (dot-stuffing).',
    'Whatever came after it was thrown away and fetched again. Look at this message in the webmail of its server.',
  )
  return { kind: 'failed', listed, error }
}

function incomplete(listed: Listed, octets: number | undefined): Fetched {
  const error = messageFailed(
    'incomplete',
    `The server lists ${listed.size} octets but sends ${octets ?? 0}, although its other sizes are right.`,
    'It may have lost a part of this message: look at it in its webmail, or ask its operator.',
  )
  return { kind: 'failed', listed, error }
}

/** The result for a message over which the connection is lost every time. */
export function unretrievable(listed: Listed, cause: MailhaulError): Fetched {
  const hint = 'Look at it in the webmail of its server.'
  const error =
    cause.code === 'timeout'
      ? messageFailed('incomplete', 'The server stops in the middle of it, every time.', hint)
      : messageFailed('disconnected', 'The server drops the connection over it, every time.', hint)
  return { kind: 'failed', listed, error }
}
