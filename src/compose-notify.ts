// Turns what the configuration says of notifications into a notifier.
import { environmentForOthers } from './config/environment.ts'
import { resolveWebhook } from './config/own-secrets.ts'
import type { Config } from './config/schema.ts'
import type { NotifyConfig } from './config/schema-service.ts'
import { maskUsers } from './config/user-names.ts'
import type { MailhaulError } from './core/errors.ts'
import type { Pair } from './core/pair.ts'
import type { Clock } from './core/ports.ts'
import type { OpenEnds } from './engine/haul.ts'
import { commandTarget } from './notify/command.ts'
import { inboxTarget } from './notify/inbox.ts'
import { Notifier } from './notify/notifier.ts'
import type { Target } from './notify/target.ts'
import { webhookTarget } from './notify/webhook.ts'
import { version } from './version.ts'

export type { Notifier } from './notify/notifier.ts'

/** What a notifier needs of the run that it tells of. */
export interface NotifyParts {
  readonly config: Config
  readonly pairs: readonly Pair[]
  readonly openEnds: OpenEnds
  readonly clock: Clock
  readonly mask: (text: string) => string
  readonly onSecret: (secret: string) => void
  readonly onFailure: (error: MailhaulError, next: number | undefined) => void
  /** Milliseconds before each further try. */
  readonly pauses: readonly number[]
  /** The run is over soon: see there. */
  readonly isBrief: boolean
  readonly stop: AbortSignal
  readonly kill: AbortSignal
}

/** A notifier for the pairs of a configuration; it tells nobody where nobody wants to be told. */
export function composeNotifier(parts: NotifyParts): Notifier {
  const { clock, mask, pauses, isBrief, onFailure, stop, kill } = parts
  const targets = parts.config.notify.map((one) => targetOf(one, parts))
  return new Notifier({ targets, clock, mask, pauses, isBrief, onFailure, stop, kill })
}

function targetOf(one: NotifyConfig, { config, pairs, openEnds, onSecret }: NotifyParts): Target {
  const { on } = one
  if ('command' in one) {
    return commandTarget({ on, command: one.command, env: environmentForOthers(config), version })
  }
  if ('webhook' in one) {
    const url = async () => {
      const address = await resolveWebhook(one.webhook, config)
      onSecret(address)
      return address
    }
    return nameless(webhookTarget({ on, url, version }), config)
  }
  const byName = new Map(pairs.map((pair) => [pair.name, pair]))
  // What is learned of the servers on the way is not worth remembering.
  const habits = { get: () => undefined, set: () => undefined }
  return inboxTarget({
    on,
    open: async (name) => {
      const pair = byName.get(name)
      if (pair === undefined) throw new Error(`no pair ${name}`)
      return (await openEnds(pair, habits)).destination
    },
  })
}

/** What leaves this machine names no users. */
function nameless(target: Target, config: Config): Target {
  const mask = maskUsers(config)
  const tell: Target['tell'] = ({ reason, hint, ...telling }, signal) =>
    target.tell({ ...telling, reason: reason && mask.reason(reason), hint: hint && mask.hint(hint) }, signal)
  return { ...target, tell }
}
