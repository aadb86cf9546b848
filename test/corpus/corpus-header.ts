// Headers of made-up messages: senders, dates over many years, Received chains, lists, and the usual carelessness.

import type { Random } from './random.ts'

const people = [
  ['Alice Archer', 'alice@old.example'],
  ['Bob Baker', 'bob.baker@shop.example'],
  ['"Carol C. Chandler"', 'carol@university.example'],
  ['=?UTF-8?Q?J=C3=BCrgen_M=C3=BCller?=', 'juergen@firma.example'],
  ['=?ISO-8859-1?B?UmVu6Q==?=', 'rene@societe.example'],
  ['Newsletter Team', 'news@letters.example'],
  ['(no name)', 'noreply@robots.example'],
] as const

const subjects = [
  'Minutes of the meeting',
  'Re: Re: Fwd: Holiday plans',
  'Invoice 2019-0042 is attached',
  '=?UTF-8?B?R3LDvMOfZSBhdXMgTcO8bmNoZW4=?=',
  'A rather long subject that goes on and on until the mail program decides\r\n that it has to be folded onto another line',
  '',
  'Gr\xfc\xdfe in raw Latin-1',
  'Your parcel has been delivered',
  '[a-list] digest',
] as const

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const firstDate = Date.UTC(2004, 0, 1)
const span = 20 * 365 * 86_400_000

/** The header block with its blank line; `content` are the fields that the body calls for. */
export function messageHeader(random: Random, index: number, content: readonly string[]): Buffer {
  const sent = firstDate + Math.floor(random.next() * span)
  const [name, address] = random.pick(people)
  const zone = random.pick(['+0000', '+0100', '-0500', '+0530', '-0800'])
  const hasId = !random.chance(0.06)
  const fields = [
    ...received(random, index, sent),
    ...(random.chance(0.03) ? ['Date: not a date at all'] : [`Date: ${dateText(sent, zone)}`]),
    `From: ${name} <${address}>`,
    `To: me${index % 7}@old.example${random.chance(0.2) ? ',\r\n\tsomebody else <else@other.example>' : ''}`,
    ...(hasId
      ? [`Message-ID: <${index.toString(36)}.${random.below(2 ** 31).toString(36)}@${address.split('@')[1]}>`]
      : []),
    // Without a Message-ID the number keeps two messages apart.
    `Subject: ${random.pick(subjects)}${hasId ? '' : ` #${index}`}`,
    ...(random.chance(0.25) ? list(random, index) : []),
    ...(random.chance(0.1) ? [`X-Spam-Status: No, score=${random.below(50) / 10}`] : []),
    ...content,
  ]
  return Buffer.from(`${fields.join('\r\n')}\r\n\r\n`, 'latin1')
}

function received(random: Random, index: number, sent: number): string[] {
  const hops = random.below(4)
  return Array.from({ length: hops }, (_, hop) => {
    const at = dateText(sent + (hops - hop) * 2000, '+0000')
    return `Received: from relay${hop}.example ([192.0.2.${hop + 1}])\r\n\tby mx${hop}.old.example with ESMTPS id ${index.toString(36)}${hop};\r\n\t${at}`
  })
}

function list(random: Random, index: number): string[] {
  const name = random.pick(['dev', 'announce', 'choir'])
  return [`List-Id: The ${name} list <${name}.lists.example>`, 'Precedence: list', `X-Sequence: ${index}`]
}

function dateText(time: number, zone: string): string {
  const date = new Date(time)
  const two = (value: number) => String(value).padStart(2, '0')
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  return `${days[date.getUTCDay()]}, ${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()} ${clock} ${zone}`
}
