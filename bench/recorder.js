// Loaded into a contestant's process: writes down at its end what it took. JavaScript, because stripping types would cost
// 15 MB of the memory that is measured.
import { subscribe } from 'node:diagnostics_channel'
import { readFileSync, writeFileSync } from 'node:fs'

/** @type {import('node:net').Socket[]} */
const sockets = []
let connectedAt = null

subscribe('net.client.socket', ({ socket }) => {
  connectedAt ??= performance.now()
  sockets.push(socket)
})

/** Not getrusage's high-water mark: that one is handed down by the process that started this one. */
function peakBytes() {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024
}

process.on('exit', () => {
  const file = process.env.MAILHAUL_BENCH_RECORD
  if (file === undefined) return
  const { user, system } = process.cpuUsage()
  const sum = (amount) => sockets.reduce((total, socket) => total + amount(socket), 0)
  const record = {
    connectedSeconds: connectedAt === null ? null : (performance.now() - connectedAt) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakBytes: peakBytes(),
    bytesSent: sum((socket) => socket.bytesWritten),
    bytesReceived: sum((socket) => socket.bytesRead),
  }
  writeFileSync(file, JSON.stringify(record))
})
