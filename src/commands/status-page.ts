// Opens the status page of a watch where the configuration or the command line asks for one.
import { listenInstead, parseListen, usualListen } from '../config/listen.ts'
import { resolveOwnSecret } from '../config/own-secrets.ts'
import type { Config } from '../config/schema.ts'
import type { UserMask } from '../config/user-names.ts'
import { MailhaulError } from '../core/errors.ts'
import type { WatchFailure, WatchView } from '../core/watch.ts'
import type { StatusServer } from '../http/server.ts'
import { version } from '../version.ts'
import type { CommandContext } from './context.ts'

/** What the page is about. */
export interface StatusPageParts {
  readonly config: Config
  /** The address on the command line, which wins. */
  readonly address: string | undefined
  readonly view: () => WatchView
  readonly notifications: () => { readonly sent: number; readonly failed: number }
  /** Takes user names out, by the configuration in use. */
  readonly nameless: () => UserMask
}

/**
 * Listens, where that is wanted. Errors: usage and config, where the address is wrong, or open to others without a token;
 * connect, where it is taken or not there; secret, where the token cannot be had.
 */
export async function openStatusPage(
  { config, address, view, notifications, nameless }: StatusPageParts,
  context: CommandContext,
): Promise<StatusServer | undefined> {
  const { http } = config
  if (http === undefined && address === undefined) return undefined
  const listen = address === undefined ? (http?.listen ?? usualListen) : listenOf(address)
  const token = http?.token && (await resolveOwnSecret(http.token, 'the token of the status page', config))
  if (token !== undefined) context.onSecret(token)
  // Only who has a status page pays for it.
  const { startStatusServer } = await import('../http/server.ts')
  const masked = masker({
    reason: (text) => nameless().reason(context.mask(text)),
    hint: (text) => nameless().hint(context.mask(text)),
  })
  const server = await startStatusServer({ ...listen, token, version, view: () => masked(view()), notifications })
  context.remark(`Status page: ${server.url}`)
  return server
}

function listenOf(address: string) {
  const listen = parseListen(address)
  if (listen.ok) return listen.value
  const message = `The address for --http cannot be used: ${listen.problem}.`
  const hint = `${listenInstead.slice(0, 1).toUpperCase()}${listenInstead.slice(1)}.`
  throw new MailhaulError({ code: 'usage', scope: 'run', retry: 'never', message, hint })
}

/**
 * A server may say a secret back. With the secrets of a thousand pairs masking a text takes milliseconds: so only what is
 * looked at is masked, and each text once.
 */
function masker(mask: UserMask): (view: WatchView) => WatchView {
  const known = new WeakMap<object, Sentences>()
  const masked = <T extends Sentences>(of: T): T => {
    const lazy = known.get(of) ?? maskedWhenRead(of, mask)
    known.set(of, lazy)
    return Object.defineProperties({ ...of }, Object.getOwnPropertyDescriptors(lazy))
  }
  return (view) => {
    const pairs = view.pairs.map((pair) => {
      const { failure, toDo } = pair
      if (failure === undefined && toDo === undefined) return pair
      return { ...pair, failure: failure && masked(failure), toDo: toDo && masked(toDo) }
    })
    return { ...view, pairs }
  }
}

type Sentences = Pick<WatchFailure, 'reason' | 'hint'>

function maskedWhenRead(sentences: Sentences, mask: UserMask): Sentences {
  let [reason, hint]: (string | undefined)[] = []
  return {
    get reason() {
      reason ??= mask.reason(sentences.reason)
      return reason
    },
    get hint() {
      hint ??= sentences.hint && mask.hint(sentences.hint)
      return hint
    },
  }
}
