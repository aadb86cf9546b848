// A real SIGKILL while a daily budget is being spent: what was moved is counted, whatever the process could still write.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { mail } from '../core/rows.ts'
import { withWorld } from '../scenarios/world.ts'
import { compileCache } from './place.ts'

const cache = compileCache()
const messages = Array.from({ length: 8 }, (_, number) => mail(number, 'x'.repeat(500)))

for (const step of ['after ledger count', 'message fetched', 'after APPEND', 'after ledger settle']) {
  test(`killed at "${step}", a process has counted all that it moved`, () =>
    withWorld({ messages }, async (world) => {
      const file = join(world.directory, 'mailhaul.yaml')
      const end = (port: number) =>
        `{ host: 127.0.0.1, port: ${port}, tls: none, user: alice, password: { env: SECRET }, limits: { bytesPerDay: 1MB } }`
      await writeFile(
        file,
        `ledger: ./ledger.db\npairs:\n  - name: pair\n    source: ${end(world.pop3.port)}\n    destination: ${end(world.imap.port)}\n`,
      )
      const child = spawn(process.execPath, [join(import.meta.dirname, 'child.ts'), file, step], {
        env: { SECRET: 'correct horse', NODE_COMPILE_CACHE: cache },
        stdio: 'ignore',
      })
      const [, signal] = await once(child, 'close')
      assert.equal(signal, 'SIGKILL')
      const moved = world.imap.folder('alice', 'INBOX').messages.reduce((sum, { bytes }) => sum + bytes.length, 0)
      const database = new DatabaseSync(world.ledgerPath, { readOnly: true })
      const rows = database.prepare('SELECT sum(bytes) AS bytes FROM budget GROUP BY name').all()
      database.close()
      assert.equal(rows.length, 2, 'both ends are counted')
      for (const { bytes } of rows) assert.ok(Number(bytes) >= moved && Number(bytes) > 0, `${bytes} for ${moved}`)
    }))
}
