// Holds a client's conversation with a real server at a word of its own, so that something can happen right there.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to a server through a port of its own. */
export interface Hold {
  readonly port: number
  stop(): Promise<void>
}

/** What a client sends passes, but the first piece with `word` in it only after `meanwhile` is done. */
export async function holdAt(target: number, word: string, meanwhile: () => Promise<void>): Promise<Hold> {
  let held: Promise<void> | undefined
  const sockets = new Set<Socket>()
  const server = createServer(async (client) => {
    const onward = connect(target, '127.0.0.1')
    for (const socket of [client, onward]) sockets.add(socket.on('error', () => socket.destroy()))
    onward.pipe(client)
    for await (const piece of client) {
      if (Buffer.from(piece).includes(word)) {
        held ??= meanwhile()
        await held
      }
      onward.write(piece)
    }
    onward.end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const stop = async () => {
    for (const socket of sockets) socket.destroy()
    await once(server.close(), 'close')
  }
  return { port: (server.address() as AddressInfo).port, stop }
}
