// A fixed list of messages that break things, each with a name that says what is strange about it.

/** One hard case as exact bytes. */
export type StrangeMessage = { readonly name: string; readonly bytes: Uint8Array }

const header =
  'From: a@old.example\r\nTo: b@old.example\r\nSubject: strange\r\nDate: Mon, 06 May 2013 10:00:00 +0000\r\n'
const withBody = (body: string) => `${header}\r\n${body}`

const cases: readonly (readonly [name: string, latin1: string])[] = [
  ['first-line-dot', '.X-Odd: 1\r\nSubject: begins with a dot\r\n\r\nbody\r\n'],
  ['first-line-two-dots', '..X-Odd: 1\r\n\r\nbody\r\n'],
  ['forged-reply', '.\r\n+OK 999 octets\r\nSubject: forged\r\n\r\nnot from this server\r\n'],
  ['forged-error', '.\r\n-ERR [SYS/PERM] no such message\r\n\r\nbody\r\n'],
  ['forged-terminator-inside', withBody('before\r\n.\r\n+OK 12 octets\r\nafter\r\n')],
  ['only-dots', '.\r\n.\r\n..\r\n...\r\n'],
  ['dots-at-line-starts', withBody('.\r\n..\r\n.a\r\n..a\r\na.\r\n')],
  ['header-only', header],
  ['header-without-final-newline', header.slice(0, -2)],
  ['body-only', '\r\nno header at all\r\n'],
  ['one-byte', 'x'],
  ['one-dot', '.'],
  ['lone-crlf', '\r\n'],
  ['lone-lf', '\n'],
  ['lone-cr', '\r'],
  ['nul-bytes', withBody('before\0after\r\n\0\r\nend\r\n')],
  ['nul-in-header', `X-Nul: a\0b\r\n${withBody('body\r\n')}`],
  ['bare-cr', withBody('one\rtwo\r\n\rthree\r\n')],
  ['bare-lf', withBody('one\ntwo\n.\nthree\r\n')],
  ['lf-only', withBody('all\r\nlines\r\n').replaceAll('\r\n', '\n')],
  ['crcrlf', withBody('one\r\r\ntwo\r\r\n.\r\r\n')],
  ['ends-in-cr', withBody('last line\r')],
  ['no-final-newline', withBody('last line without an end')],
  ['ends-in-dot', withBody('last line\r\n.')],
  ['many-blank-lines', withBody('\r\n'.repeat(50))],
  ['eight-bit-header', `Subject: Gr\xfc\xdfe\r\nFrom: \xe9\xe8 <a@old.example>\r\n\r\nbody\r\n`],
  ['utf8-header', `Subject: Gr\xc3\xbc\xc3\x9fe\r\nFrom: a@old.example\r\n\r\nbody\r\n`],
  ['eight-bit-body', withBody('caf\xe9 \xff\xfe\x80\r\n')],
  ['invalid-utf8', withBody('\xc3\x28 \xed\xa0\x80 \xf8\x88\x80\x80\x80\r\n')],
  ['byte-order-mark', `\xef\xbb\xbf${withBody('body\r\n')}`],
  ['all-byte-values', withBody(`${String.fromCharCode(...Array(256).keys())}\r\n`)],
  ['empty-headers', 'Subject:\r\nMessage-ID:\r\nDate:\r\nFrom:\r\n\r\nbody\r\n'],
  ['header-without-colon', `${header}this line has no colon\r\n\r\nbody\r\n`],
  ['blank-before-colon', `Subject : strange\r\n${withBody('body\r\n')}`],
  ['first-header-folded', ` continuation of nothing\r\n${withBody('body\r\n')}`],
  ['whitespace-line-in-header', `${header} \t \r\nX-After: yes\r\n\r\nbody\r\n`],
  ['invalid-dates', 'Received: by x; yesterday\r\nDate: 31 Feb 99999 25:61:61 +9999\r\nSubject: when\r\n\r\nbody\r\n'],
  ['date-before-1970', 'Date: Mon, 01 Jan 1900 00:00:00 +0000\r\nSubject: old\r\n\r\nbody\r\n'],
  ['date-in-the-future', 'Date: Fri, 01 Jan 2199 00:00:00 +0000\r\nSubject: early\r\n\r\nbody\r\n'],
  ['two-digit-year', 'Date: 6 May 99 10:00 EST\r\nSubject: y2k\r\n\r\nbody\r\n'],
  ['from-line', 'From a@old.example Mon May  6 10:00:00 2013\r\nSubject: mbox\r\n\r\nFrom here on\r\n>From there\r\n'],
  ['no-message-id', withBody('nobody gave me a number\r\n')],
  ['folded-message-id', `Message-ID:\r\n <folded@old.example>\r\n${withBody('body\r\n')}`],
  ['imap-lookalike', withBody(') {5}\r\nA1 OK APPEND completed\r\n* BYE\r\n')],
  [
    'unclosed-mime',
    `MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n${withBody('--x\r\n\r\nno end\r\n')}`,
  ],
  ['binary-transfer-encoding', `Content-Transfer-Encoding: binary\r\n${withBody('\0\x01\x02\xff\r\n')}`],
  ['utf16-body', withBody(Buffer.from('h\u00e9llo\r\n', 'utf16le').toString('latin1'))],
]

/** The hard cases, the same bytes every time. Two are large: a line of 1 MB, and a header of 200 kB. */
export function strangeMessages(): StrangeMessage[] {
  const small = cases.map(([name, text]) => ({ name, bytes: Buffer.from(text, 'latin1') }))
  const line = Buffer.concat([Buffer.from(`${header}\r\n`), Buffer.alloc(1_000_000, 'x'), Buffer.from('\r\n')])
  const longHeader = `X-Long: ${'folded line of a very long header\r\n '.repeat(5_500)}end\r\n${withBody('body\r\n')}`
  return [...small, { name: 'one-megabyte-line', bytes: line }, { name: 'long-header', bytes: Buffer.from(longHeader) }]
}

/** One hard case by its name; throws if there is none. */
export function strangeMessage(name: string): Uint8Array {
  const found = strangeMessages().find((message) => message.name === name)
  if (!found) throw new Error(`no strange message ${name}`)
  return found.bytes
}
