// Folders: paths, special uses and templates.
import { describe, it } from 'node:test'
import { parseFolder } from '../../src/config/folder.ts'
import { table } from './table.ts'

describe('folders', () => {
  it('are paths, special uses or templates', () => {
    table(parseFolder, [
      ['INBOX', 'INBOX'],
      ['Archive/2015', 'Archive/2015'],
      ['Archive/{year}-{month}', 'Archive/{year}-{month}'],
      ['Entwürfe & mehr', 'Entwürfe & mehr'],
      ['\\Sent', '\\Sent'],
      ['\\\\sent', '\\Sent'],
      ['\\JUNK', '\\Junk'],
    ])
    const refused = [
      '/',
      '/a',
      'a/',
      'a//b',
      ' ',
      'a/ /b',
      '{day}',
      '{year',
      '{Year}',
      'a\0b',
      'a\nb',
      'a\u200bb',
      '\\All',
      '\\Inbox',
      '\\Sent/a',
      '\\',
    ]
    table(
      parseFolder,
      refused.map((folder) => [folder, undefined]),
    )
  })
})
