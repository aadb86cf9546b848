// Where the chaos happens: real servers with an unused account per iteration, shared by all iterations.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DovecotServer, startDovecot } from '../live/dovecot.ts'
import type { User } from '../live/user.ts'

/** How a destination takes messages: many per command (MULTIAPPEND, RFC 3502) or each with its own. */
export type Appending = 'batch' | 'single'

/** Dovecots that know the same accounts. */
export interface Ground {
  readonly source: DovecotServer
  readonly destinations: Readonly<Record<Appending, DovecotServer>>
  /** For everything the iterations write. */
  readonly directory: string
  /** An account that nobody has used; throws when there is none left. */
  nextUser(): User
  stop(): Promise<void>
}

// All that matters here of what Dovecot says by itself, but for MULTIAPPEND.
const withoutMultiappend = 'imap_capability = IMAP4rev1 SASL-IR ID ENABLE IDLE LITERAL+ NAMESPACE UIDPLUS UNSELECT'

/** Starts the servers with accounts for so many iterations. The caller stops them. */
export async function startGround(iterations: number): Promise<Ground> {
  const users = Array.from({ length: iterations }, (_, index) => ({ name: `u${index}`, password: `secret-${index}` }))
  const source = await startDovecot({ users })
  const destinations = {
    batch: await startDovecot({ users }),
    single: await startDovecot({ users, config: withoutMultiappend }),
  }
  const directory = await mkdtemp(join(tmpdir(), 'mailhaul-chaos-'))
  const unused = users.values()
  return {
    source,
    destinations,
    directory,
    nextUser: () => {
      const { value } = unused.next()
      if (value === undefined) throw new Error('every account has been used')
      return value
    },
    stop: async () => {
      await Promise.all([source, destinations.batch, destinations.single].map((server) => server.stop()))
      await rm(directory, { recursive: true, force: true })
    },
  }
}
