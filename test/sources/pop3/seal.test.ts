// The seal: which answers vouch for what came before, and which do not.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Seal } from '../../../src/sources/pop3/seal.ts'
import { parseStatus } from '../../../src/sources/pop3/status.ts'
import { TestHabits } from './rig.ts'

const sample = { number: 7, key: 'a b\xe9' }

function sealOf(habits = new TestHabits(), pick: () => typeof sample | undefined = () => sample): Seal {
  return new Seal({ count: 3, octets: 900 }, habits, pick)
}

/** Whether each of the seal's commands is satisfied by the answer in its place. */
function judged(seal: Seal, answers: readonly string[]): boolean[] {
  return seal.commands().map(({ holds }, index) => {
    const status = parseStatus(Buffer.from(answers[index] ?? '', 'latin1'))
    return status !== undefined && holds(status)
  })
}

describe('STAT', () => {
  const answers: readonly [answer: string, holds: boolean][] = [
    ['+OK 3 900', true],
    ['+OK 3 900 octets', true],
    ['+ok 3\t900', true],
    ['+OK 3 901', false],
    ['+OK 4 900', false],
    ['+OK 3 -900', false],
    ['+OK 3', false],
    ['+OK 900 octets', false],
    ['+OK', false],
    ['+OK x3 900', false],
    ['-ERR 3 900', false],
  ]
  for (const [answer, holds] of answers)
    test(`${answer}: ${holds}`, () => assert.deepEqual(judged(sealOf(), [answer]), [holds]))
})

describe('where octets drift', () => {
  const drifting = () => {
    const habits = new TestHabits()
    habits.set('stat', 'drifts')
    return habits
  }

  test('the count must hold, and the name of a message', () => {
    const seal = sealOf(drifting())
    assert.deepEqual(
      seal.commands().map(({ command }) => command),
      ['STAT', 'UIDL 7'],
    )
    assert.deepEqual(judged(seal, ['+OK 3 1', '+OK 7 a b\xe9']), [true, true])
    assert.deepEqual(judged(seal, ['+OK 4 900', '+OK 7  a b\xe9']), [false, true])
  })

  test('the name must have its form: number, blank, key', () => {
    const wrong = [
      '+OK 8 a b\xe9',
      '+OK 7 a b',
      '+OK 7',
      '+OK',
      '+OK a b\xe9',
      '-ERR 7 a b\xe9',
      '+OK 7 a b\xe9x',
      '+OK 7a b\xe9',
    ]
    for (const answer of wrong) assert.deepEqual(judged(sealOf(drifting()), ['+OK 3 1', answer]), [true, false], answer)
  })

  test('without a name there is only the count', () => {
    assert.deepEqual(
      judged(
        sealOf(drifting(), () => undefined),
        ['+OK 3 1'],
      ),
      [true],
    )
  })

  test('drift is learned, and remembered', () => {
    const habits = new TestHabits()
    const seal = sealOf(habits)
    const answer = (text: string) => parseStatus(Buffer.from(text)) ?? assert.fail()
    assert.equal(seal.hasDrifted(answer('+OK 3 901')), true)
    for (const other of ['+OK 3 900', '+OK 2 901', '+OK', '-ERR 3 901'])
      assert.equal(seal.hasDrifted(answer(other)), false)
    seal.learnDrift()
    assert.deepEqual([seal.drifts, habits.get('stat')], [true, 'drifts'])
    const nameless = new TestHabits()
    sealOf(nameless, () => undefined).learnDrift()
    assert.equal(nameless.get('stat'), undefined)
  })
})
