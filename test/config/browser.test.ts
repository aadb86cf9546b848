// Opening a page in the user's browser: only where there is a desktop, and without a shell.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openPage } from '../../src/config/browser.ts'

const address = "https://login.example/?a=1&b='$(touch /nowhere)'"

test('without a desktop, or without a program that opens pages, nothing is opened', async () => {
  assert.equal(await openPage(address, { PATH: process.env.PATH }, 'linux'), false)
  assert.equal(await openPage(address, { PATH: '/nowhere', DISPLAY: ':9' }, 'linux'), false)
})

test('the program gets the address as one word', { skip: process.platform === 'win32' }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'mailhaul-browser-'))
  try {
    const program = join(directory, 'xdg-open')
    await writeFile(program, '#!/bin/sh\nprintf "%s %s" $# "$1" > "$OUT.part"\nmv "$OUT.part" "$OUT"\n')
    await chmod(program, 0o700)
    const OUT = join(directory, 'opened')
    const env = { PATH: `${directory}:${process.env.PATH}`, DISPLAY: ':9', OUT }
    assert.equal(await openPage(address, env, 'linux'), true)
    while (!existsSync(OUT)) await delay(5)
    assert.equal(await readFile(OUT, 'utf8'), `1 ${address}`)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
