// Brings batches into folders: divided into commands, sent over the pool, and once more where a folder had vanished.
import { Socket } from 'node:net'
import { asMailhaulError, type MailhaulError } from '../../core/errors.ts'
import type { Appended, BatchLimits, Folder, Outgoing } from '../../core/ports.ts'
import { AppendChannel } from './append-channel.ts'
import {
  type AppendCommand,
  type AppendPlan,
  appendedOf,
  batchLimitsOf,
  type CommandAnswer,
  newHabits,
  planOf,
  type UploadHabits,
} from './append-plan.ts'
import { uploadStyleOf } from './capabilities.ts'
import { ChannelPool, type Errand } from './channel-pool.ts'
import type { Connector } from './connection.ts'
import { disconnected } from './errors.ts'
import { quotedPath } from './folder-names.ts'
import type { Folders } from './folders.ts'
import type { ImapDestinationOptions } from './options.ts'
import { PoolGrowth } from './pool-growth.ts'
import { asksToCreate } from './refusals.ts'

interface Sent {
  readonly plan: AppendPlan
  /** One per command of the plan. */
  readonly answers: readonly CommandAnswer[]
}

/** The upload side of one destination. */
export class Uploader {
  readonly #connector: Connector
  readonly #folders: Folders
  readonly #pool: ChannelPool
  readonly #trace: ImapDestinationOptions['trace']
  readonly #clock: ImapDestinationOptions['clock']
  readonly #keepsOrder: boolean
  readonly #habits: UploadHabits = newHabits()

  constructor(options: ImapDestinationOptions, connector: Connector, folders: Folders) {
    const { connections, clock, trace, keepsOrder = false } = options
    this.#connector = connector
    this.#folders = folders
    this.#trace = trace
    this.#clock = clock
    this.#keepsOrder = keepsOrder
    this.#pool = new ChannelPool({
      open: (signal) => this.#openChannel(signal),
      growth: new PoolGrowth(keepsOrder ? 1 : connections),
      clock,
      idle: connector.deadlines.idle,
    })
  }

  /** One answer per message, in order. Never throws for what server or network do. */
  async append({ path }: Folder, batch: readonly Outgoing[], signal: AbortSignal): Promise<readonly Appended[]> {
    if (batch.length === 0) return []
    const { plan, answers } = await this.#pool.run<Sent>({
      ...workIn(batch),
      signal,
      work: async (channel) => {
        const plan = planOf(batch, channel.style, this.#habits, this.#folders.limitOf(path))
        return { plan, answers: await this.#sendAll(channel, path, plan.commands) }
      },
      unsent: (error) => allUnsent(batch, error),
    })
    const homeless = plan.commands.filter((_, at) => isHomeless(answers[at]))
    if (homeless.length === 0) return appendedOf(plan, answers)
    const again = await this.#sendToNew(path, homeless, signal)
    const final = plan.commands.map((command, at) => again.get(command) ?? answers[at])
    return appendedOf(
      plan,
      final.flatMap((answer) => answer ?? []),
    )
  }

  /** What makes a good batch now. */
  get batchLimits(): BatchLimits {
    return batchLimitsOf(this.#habits)
  }

  /** Opens the connections that so many messages are worth, before the first of them is here. */
  prepare(messages: number, signal: AbortSignal): void {
    this.#pool.prepare(Math.ceil(messages / this.#habits.batch.count), signal)
  }

  /** Closes the upload connections. */
  close(): Promise<void> {
    return this.#pool.close()
  }

  /** A folder can vanish under our hands; it is created again once, and what it missed is sent again (quirk B07). */
  async #sendToNew(
    path: string,
    commands: readonly AppendCommand[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<AppendCommand, CommandAnswer>> {
    const unsent = (error: MailhaulError) => commands.map((): CommandAnswer => ({ kind: 'unsent', error }))
    const errand: Errand<readonly CommandAnswer[]> = {
      ...workIn(commands.flatMap(({ messages }) => messages)),
      ...{ signal, unsent },
      work: (channel) => this.#sendAll(channel, path, commands),
    }
    const answers = await this.#folders.recreate(path, signal).then(
      () => this.#pool.run(errand),
      (thrown: unknown) => unsent(asMailhaulError(thrown)),
    )
    return new Map(commands.flatMap((command, at) => (answers[at] ? [[command, answers[at]] as const] : [])))
  }

  async #sendAll(
    channel: AppendChannel,
    path: string,
    commands: readonly AppendCommand[],
  ): Promise<readonly CommandAnswer[]> {
    const quoted = quotedPath(path, channel.style.hasUtf8Names)
    if (!this.#keepsOrder) return Promise.all(commands.map((command) => channel.send(quoted, command)))
    const answers: CommandAnswer[] = []
    for (const command of commands) {
      const isHeldBack = answers.at(-1) !== undefined && answers.at(-1)?.kind !== 'stored'
      answers.push(isHeldBack ? { kind: 'held-back' } : await channel.send(quoted, command))
    }
    return answers
  }

  /** imapflow connects and logs in; from here on the socket is ours (architecture.md §4). */
  async #openChannel(signal: AbortSignal): Promise<AppendChannel> {
    const { client } = await this.#connector.open(signal)
    const { where } = this.#connector.circumstances
    if (!client.usable) throw disconnected(where, client.byeReason)
    const style = uploadStyleOf(client.capabilities)
    const { socket } = client.unbind()
    socket.setTimeout(0)
    // The end of a batch must not wait for the acknowledgement of its beginning.
    if (socket instanceof Socket) socket.setNoDelay(true)
    return new AppendChannel(socket, {
      ...{ where, style },
      habits: this.#habits,
      deadlines: this.#connector.deadlines,
      clock: this.#clock,
      trace: this.#trace,
    })
  }
}

function isHomeless(answer: CommandAnswer | undefined): boolean {
  return answer?.kind === 'refused' && asksToCreate(answer.refusal)
}

function allUnsent(batch: readonly Outgoing[], error: MailhaulError): Sent {
  const command = { places: [...batch.keys()], messages: batch, bytes: 0 }
  return { plan: { commands: [command], refused: new Map() }, answers: [{ kind: 'unsent', error }] }
}

function workIn(batch: readonly Outgoing[]): { messages: number; bytes: number } {
  return { messages: batch.length, bytes: batch.reduce((sum, { message }) => sum + message.size, 0) }
}
