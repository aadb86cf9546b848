// Notifications through a change of the configuration: what is told last is told last.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { Notifications } from '../../src/commands/notifications.ts'
import { compose } from '../../src/compose.ts'
import { checkConfig } from '../../src/config/check.ts'
import { heldClock } from '../engine/held-clock.ts'
import { notice, over } from '../notify/tellings.ts'

const { signal } = new AbortController()

test('what an earlier configuration still tries to tell is worth nothing once there is something newer', async () => {
  const told: string[] = []
  let isAway = true
  const server = createServer(async (request, response) => {
    const event = /"event":"(\w+)"/.exec(await text(request))?.[1] ?? ''
    told.push(isAway ? `${event}, unheard` : event)
    response.writeHead(isAway ? 503 : 200).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const { config } = checkConfig(`
notify: [{ webhook: "http://127.0.0.1:${port}/hook" }]
pairs:
  - name: alice
    source: { host: pop.example, user: old, password: { env: OLD } }
    destination: { host: imap.example, user: new, password: { env: NEW } }
`)
  assert.ok(config)
  const clock = heldClock()
  const composition = compose(config, [], { clock })
  const failed = Promise.withResolvers<void>()
  const context = { mask: (words: string) => words, onSecret: () => undefined, stop: signal, kill: signal }
  const notifications = new Notifications('watch', () => failed.resolve(), context)
  try {
    await notifications.use(config, composition)
    notifications.tell(notice({ kind: 'failing', pair: 'alice' }))
    await failed.promise
    isAway = false
    await notifications.use(config, composition)
    notifications.tell(notice({ ...over, pair: 'alice' }))
    await clock.pass(2000)
    await notifications.settled()
    assert.deepEqual(told, ['failing, unheard', 'recovered'])
  } finally {
    server.close()
  }
})
