// A quirk of names that a server makes up: one unique-id numbered among its holders (group A.2 of the catalogue).
import assert from 'node:assert/strict'
import { mail } from '../core/rows.ts'
import { hash, withWorld } from '../scenarios/world.ts'
import { onlyFor } from '../servers/pop3-retrieve-faults.ts'
import { quirk } from './quirk.ts'

quirk(
  'A19',
  'Where a server numbers the holders of one unique-id (x, x-2, x-3), these names count for nothing: a message that takes over the name of a removed one is fetched, and neither taken for that one nor stored twice.',
  () =>
    withWorld({}, async (world) => {
      // All of one size, so that the bytes alone tell them apart.
      const named = [mail(1), mail(2), mail(3)].map((bytes, at) => ({ uidl: at === 0 ? 'x' : `x-${at + 1}`, bytes }))
      world.maildrop.messages = named
      world.pop3.faults = { retr: onlyFor({ 'x-2': { kind: 'error' } }) }
      const { tally } = await world.run()
      assert.deepEqual([tally.copied.count, tally.failed.count], [2, 1])
      // The first one goes, and the names move on: the one that failed has the name of the one that was copied.
      world.pop3.faults = {}
      world.maildrop.messages = named.slice(1).map(({ bytes }, at) => ({ uidl: at === 0 ? 'x' : 'x-2', bytes }))
      const next = await world.run()
      assert.deepEqual([next.exitCode, next.tally.copied.count, next.tally['already-there'].count], [0, 1, 1])
      assert.deepEqual(world.stored(), [mail(1), mail(2), mail(3)].map(hash).sort())
      assert.equal((await world.run()).tally['already-there'].count, 2)
      assert.equal(world.stored().length, 3)
    }),
)

quirk(
  'A21',
  'Where unique-ids are mere message numbers, one known message is read in every run: if it is another one now, no name is believed and the bytes decide.',
  () =>
    withWorld({ messages: [mail(1), mail(2), mail(3)] }, async (world) => {
      const numbered = () => world.maildrop.renumber((position) => String(position))
      numbered()
      assert.equal((await world.run()).tally.copied.count, 3)
      const before = world.pop3.count('RETR')
      assert.equal((await world.run()).tally['already-there'].count, 3)
      assert.equal(world.pop3.count('RETR') - before, 1)
      // Another program removes the first, and a new message of the same size comes in.
      world.maildrop.remove('1')
      world.maildrop.add({ uidl: 'new', bytes: mail(4) })
      numbered()
      const { tally, warnings, exitCode } = await world.run()
      assert.deepEqual([exitCode, tally.copied.count, tally['already-there'].count], [0, 1, 2])
      assert.match(warnings.join(), /mere message numbers/)
      for (let runs = 0; runs < 2; runs += 1) assert.equal((await world.run()).tally['already-there'].count, 3)
      assert.deepEqual(world.stored(), [mail(1), mail(2), mail(3), mail(4)].map(hash).sort())
    }),
)
