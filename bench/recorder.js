// Loaded into a contestant's process: writes down at its end what it took. JavaScript, because stripping types would cost
// 15 MB of the memory that is measured.
import { subscribe } from 'node:diagnostics_channel'
import { readFileSync, writeFileSync } from 'node:fs'

/** @type {Set<import('node:net').Socket>} */
const open = new Set()
let connectedAt = null
let bytesSent = 0
let bytesReceived = 0

// Whoever keeps a socket keeps all that hangs on it, and would measure that.
subscribe('net.client.socket', ({ socket }) => {
  connectedAt ??= performance.now()
  open.add(socket)
  socket.once('close', () => count(socket))
})

function count(socket) {
  if (!open.delete(socket)) return
  bytesSent += socket.bytesWritten
  bytesReceived += socket.bytesRead
}

/** Not getrusage's high-water mark: that one is handed down by the process that started this one. */
function peakBytes() {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024
}

process.on('exit', () => {
  const file = process.env.MAILHAUL_BENCH_RECORD
  if (file === undefined) return
  const { user, system } = process.cpuUsage()
  for (const socket of [...open]) count(socket)
  const record = {
    connectedSeconds: connectedAt === null ? null : (performance.now() - connectedAt) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakBytes: peakBytes(),
    bytesSent,
    bytesReceived,
  }
  writeFileSync(file, JSON.stringify(record))
})
