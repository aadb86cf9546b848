// Builds HTML in which every value is escaped unless it is markup itself: nothing gets onto a page by accident.
import { escapeText } from '../core/printable.ts'

/** HTML that is safe to put onto a page as it is. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What may stand in a template: markup, text to be escaped, lists of both; nothing for undefined and false. */
export type Content = Markup | string | number | undefined | false | readonly Content[]

/** Longest text taken over from outside, in characters. */
const longest = 2000

/** A template whose values are escaped; also safe between the quotes of an attribute. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(parts.map((part, at) => part + render(values[at])).join(''))
}

function render(content: Content): string {
  if (content === undefined || content === false) return ''
  if (content instanceof Markup) return content.text
  if (typeof content === 'object') return content.map(render).join('')
  return escapeMarkup(String(content))
}

/** Text from mail or from a server: its writing direction stays its own, and no more than `limit` characters are shown. */
export function foreign(text: string, limit: number): Markup {
  return new Markup(`<bdi>${escapeMarkup(text, limit)}</bdi>`)
}

// Characters that are invisible or turn text around are written out first: a name must not look like another one.
function escapeMarkup(text: string, limit = longest): string {
  return escapeText(text, limit).replaceAll(/[&<>"'`]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
