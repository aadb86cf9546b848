// The proxy between a raw client and a small echo server: latency, cuts, silence, other segments.

import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { randomSplit, type Splitter } from './chunking.ts'
import { type ProxyOptions, startProxy, type TcpProxy } from './proxy.ts'
import { RawClient, rawClient } from './raw-client.ts'

type Rig = { readonly proxy: TcpProxy; readonly accepted: () => Promise<RawClient> }

async function start(context: TestContext, options: Omit<ProxyOptions, 'target'> = {}): Promise<Rig> {
  const sockets: Socket[] = []
  const waiting: ((client: RawClient) => void)[] = []
  const arrived: RawClient[] = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket)
    const client = new RawClient(socket)
    const next = waiting.shift()
    if (next) next(client)
    else arrived.push(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const proxy = await startProxy({ target: { port: address.port }, ...options })
  context.after(async () => {
    await proxy.stop()
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const accepted = () => {
    const client = arrived.shift()
    return client ? Promise.resolve(client) : new Promise<RawClient>((resolve) => waiting.push(resolve))
  }
  return { proxy, accepted }
}

test('bytes and ends pass in both directions, and are counted', async (context) => {
  const { proxy, accepted } = await start(context)
  const client = await rawClient(proxy.port)
  const server = await accepted()
  const big = Buffer.alloc(3_000_000, 'abcdefg')
  await Promise.all([client.send(big), server.bytes(big.length).then((bytes) => assert.ok(bytes.equals(big)))])
  await server.send('answer')
  server.close()
  assert.equal((await client.rest()).toString(), 'answer')
  client.close()
  assert.equal((await server.rest()).length, 0)
  assert.deepEqual(proxy.bytes, { up: 3_000_000, down: 6 })
  assert.deepEqual([proxy.connections.total, proxy.connections.max], [1, 1])
})

test('latency delays every byte and the end, keeps the order, and does not add up', async (context) => {
  const { proxy, accepted } = await start(context, { up: { latency: 20 }, down: { latency: 20 } })
  const client = await rawClient(proxy.port)
  const server = await accepted()
  const begun = performance.now()
  const sent = Array.from({ length: 200 }, (_, index) => `${index}\r\n`)
  for (const line of sent) await client.send(line)
  for (const line of sent) assert.equal(`${await server.line()}\r\n`, line)
  await server.send('done')
  await client.bytes(4)
  // A lower bound only: a slow machine cannot break it.
  assert.ok(performance.now() - begun >= 39, 'two ways take at least twice the latency')
  client.close()
  assert.equal((await server.rest()).length, 0)
})

test('a cut after so many bytes, once, with RST or FIN', async (context) => {
  for (const how of ['rst', 'fin'] as const) {
    const { proxy, accepted } = await start(context, { up: { cut: { at: 5, how } } })
    const client = await rawClient(proxy.port)
    const server = await accepted()
    await client.send('abc')
    await client.send('defg')
    assert.equal((await server.rest()).toString(), 'abcde')
    assert.equal((await client.rest()).length, 0)
    const again = await rawClient(proxy.port)
    const next = await accepted()
    await again.send('abcdefg')
    assert.equal((await next.bytes(7)).toString(), 'abcdefg')
    again.close()
  }
})

test('a cut in what the server sends, and a cut of everything on request', async (context) => {
  const { proxy, accepted } = await start(context, { down: { cut: { at: 3, times: 2 } } })
  for (let round = 0; round < 2; round++) {
    const client = await rawClient(proxy.port)
    await (await accepted()).send('abcdef')
    assert.equal((await client.rest()).toString(), 'abc')
  }
  const client = await rawClient(proxy.port)
  const server = await accepted()
  await server.send('abcdef')
  assert.equal((await client.bytes(6)).toString(), 'abcdef')
  proxy.cutAll()
  assert.equal((await client.rest()).length, 0)
  assert.equal((await server.rest()).length, 0)
})

test('a black hole swallows bytes and the end, one way only', async (context) => {
  const { proxy, accepted } = await start(context, { up: { blackholeFrom: 4 } })
  const client = await rawClient(proxy.port)
  const server = await accepted()
  await client.send('abcdef')
  assert.equal((await server.bytes(4)).toString(), 'abcd')
  await client.send('ghi')
  await server.send('still here')
  assert.equal((await client.bytes(10)).toString(), 'still here')
  assert.equal(proxy.bytes.up, 4)
  proxy.up = {}
  await client.send('xyz')
  assert.equal((await server.bytes(3)).toString(), 'xyz')
  proxy.up = { blackholeFrom: 4 }
  client.close()
  const other = await rawClient(proxy.port)
  const next = await accepted()
  await other.send('abcd')
  assert.equal((await next.bytes(4)).toString(), 'abcd')
  assert.ok(server.isSilent)
})

test('one byte at a time', async (context) => {
  const { proxy, accepted } = await start(context, { down: { chunking: 'bytes' } })
  const client = await rawClient(proxy.port)
  await (await accepted()).send('abcdef')
  for (const expected of 'abcdef') assert.equal((await client.piece()).toString(), expected)
})

test('what is not handed on is not counted, and nothing is handed on after stop', async (context) => {
  const { proxy, accepted } = await start(context, { down: { chunking: 'bytes' } })
  const client = await rawClient(proxy.port)
  const sending = (await accepted()).send(Buffer.alloc(1_000_000))
  await client.bytes(100)
  const stopped = proxy.stop()
  const { down } = proxy.bytes
  assert.ok(down < 1_000_000)
  await Promise.all([stopped, sending, client.rest()])
  for (let turn = 0; turn < 20; turn++) await nextTurn()
  assert.equal(proxy.bytes.down, down)
})

test('segments are cut anew: together what waits, apart at the given boundaries', async (context) => {
  const pieces: number[] = []
  const inThrees: Splitter = (data) => {
    pieces.push(data.length)
    return Array.from({ length: Math.ceil(data.length / 3) }, (_, index) => data.subarray(3 * index, 3 * index + 3))
  }
  const { proxy, accepted } = await start(context, { down: { latency: 20, chunking: inThrees } })
  const client = await rawClient(proxy.port)
  const server = await accepted()
  for (const word of ['ab', 'cd', 'ef', 'g']) await server.send(word)
  for (const expected of ['abc', 'def', 'g']) assert.equal((await client.piece()).toString(), expected)
  assert.deepEqual(pieces, [7])
})

test('segments cut at random places carry the same bytes, the same ones for the same seed', async (context) => {
  const sent = Buffer.from(Array.from({ length: 40_000 }, (_, index) => index % 251))
  const sizesOf = (seed: number) => randomSplit(seed, 1000)(sent).map(({ length }) => length)
  assert.deepEqual(sizesOf(7), sizesOf(7))
  assert.notDeepEqual(sizesOf(7), sizesOf(8))
  assert.ok(sizesOf(7).every((size) => size >= 1 && size <= 1000))
  const { proxy, accepted } = await start(context, { up: { chunking: randomSplit(7, 1000) } })
  const client = await rawClient(proxy.port)
  const server = await accepted()
  await client.send(sent)
  assert.ok((await server.bytes(sent.length)).equals(sent))
})

test('a target that refuses connections resets the client', async (context) => {
  const { proxy } = await start(context)
  const closed = await startProxy({ target: { port: proxy.port } })
  await proxy.stop()
  const client = await rawClient(closed.port)
  assert.equal((await client.rest()).length, 0)
  await closed.stop()
})
