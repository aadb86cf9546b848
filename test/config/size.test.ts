// Sizes: units, fractions, and what could mean two things.
import { describe, it } from 'node:test'
import { parseSize } from '../../src/config/size.ts'
import { table } from './table.ts'

describe('sizes', () => {
  it('are bytes, with decimal and binary units', () => {
    table<string | number, number>(parseSize, [
      [1, 1],
      [52_428_800, 52_428_800],
      ['52428800', 52_428_800],
      ['1B', 1],
      ['50MB', 50_000_000],
      ['50 MiB', 52_428_800],
      ['50mb', 50_000_000],
      ['1.5GB', 1_500_000_000],
      ['1.5 kB', 1500],
      ['0.5KiB', 512],
      ['2GiB', 2_147_483_648],
      ['1.0000001kB', 1000],
    ])
  })

  it('are refused where they could mean two things or nothing', () => {
    const refused = [
      '',
      ' ',
      '50M',
      '50k',
      'MB',
      '1,5MB',
      '-1',
      '1e6',
      '0',
      '0.1B',
      '5 TB',
      '5 bytes',
      '1 constructor',
      'Infinity',
    ]
    table<string | number, number>(
      parseSize,
      refused.map((size) => [size, undefined]),
    )
    table<string | number, number>(
      parseSize,
      [0, -5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60].map((size) => [size, undefined]),
    )
  })
})
