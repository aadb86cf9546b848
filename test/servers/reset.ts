// Resets a connection, and does so without what Node makes of it while the connection is being shut down.
import type { Socket } from 'node:net'

/**
 * Ends a connection with RST. Where its own end is on the way already, libuv refuses the reset, and Node then takes the
 * handle for closed though it is not: at its end the process waits for that handle for ever, at full speed.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy()
  else socket.resetAndDestroy()
}
