// The seal of a session: an answer known beforehand that no message can imitate. It vouches for what came before it.
//
// Why a seal is needed. A server that does not stuff dots (the first line only: Dovecot; all lines: others) lets a
// message end its own reply early, with a line that is a single dot. What follows in the message is then read as further
// replies, and every later reply is taken for the answer to a later command: message n+1 would be stored with content
// written by the sender of message n (quirk A30). LIST sizes cannot tell, for they are wrong on many servers (A27).
//
// What such a message can do. It can only ever add replies, never swallow one: whatever state its forged text leaves
// the reader in, the server's own terminator (CRLF . CRLF) closes at least one reply more than was asked for, or is
// itself read as a status line, which is nonsense and ends the session. So from that message on the stream is late by at
// least one reply, for good. A command sent behind it therefore reads forged text, or the reply to an earlier command.
// Only a server that also leaves out the line end before its terminator (A33) could lose count; there the forger comes
// empty although it is listed, and an empty message is looked at again by itself, whatever sizes are worth.
//
// Why STAT unmasks it. Read late, the answer to STAT is an earlier reply: that of a RETR, which does not have the form
// `count octets`; an earlier STAT does not come into question, because the first seal behind the message has failed
// before a second one counts. Or it is forged text: then its author must have known how many commands lie between his
// message and the STAT, and the number and total octets of all messages that would be in the maildrop at our session,
// at the time of writing. Whoever knows all of it has written the whole maildrop and betrays nobody but himself; and
// where sizes are exact, his own message is found short in spite of it (fetch.ts). One more look is taken for free:
// a seal counts only when not a byte is left over behind it once nothing is outstanding (connection.ts).
import type { Habits } from '../../core/ports.ts'
import { parseStat, type Stat } from './listing.ts'
import type { Status } from './status.ts'

/** One command of a seal, and whether its answer is as it must be. */
export interface SealCommand {
  readonly command: string
  holds(answer: Status): boolean
}

/** A message whose name is known: its number and its key. */
export interface NamedMessage {
  readonly number: number
  readonly key: string
}

/** What the answers must be in this session. */
export class Seal {
  readonly #stat: Stat
  readonly #habits: Habits
  readonly #sample: () => NamedMessage | undefined
  #drifts: boolean

  /** `sample` picks a named message of this session at random. */
  constructor(stat: Stat, habits: Habits, sample: () => NamedMessage | undefined) {
    this.#stat = stat
    this.#habits = habits
    this.#sample = sample
    this.#drifts = habits.get('stat') === 'drifts'
  }

  /** Whether octets are known to change within a session (GNU mailutils), so that STAT vouches for the count only. */
  get drifts(): boolean {
    return this.#drifts
  }

  /** The commands to send, in this order; all answers must hold. */
  commands(): readonly SealCommand[] {
    const stat: SealCommand = { command: 'STAT', holds: (answer) => this.#holdsStat(answer) }
    return this.#drifts ? [stat, ...this.nameCommands()] : [stat]
  }

  /** The other seal: the name of a message, which nobody outside the server can know. */
  nameCommands(): readonly SealCommand[] {
    const sample = this.#sample()
    if (sample === undefined) return []
    return [{ command: `UIDL ${sample.number}`, holds: (answer) => isNameOf(sample, answer) }]
  }

  /** Whether this is an answer to STAT in which nothing but the octets has changed. */
  hasDrifted(answer: Status): boolean {
    const stat = answer.kind === 'ok' ? parseStat(answer) : undefined
    return stat !== undefined && stat.count === this.#stat.count && stat.octets !== this.#stat.octets
  }

  /** From now on octets do not count; remembered where names make up for them. */
  learnDrift(): void {
    this.#drifts = true
    if (this.#sample() !== undefined) this.#habits.set('stat', 'drifts')
  }

  #holdsStat(answer: Status): boolean {
    const stat = answer.kind === 'ok' ? parseStat(answer) : undefined
    if (stat?.count !== this.#stat.count) return false
    return this.#drifts || stat.octets === this.#stat.octets
  }
}

// There are servers that ignore the argument and answer with the whole listing (quirk A25): the form must be right.
function isNameOf({ number, key }: NamedMessage, answer: Status): boolean {
  if (answer.kind !== 'ok') return false
  const [, shown, name] = /^(\d+)[ \t]+(.*)$/s.exec(answer.latin1) ?? []
  return Number(shown) === number && name === key
}
