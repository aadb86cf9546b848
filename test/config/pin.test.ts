// Pins: every spelling of one fingerprint.
import { describe, it } from 'node:test'
import { parsePin } from '../../src/config/pin.ts'
import { table } from './table.ts'

describe('pins', () => {
  it('mean the same in every spelling', () => {
    const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index * 7))
    const hex = bytes.toString('hex')
    const colons = (hex.match(/../g) ?? []).join(':')
    const base64 = bytes.toString('base64')
    const spellings = [hex, hex.toUpperCase(), colons, colons.toUpperCase(), base64, base64.replace('=', '')]
    const marked = [`sha256:${hex}`, `SHA-256:${colons}`, `sha256//${base64}`, `SHA256=${base64}`, ` ${hex} `]
    table(
      parsePin,
      [...spellings, ...marked].map((pin) => [pin, hex]),
    )
  })

  it('are refused when they are something else', () => {
    const others = [
      '',
      'abc',
      'a'.repeat(40),
      'a'.repeat(63),
      'g'.repeat(64),
      'a'.repeat(65),
      `sha1:${'a'.repeat(64)}`,
      `${'A'.repeat(44)}=`,
    ]
    table(
      parsePin,
      others.map((pin) => [pin, undefined]),
    )
  })
})
