// What the protocol trace shows of a connection that imapflow talks on: never how somebody logs in, never a message.
import type { Logger } from 'imapflow'
import { escapeText } from '../../core/printable.ts'

const longestLine = 1000

/** A logger for imapflow that passes on what is said, and nothing else of an entry. */
export function tracingLogger(trace: (line: string) => void): Logger {
  const lines = new TracedLines()
  const talk = (entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return
    const { src, msg } = { src: Reflect.get(entry, 'src'), msg: Reflect.get(entry, 'msg') }
    if ((src === 'c' || src === 's') && typeof msg === 'string') trace(lines.shown(src, msg))
  }
  const ignore = () => undefined
  return { trace: talk, debug: talk, info: ignore, warn: ignore, error: ignore, fatal: ignore }
}

/** The lines of one connection, in order. */
export class TracedLines {
  /** The tag of the command that is logging in. */
  #loggingIn: string | undefined

  /** What may be seen of a line of the client or the server. */
  shown(who: 'c' | 's', text: string): string {
    return who === 'c'
      ? `C ${escapeText(this.#ofClient(text), longestLine)}`
      : `S ${escapeText(this.#ofServer(text), longestLine)}`
  }

  #ofClient(text: string): string {
    const [, tag, login, mechanism = ''] = /^(\S+) (?:(LOGIN)\b|AUTHENTICATE +(\S+))/i.exec(text) ?? []
    if (tag !== undefined) {
      this.#loggingIn = tag
      return login === undefined ? `${tag} AUTHENTICATE ${mechanism} ****` : `${tag} LOGIN ****`
    }
    return this.#loggingIn === undefined ? text : '****'
  }

  #ofServer(text: string): string {
    if (this.#loggingIn !== undefined && text.startsWith('+')) return '+ ****'
    if (this.#loggingIn !== undefined && text.startsWith(`${this.#loggingIn} `)) this.#loggingIn = undefined
    // A short body may come as a quoted string, which imapflow shows (RFC 3501 §4.3).
    return text.replace(
      /(\b(?:BODY|BINARY|RFC822)(?:\.TEXT|\.HEADER)?(?:\[[^\]]*\])?(?:<\d+>)?) +"(?:[^"\\]|\\.)*"/gis,
      '$1 ****',
    )
  }
}
