// Options of Dovecot's POP3 server: unique-ids from X-UIDL headers that messages have in common, and no flags for what was read.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { mail } from '../core/rows.ts'
import type { DovecotServer } from './dovecot.ts'
import { pop3 } from './dovecot-plugins.ts'
import { describeLive } from './live.ts'
import { dovecot, withLive } from './live-bench.ts'

/** Copied messages keep the header that names them: three are called the same, and all have one size. */
const named = (number: number, uidl: string) => Buffer.concat([Buffer.from(`X-UIDL: ${uidl}\r\n`), mail(number)])
const messages = [named(1, 'same'), named(2, 'same'), named(3, 'other'), mail(4), named(5, 'same')]
const newcomer = named(6, 'same')

describeLive('Dovecot with unique-ids from headers', ['dovecot'], () => {
  for (const [duplicates, quirk] of [
    ['allow', 'A18'],
    ['rename', 'A19'],
  ] as const) {
    const source = dovecot({ config: pop3('pop3_reuse_xuidl = yes', `pop3_uidl_duplicates = ${duplicates}`) })

    test(`pop3_uidl_duplicates=${duplicates}: a message that takes over a name is not taken for another (${quirk})`, () =>
      withLive({ source, destination: dovecot(), messages }, async (bench) => {
        const first = await bench.syncs({ copied: 5 })
        assert.match(first.warnings.join(), /3 messages share their unique-id with another/)
        await bench.syncs({ 'already-there': 5 })
        await bench.holds(messages)
        removeFile(bench.source, messages[0])
        await bench.source.deliver('alice', [newcomer])
        await bench.syncs({ 'already-there': 4, copied: 1 })
        await bench.syncs({ 'already-there': 5 })
        await bench.holds([...messages, newcomer], [...messages.slice(1), newcomer])
        await bench.forgetLedger()
        await bench.syncs({ adopted: 5 })
        await bench.holds([...messages, newcomer], [...messages.slice(1), newcomer])
      }))

    test(`pop3_uidl_duplicates=${duplicates}: with leave: delete, what takes over a name is not removed unread`, () =>
      withLive({ source, destination: dovecot(), messages, sourceKeys: 'leave: delete' }, async (bench) => {
        await bench.syncs({ copied: 5 })
        for (const newcomer of [named(6, 'same'), named(7, 'same'), named(8, 'other')]) {
          removeFile(bench.source, (await bench.source.messages('alice'))[0])
          await bench.source.deliver('alice', [newcomer])
          await bench.sync()
        }
        const arrived = [...messages, named(6, 'same'), named(7, 'same'), named(8, 'other')]
        await bench.holds(arrived, await bench.source.messages('alice'))
      }))
  }
})

describeLive('Dovecot with pop3_no_flag_updates', ['dovecot'], () => {
  for (const [config, seen] of [
    ['', 5],
    [pop3('pop3_no_flag_updates = yes'), 0],
  ] as const) {
    test(`${config === '' ? 'without it, what was fetched is marked as seen' : 'with it, nothing is'}: all moves the same`, () =>
      withLive({ source: dovecot({ config }), destination: dovecot(), messages }, async (bench) => {
        await bench.syncs({ copied: 5 })
        await bench.syncs({ 'already-there': 5 })
        await bench.holds(messages)
        const names = readdirSync(join(bench.source.mailDir('alice'), 'cur'))
        assert.equal(names.filter((name) => /:2,\w*S/.test(name)).length, seen)
      }))
  }
})

/** What another program does that empties the maildrop. */
function removeFile(server: DovecotServer, message: Uint8Array | undefined): void {
  const parts = ['cur', 'new'].map((part) => join(server.mailDir('alice'), part))
  const files = parts.flatMap((part) => readdirSync(part).map((name) => join(part, name)))
  const found = files.filter((file) => message && readFileSync(file).equals(message))
  for (const file of found) rmSync(file)
}
