// DNS by real name servers on this machine: one that answers, and one that never does.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { systemLookup } from '../../src/discovery/resolver.ts'

type Answer = (question: Buffer, type: number) => Buffer | undefined

/** A name server on 127.0.0.1 that answers each question as told, or not at all. */
async function withNameServer(answer: Answer, work: (server: string, asked: Promise<unknown>) => Promise<void>) {
  const socket = createSocket('udp4')
  const asked = once(socket, 'message')
  socket.on('message', (message, { port, address }) => {
    // Header of 12 octets, then the name (length and label, until 0), type and class (RFC 1035 §4.1).
    let end = 12
    while (message[end]) end += 1 + (message[end] ?? 0)
    const records = answer(message.subarray(12, end + 5), message.readUInt16BE(end + 1))
    if (!records) return
    const header = Buffer.from(message.subarray(0, 12))
    header.writeUInt16BE(0x8180, 2)
    header.writeUInt16BE(1, 6)
    header.writeUInt16BE(0, 8)
    header.writeUInt16BE(0, 10)
    socket.send(Buffer.concat([header, message.subarray(12, end + 5), records]), port, address)
  })
  await once(socket.bind(0, '127.0.0.1'), 'listening')
  try {
    await work(`127.0.0.1:${socket.address().port}`, asked)
  } finally {
    await once(socket.close(), 'close')
  }
}

const srv = 33

test('SRV records come as they are', async () => {
  // Pointer to the name of the question, type SRV, class IN, 60 s; priority 10, weight 5, port 995, target a.example (RFC 2782).
  const data = Buffer.from([0, 10, 0, 5, 3, 227, 1, 97, 7, ...Buffer.from('example'), 0])
  const record = Buffer.from([0xc0, 12, 0, srv, 0, 1, 0, 0, 0, 60, 0, data.length, ...data])
  const answer: Answer = (_question, type) => (type === srv ? record : undefined)
  await withNameServer(answer, async (server) => {
    const lookup = systemLookup(new AbortController().signal, [server])
    const [found] = await lookup.services('_pop3s._tcp.old.example')
    assert.ok(found)
    const { name, port, priority, weight } = found
    assert.deepEqual({ name, port, priority, weight }, { name: 'a.example', port: 995, priority: 10, weight: 5 })
  })
})

test('a name server that never answers is given up when time is over', async () => {
  await withNameServer(
    () => undefined,
    async (server, asked) => {
      const limit = new AbortController()
      const lookup = systemLookup(limit.signal, [server])
      const answers = Promise.all([
        lookup.services('_pop3s._tcp.old.example'),
        lookup.mailExchangers('old.example'),
        lookup.hasAddress('pop.old.example'),
      ])
      await asked
      limit.abort()
      assert.deepEqual(await answers, [[], [], false])
      assert.deepEqual(await lookup.services('_pop3s._tcp.old.example'), [])
    },
  )
})
