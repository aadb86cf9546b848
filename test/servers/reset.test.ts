// A process whose connections were reset while they were being shut down comes to its end.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

const script = `
  import { connect, createServer } from 'node:net'
  import { reset } from '${new URL('./reset.ts', import.meta.url)}'
  const server = createServer((socket) => socket.on('error', () => {}).on('close', () => server.close()))
  server.listen(0, '127.0.0.1', () => {
    const socket = connect(server.address().port, '127.0.0.1', () => {
      socket.end()
      // By now the shutdown is on its way, and the loop has not come round to it.
      process.nextTick(() => process.nextTick(() => reset(socket)))
    })
    socket.on('error', () => {})
  })
`

test('a reset on top of an end leaves nothing that the process would wait for', () => {
  const { status, signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 20_000,
    encoding: 'utf8',
  })
  assert.deepEqual([status, signal], [0, null], stderr)
})
