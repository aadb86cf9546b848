// Documents in which every text that comes from mail, servers or configurations wants to be more than text.

/** What hostile text tries; each would call `canary`, load something, or turn the page around. */
export const hostileTexts = [
  '<script>canary(1)</script>',
  '"><img src=x onerror=canary(2)>',
  "' onmouseover='canary(3)' autofocus onfocus='canary(3)",
  '</style></title></textarea><svg onload=canary(4)>',
  '<a href="javascript:canary(5)">click</a><base href=//evil.example/>',
  '--><iframe srcdoc="<script>parent.canary(6)</script>"></iframe><!--',
  '<meta http-equiv=refresh content="0;url=//evil.example"><link rel=stylesheet href=//evil.example/x.css>',
  'abc\u202egpj.exe\u202c \u2066\u061c\u200b\u00ad',
  'NUL \u0000 ESC \u001b[2J bell \u0007 line\r\nline\u2028line',
  'half \ud83d and half \udcec of a letter',
  `${'w'.repeat(5000)}`,
  '\u05d4\u05d5\u05d3\u05e2\u05d4 \u05d7\u05e9\u05d5\u05d1\u05d4 (123) \u0631\u0633\u0627\u0644\u0629',
  '&lt;script&gt; &amp;#60;script&amp;#62; {{canary(7)}} <%= canary(8) %> `canary(9)`',
  'Z\u0351\u0351\u0351\u0351\u0351a\u0323\u0323\u0323\u0323l\u0300\u0300go \ufffe\uffff \u{e0041}',
]

/** Fields that the schemas hold to a few words, numbers or dates. */
const fixed = new Set([
  'kind',
  'outcome',
  'scope',
  'retry',
  'dateRule',
  'severity',
  'action',
  'proof',
  'startedAt',
  'madeAt',
  'keyBase64',
])

/** The same value with every free text replaced by a hostile one; each in its turn, so that all of them get everywhere. */
export function poisoned<T>(value: T, turn = { at: 0 }): T {
  return replaced(value, turn) as T
}

function replaced(value: unknown, turn: { at: number }): unknown {
  if (typeof value === 'string') {
    turn.at += 1
    return hostileTexts[turn.at % hostileTexts.length]
  }
  if (Array.isArray(value)) return value.map((item) => replaced(item, turn))
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).map(([name, field]) => [name, fixed.has(name) ? field : replaced(field, turn)])
  return Object.fromEntries(fields)
}
