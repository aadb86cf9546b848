// Every sample in configs/ loads without a warning and without a password in it, and the JSON Schema there is current.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { checkConfig } from '../../src/config/check.ts'
import { jsonSchema } from '../../src/config/json-schema.ts'
import { loadConfig } from '../../src/config/load.ts'

const directory = fileURLToPath(new URL('../../configs/', import.meta.url))
const samples = readdirSync(directory).filter((name) => name.endsWith('.yaml'))

describe('samples', () => {
  it('are the ones that the documentation names', () => {
    for (const name of ['minimal.yaml', 'routes.yaml', 'family.yaml']) assert.ok(samples.includes(name), name)
  })

  for (const name of samples) {
    it(`${name} loads, and says why each line is there`, async () => {
      const { config, warnings } = await loadConfig({
        file: `${directory}${name}`,
        env: {},
        homeDirectory: '/home/alice',
      })
      assert.ok(config.pairs.length > 0)
      assert.deepEqual(warnings, [])
      const text = readFileSync(`${directory}${name}`, 'utf8')
      assert.equal(checkConfig(text).holdsPlainPassword, false)
      assert.match(text, /^# \S/)
    })
  }

  it('come out as meant', async () => {
    const { config } = await loadConfig({ file: `${directory}family.yaml`, env: {}, homeDirectory: '/home/alice' })
    assert.equal(config.ledger, '/home/alice/.local/state/mailhaul/family.db')
    assert.deepEqual(
      config.pairs.map((pair) => [pair.name, pair.source.host, pair.destination.user, pair.destination.folder]),
      [
        ['anna', 'pop.old.example', 'family@new.example', 'INBOX'],
        ['ben', 'pop.old.example', 'family@new.example', 'INBOX'],
        ['carla', 'pop.elsewhere.example', 'family@new.example', 'Carla/{year}'],
      ],
    )
  })

  it('take their pairs from a list beside them', async () => {
    const { config } = await loadConfig({
      file: `${directory}provider-fleet.yaml`,
      env: {},
      homeDirectory: '/home/alice',
    })
    assert.deepEqual(
      config.pairs.map(({ name, source, destination }) => [name, source.host, destination.folder, source.password]),
      ['c0001', 'c0002', 'c0003', 'c0004', 'c0005'].map((name) => {
        const folder = name === 'c0004' ? 'Archive/{year}' : 'INBOX'
        return [name, 'pop.old.example', folder, { file: `${directory}secrets/${name}.old` }]
      }),
    )
    assert.deepEqual(
      config.pairs.map(({ backlog }) => backlog),
      ['copy', 'copy', 'copy', 'copy', 'skip'],
    )
    assert.deepEqual(config.pairs[2]?.source.limits, { bytesPerSecond: 2_000_000 })
  })
})

describe('the JSON Schema', () => {
  it('leaves to defaults what defaults can give', () => {
    const text = JSON.stringify(jsonSchema())
    assert.ok(text.includes('"required":["name"]'))
    assert.ok(!text.includes('"required":["host"'))
  })
})
