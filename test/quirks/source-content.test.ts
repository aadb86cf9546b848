// Quirks of what a POP3 server sends as a message (group A.3 of the catalogue).
import assert from 'node:assert/strict'
import { withWorld } from '../scenarios/world.ts'
import { quirk } from './quirk.ts'

const message = Buffer.from('Subject: hello\r\n\r\nbody\r\n')

quirk('A40', 'A message without any bytes is reported as empty; nothing is appended in its place.', () =>
  withWorld({ messages: [message, Buffer.alloc(0)] }, async (world) => {
    const { tally } = await world.run()
    assert.equal(tally.copied.count, 1)
    assert.equal(tally.empty.count, 1)
    assert.equal(world.stored().length, 1)
  }),
)
