// A POP3 server that misbehaves and a source that has to get along with it, set up and torn down around one test.
import type { Listed, Message } from '../../../src/core/message.ts'
import type { Fetched, Habits, Source, SourceSession } from '../../../src/core/ports.ts'
import { systemClock } from '../../../src/engine/clock.ts'
import { createPop3Source, type Pop3Options } from '../../../src/sources/pop3/source.ts'
import type { MaildropMessage } from '../../servers/maildrop.ts'
import { type Pop3Server, type Pop3ServerOptions, startPop3Server } from '../../servers/pop3-server.ts'
import { MemorySpool } from './memory-spool.ts'

export const user = 'alice'
export const password = 'hunter2 & co'
export const token = 'ya29.token-of-alice'
export const signal = new AbortController().signal

/** Habits that a test can look at. */
export class TestHabits implements Habits {
  readonly values = new Map<string, string>()

  get(name: string): string | undefined {
    return this.values.get(name)
  }

  set(name: string, value: string): void {
    this.values.set(name, value)
  }
}

/** What a test has at hand. */
export interface Rig {
  readonly server: Pop3Server
  readonly source: Source
  readonly spool: MemorySpool
  readonly habits: TestHabits
  /** The protocol trace so far. */
  readonly trace: string[]
}

/** How to set up a rig: messages, what the server does wrong, what the source is told otherwise. */
export interface RigOptions extends Partial<Pop3ServerOptions> {
  readonly messages?: readonly (MaildropMessage | string | Uint8Array)[]
  readonly source?: Partial<Pop3Options>
  readonly spool?: MemorySpool
  readonly habits?: Readonly<Record<string, string>>
}

/** Runs a test with a server of its own. */
export async function withRig(options: RigOptions, test: (rig: Rig) => Promise<void>): Promise<void> {
  const server = await startPop3Server({
    users: [{ user, password, token, messages: maildropOf(options) }],
    ...options,
  })
  const habits = new TestHabits()
  for (const [name, value] of Object.entries(options.habits ?? {})) habits.set(name, value)
  const trace: string[] = []
  try {
    const source = createPop3Source(
      sourceOptions(server.port, { trace: (line) => trace.push(line), remember: habits, ...options.source }),
    )
    await test({ server, source, spool: options.spool ?? new MemorySpool(), habits, trace })
  } finally {
    await server.stop()
  }
}

/** Options for a source on this machine, without TLS, patient for a few seconds at most. */
export function sourceOptions(port: number, more: Partial<Pop3Options> = {}): Pop3Options {
  return {
    host: '127.0.0.1',
    port,
    tls: 'none',
    tlsOptions: { ca: [], fingerprints: [], minVersion: 'TLSv1.2' },
    allowPlaintext: false,
    credentials: { kind: 'password', user, password: async () => password },
    clock: systemClock,
    ...more,
  }
}

/** Runs a test with a session that is opened, and dropped at the end. */
export function withSession(
  options: RigOptions,
  test: (session: SourceSession, rig: Rig) => Promise<void>,
): Promise<void> {
  return withRig(options, async (rig) => {
    const session = await rig.source.open(signal)
    try {
      await test(session, rig)
    } finally {
      session.abandon()
    }
  })
}

/** What became of one message, as plain text. */
export function told(fetched: Fetched): string {
  if (fetched.kind === 'message') return textOf(fetched.message)
  return `${fetched.kind}${fetched.kind === 'failed' ? ` ${fetched.error.code}` : ''}`
}

/** Fetches all of a listing and lets the messages go at once. */
export async function fetchAll(session: SourceSession, messages: readonly Listed[], { spool }: Rig): Promise<string[]> {
  const results: string[] = []
  for await (const fetched of session.fetch(messages, spool, signal)) {
    results.push(told(fetched))
    if (fetched.kind === 'message') fetched.message.release()
  }
  return results
}

/** Lists and fetches everything. */
export async function listAndFetch(session: SourceSession, rig: Rig): Promise<string[]> {
  const { messages } = await session.list(signal)
  return fetchAll(session, messages, rig)
}

/** A message's bytes as latin1. */
export function textOf(message: Message): string {
  return Buffer.from(message.bytes ?? []).toString('latin1')
}

/** A small message that is told from others by its number. */
export function mail(number: number, body = `body of ${number}`): string {
  return `Subject: message ${number}\r\nFrom: bob@example.com\r\n\r\n${body}\r\n`
}

/** So many small messages. */
export function mails(count: number): string[] {
  return Array.from({ length: count }, (_, index) => mail(index + 1))
}

function maildropOf({ messages = [] }: RigOptions): MaildropMessage[] {
  return messages.map((message, index) => {
    if (typeof message !== 'string' && !(message instanceof Uint8Array)) return message
    const bytes = typeof message === 'string' ? Buffer.from(message, 'latin1') : message
    return { uidl: `key-${index + 1}`, bytes }
  })
}
