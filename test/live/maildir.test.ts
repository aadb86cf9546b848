// Maildir as files: what is delivered is read back, named as servers expect and in the order they number it.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { deliverToMaildir, folderDirectory, readMaildir } from './maildir.ts'

const directory = mkdtempSync(join(tmpdir(), 'mailhaul-maildir-'))
after(() => rmSync(directory, { recursive: true }))

test('names sort in the order of delivery and carry both sizes', () => {
  const maildir = join(directory, 'delivered')
  const messages = Array.from({ length: 50 }, (_, index) => Buffer.from(`\nLF\nCRLF\r\n${'x'.repeat(index)}`))
  deliverToMaildir(maildir, messages, { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 })
  assert.deepEqual(readMaildir(maildir), messages)
  const names = readdirSync(join(maildir, 'new')).sort()
  assert.deepEqual(
    names.map((name) => name.replace(/^[^,]*/, '')),
    messages.map(({ length }) => `,S=${length},W=${length + 2}`),
  )
})

test('messages that Dovecot has numbered come first, by number', () => {
  const maildir = join(directory, 'numbered')
  for (const part of ['cur', 'new']) mkdirSync(join(maildir, part), { recursive: true })
  for (const name of ['cur/a,S=1:2,S', 'cur/b:2,', 'new/c', 'new/d']) writeFileSync(join(maildir, name), name)
  writeFileSync(join(maildir, 'dovecot-uidlist'), '3 V1 N11 G0\n9 W7 :b\n10 :a,S=1\n8 :c\n')
  assert.deepEqual(readMaildir(maildir).map(String), ['new/c', 'cur/b:2,', 'cur/a,S=1:2,S', 'new/d'])
})

test('a folder is a directory beside cur, its name in modified UTF-7', () => {
  assert.equal(folderDirectory('/m', 'INBOX'), '/m')
  assert.equal(folderDirectory('/m', 'Archive/2024'), '/m/.Archive.2024')
  assert.equal(folderDirectory('/m', 'Tom & Été/日本語'), '/m/.Tom &- &AMk-t&AOk-.&ZeVnLIqe-')
})

test('a folder that does not exist holds nothing', () => {
  assert.deepEqual(readMaildir(join(directory, 'nowhere')), [])
})
