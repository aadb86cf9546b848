// A channel to a scripted far end, and messages to send over it.
import type { Message } from '../../../src/core/message.ts'
import type { Clock, Outgoing } from '../../../src/core/ports.ts'
import { AppendChannel } from '../../../src/destinations/imap/append-channel.ts'
import { type CommandAnswer, newHabits, planOf, type UploadHabits } from '../../../src/destinations/imap/append-plan.ts'
import { uploadStyleOf } from '../../../src/destinations/imap/capabilities.ts'
import { systemClock } from '../../../src/engine/clock.ts'
import { heldMessage } from '../../engine/held-message.ts'
import { type PeerScript, ScriptedPeer } from './scripted-peer.ts'

/** Octets. */
export const mega = 1024 * 1024
/** What every message of these tests is dated. */
export const internalDate = Date.UTC(2015, 2, 4, 5, 6, 7)
/** The same as it travels. */
export const date = '" 4-Mar-2015 05:06:07 +0000"'

/** A message of these octets. */
export function outgoing(text: string | Uint8Array, ...flags: string[]): Outgoing {
  return { message: heldMessage(Buffer.from(text)), flags, internalDate }
}

/** So many small messages. */
export function many(count: number, size = 10): Outgoing[] {
  return Array.from({ length: count }, (_, at) => outgoing(Buffer.alloc(size, 0x61 + (at % 26))))
}

/** A message that lies in no memory: `chunks` makes its bytes, `made` counts them. */
export function streamed(size: number, chunk = 64 * 1024): Message & { made: number } {
  const message = {
    ...heldMessage(Buffer.from('x')),
    size,
    bytes: undefined,
    made: 0,
    chunks: async function* () {
      for (let left = size; left > 0; left -= chunk) {
        const bytes = Buffer.alloc(Math.min(chunk, left), 0x79)
        message.made += bytes.length
        yield bytes
      }
    },
  }
  return message
}

/** A channel and its far end. */
export interface Setup {
  readonly peer: ScriptedPeer
  readonly channel: AppendChannel
  readonly habits: UploadHabits
  /** Sends a batch as the uploader does. */
  send(batch: readonly Outgoing[]): Promise<readonly CommandAnswer[]>
}

/** A channel to a scripted server with these capabilities. */
export function setup(
  capabilities: string,
  script: PeerScript = {},
  deadlines: { readonly append?: number; readonly logout?: number } = {},
  clock: Pick<Clock, 'monotonic' | 'sleep'> = systemClock,
): Setup {
  const peer = new ScriptedPeer(script)
  const habits = newHabits()
  const style = uploadStyleOf(new Map(capabilities.split(' ').map((name) => [name, true])))
  const channel = new AppendChannel(peer.socket, {
    ...{ where: 'test:1', style, habits, clock },
    deadlines: { append: 60_000, logout: 60_000, slowestUpload: 8192, ...deadlines },
  })
  const send = (batch: readonly Outgoing[]) => {
    const { commands } = planOf(batch, style, habits, undefined)
    return Promise.all(commands.map((command) => channel.send('"A b"', command)))
  }
  return { peer, channel, habits, send }
}

/** What became of each command, in words. */
export function kinds(answers: readonly CommandAnswer[]): string {
  return answers.map(({ kind }) => kind).join(' ')
}
