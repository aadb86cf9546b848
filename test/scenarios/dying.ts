// A run whose process is killed by a message: nothing that it would have written afterwards is written.
import type { PairSummary } from '../../src/core/events.ts'
import type { PairLedger } from '../../src/core/ports.ts'
import type { Ends } from '../../src/engine/haul.ts'
import { forgetEnd } from '../ledger/place.ts'
import type { RunOptions, World } from './world.ts'

/** Thrown where the process is dead. */
class Dead extends Error {}

/** When the process is killed: by a message of this size that comes in or goes out, or when so many batches go out. */
export interface Death {
  readonly fetching?: number
  readonly appending?: number
  readonly appends?: number
  /** Dies with the answers to so many batches in its hands. */
  readonly afterAppends?: number
}

/** One run that may be killed; `died` tells whether it was. */
export async function mortalRun(
  world: World,
  death: Death,
  options: RunOptions = {},
): Promise<PairSummary & { readonly died: boolean }> {
  let died = false
  const die = () => {
    died = true
    throw new Dead()
  }
  const live = () => {
    if (died) throw new Dead()
  }
  const summary = await world.run({
    ...options,
    ends: (ends) => mortal(ends, death, die, live),
    ledger: (ledger) => guarded(ledger, ['open'], live, (book) => guarded(book as PairLedger, writing, live)),
  })
  if (died) forgetEnd(world.ledgerPath)
  return { ...summary, died }
}

const writing = ['begin', 'settle', 'rekey', 'markRemoval', 'markAbsent', 'setComparedTo', 'setHabit', 'count']

function mortal({ source, destination }: Ends, death: Death, die: () => never, live: () => void): Ends {
  let appends = 0
  return {
    source: {
      open: async (signal) => {
        live()
        const session = await source.open(signal)
        return guarded(session, [], live, undefined, {
          fetch: async function* (...given: Parameters<typeof session.fetch>) {
            for await (const fetched of session.fetch(...given)) {
              live()
              if (fetched.kind === 'message' && fetched.message.size === death.fetching) die()
              yield fetched
            }
          },
        })
      },
    },
    destination: guarded(destination, ['ensure', 'find'], live, undefined, {
      append: async (...given: Parameters<typeof destination.append>) => {
        live()
        appends += 1
        const isLast = appends === death.appends
        if (isLast || given[1].some(({ message }) => message.size === death.appending)) die()
        const answers = await destination.append(...given)
        if (appends === death.afterAppends) die()
        return answers
      },
    }),
  }
}

/** The same object, some of its methods dead when the process is. */
function guarded<T extends object>(
  original: T,
  methods: readonly string[],
  live: () => void,
  result: (value: object) => unknown = (value) => value,
  instead: Readonly<Record<string, unknown>> = {},
): T {
  return new Proxy(original, {
    get: (target, name) => {
      if (typeof name === 'string' && name in instead) return instead[name]
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (typeof name !== 'string' || !methods.includes(name)) return value.bind(target)
      return (...given: unknown[]) => {
        live()
        return result(value.apply(target, given))
      }
    },
  })
}
