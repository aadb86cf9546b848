// Makes text from servers and mail safe to print: it may hold terminal commands or text that reads backwards.

// C0 and C1 controls, line and paragraph separators, marks and overrides of writing direction, invisible characters,
// and halves of surrogate pairs.
const unprintable = /[\p{Cc}\p{Cs}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u

/**
 * The first `limit` characters with everything unprintable written as `\x1b` or `\u202e`, and an ellipsis where more
 * was cut off. The result may be longer than `limit`, but holds no line ends.
 */
export function escapeText(text: string, limit: number): string {
  let escaped = ''
  let count = 0
  for (const character of text) {
    if (count === limit) return `${escaped}…`
    escaped += unprintable.test(character) ? escapeOf(character) : character
    count += 1
  }
  return escaped
}

function escapeOf(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** JSON escapes C0 only: the controls, directions and invisible marks that terminals act on are escaped as well. */
export function harmlessJson(json: string): string {
  return json.replace(/[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu, (found) =>
    Array.from({ length: found.length }, (_, at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`).join(
      '',
    ),
  )
}
