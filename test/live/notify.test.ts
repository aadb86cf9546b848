// What systemd hears of a watch, through the real systemd-notify and a real datagram socket.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Bench, passwords } from '../commands/bench.ts'
import { watchWith } from '../commands/watching.ts'
import { describeLive } from './live.ts'
import { type Datagram, listenAs } from './service-manager.ts'

const env = { OLD: passwords.source, NEW: passwords.destination }

describeLive('a service manager', ['notify'], () => {
  let bench: Bench
  before(async () => {
    bench = await Bench.start()
  })
  after(() => bench.stop())

  const signs = (heard: readonly Datagram[], name: string) => heard.filter((datagram) => name in datagram).length

  test('hears that the watch is ready, alive, reloading, and stopping, in that order', async () => {
    const manager = await listenAs(join(bench.directory, 'notify'))
    const daemon = watchWith([], {
      cwd: bench.directory,
      env: { ...env, NOTIFY_SOCKET: manager.address, WATCHDOG_USEC: '900000' },
    })
    try {
      await manager.until((heard) => signs(heard, 'WATCHDOG') >= 3)
      const [first] = manager.heard.filter((datagram) => !('BARRIER' in datagram) && !('WATCHDOG' in datagram))
      assert.equal(first?.READY, '1')
      assert.match(first?.STATUS ?? '', /^1 pair/)
      daemon.child.kill('SIGHUP')
      await manager.until((heard) => signs(heard, 'RELOADING') === 1 && signs(heard, 'READY') === 2)
      const reloading = manager.heard.find((datagram) => 'RELOADING' in datagram)
      assert.match(reloading?.MONOTONIC_USEC ?? '', /^\d{3,}$/)
      daemon.child.kill('SIGTERM')
      const { code, stderr } = await daemon.end
      assert.equal(code, 0, stderr)
      await manager.until((heard) => signs(heard, 'STOPPING') === 1)
      const order = manager.heard.flatMap((datagram) =>
        ['READY', 'RELOADING', 'STOPPING'].filter((name) => name in datagram),
      )
      assert.deepEqual(order, ['READY', 'RELOADING', 'READY', 'STOPPING'])
    } finally {
      await daemon.drop()
      await manager.stop()
    }
  })

  test('an abstract socket is heard as well; no watchdog, no signs of life', async () => {
    const manager = await listenAs(`@mailhaul-test-${process.pid}`)
    const surroundings = { ...env, NOTIFY_SOCKET: manager.address, WATCHDOG_USEC: '900000', WATCHDOG_PID: '1' }
    const daemon = watchWith([], { cwd: bench.directory, env: surroundings })
    try {
      await manager.until((heard) => signs(heard, 'READY') === 1)
      daemon.child.kill('SIGTERM')
      await daemon.end
      await manager.until((heard) => signs(heard, 'STOPPING') === 1)
      assert.equal(signs(manager.heard, 'WATCHDOG'), 0)
    } finally {
      await daemon.drop()
      await manager.stop()
    }
  })

  test('a socket that nobody listens at is told once, and the watch goes on', async () => {
    const nobody = join(bench.directory, 'nobody')
    const daemon = watchWith([], {
      cwd: bench.directory,
      env: { ...env, NOTIFY_SOCKET: nobody, WATCHDOG_USEC: '300000' },
    })
    await daemon.says(/systemd does not hear from mailhaul[\s\S]*NotifyAccess=all/)
    daemon.child.kill('SIGTERM')
    const { code, stderr } = await daemon.end
    assert.deepEqual([code, stderr.match(/does not hear/g)?.length], [0, 1])
  })
})
