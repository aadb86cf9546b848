// What the ledger knows of pairs whose last run did not get through.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bench } from './bench.ts'

test('a pair that was refused has run: status says so, and why', async () => {
  const bench = await Bench.start()
  try {
    assert.match((await bench.run('status')).stdout, /alice: never run/)
    bench.pop3.faults = { login: { text: '-ERR [AUTH] no' } }
    assert.equal((await bench.run('sync')).code, 4)
    const { stdout } = await bench.run('status')
    assert.doesNotMatch(stdout, /never run/)
    assert.match(stdout, /Its last run did not get through: the login was refused\. mailhaul report alice\s+says more/)
    assert.match((await bench.run('--json', 'status')).stdout, /"lastRunEnd": "auth"/)
    bench.pop3.faults = {}
    assert.equal((await bench.run('sync', '--now')).code, 0)
    assert.doesNotMatch((await bench.run('status')).stdout, /did not get through/)
  } finally {
    await bench.stop()
  }
})
