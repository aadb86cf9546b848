// How batches become commands, and answers of commands answers for messages.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { MailhaulError } from '../../../src/core/errors.ts'
import type { Outgoing } from '../../../src/core/ports.ts'
import { appendedOf, batchLimitsOf, newHabits, planOf } from '../../../src/destinations/imap/append-plan.ts'
import { uploadStyleOf } from '../../../src/destinations/imap/capabilities.ts'
import { heldMessage } from '../../engine/held-message.ts'

const small = heldMessage(Buffer.from('x'))
const style = (...names: string[]) => uploadStyleOf(new Map(names.map((name) => [name, true])))
const multi = style('MULTIAPPEND', 'LITERAL+')
const single = style('LITERAL+')
const fresh = newHabits
const batchLimits = batchLimitsOf(fresh())
const lost = new MailhaulError({ code: 'disconnected', scope: 'pair', retry: 'now', message: 'gone' })

function outgoing(size: number, flags: readonly string[] = []): Outgoing {
  return { message: { ...small, size }, flags, internalDate: 0 }
}

function places(batch: readonly Outgoing[], of = multi, habits = fresh(), limit?: number) {
  return planOf(batch, of, habits, limit).commands.map((command) => command.places)
}

describe('planOf', () => {
  it('puts a batch into one command where that is possible', () => {
    assert.deepEqual(places([outgoing(1), outgoing(2), outgoing(3)]), [[0, 1, 2]])
  })

  it('makes a command of each message otherwise', () => {
    assert.deepEqual(places([outgoing(1), outgoing(2)], single), [[0], [1]])
    assert.deepEqual(places([outgoing(1), outgoing(2)], multi, { ...fresh(), refusesMultiappend: true }), [[0], [1]])
  })

  it('lets a large message travel alone', () => {
    const large = batchLimits.bytes * 20
    assert.deepEqual(places([outgoing(1), outgoing(large), outgoing(1), outgoing(1)]), [[0], [1], [2, 3]])
  })

  it('respects MESSAGELIMIT', () => {
    assert.deepEqual(places(new Array(5).fill(outgoing(1)), style('MULTIAPPEND', 'MESSAGELIMIT=2')), [
      [0, 1],
      [2, 3],
      [4],
    ])
  })

  it('does not send what is known to be refused', () => {
    const batch = [outgoing(10), outgoing(0), outgoing(101), outgoing(100), outgoing(1, ['\\Seen', 'a b'])]
    const limited = uploadStyleOf(
      new Map<string, boolean | number>([
        ['MULTIAPPEND', true],
        ['APPENDLIMIT', 100],
      ]),
    )
    const { commands, refused } = planOf(batch, limited, fresh(), undefined)
    assert.deepEqual(
      commands.map((command) => command.places),
      [[0, 3]],
    )
    assert.deepEqual(
      [...refused].map(([place, { code, retry }]) => [place, code, retry]),
      [
        [1, 'append-refused', 'never'],
        [2, 'too-big', 'never'],
        [4, 'append-refused', 'never'],
      ],
    )
  })

  it('takes the smaller of two limits', () => {
    assert.deepEqual(places([outgoing(60)], multi, fresh(), 50), [])
    assert.deepEqual(places([outgoing(50)], multi, fresh(), 50), [[0]])
  })

  it('keeps order and limits whatever comes', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: batchLimits.bytes * 2 }), { maxLength: 200 })
    fc.assert(
      fc.property(sizes, (all) => {
        const { commands } = planOf(
          all.map((size) => outgoing(size)),
          multi,
          fresh(),
          undefined,
        )
        assert.deepEqual(
          commands.flatMap((command) => command.places),
          [...all.keys()],
        )
        for (const { messages, bytes } of commands) {
          assert.ok(messages.length <= batchLimits.count)
          assert.ok(bytes <= batchLimits.bytes || messages.length === 1)
          assert.equal(
            bytes,
            messages.reduce((sum, { message }) => sum + message.size, 0),
          )
        }
      }),
    )
  })
})

describe('appendedOf', () => {
  const batch = [outgoing(1), outgoing(0), outgoing(1)]
  const plan = planOf(batch, multi, fresh(), undefined)

  it('gives each message its UID', () => {
    const [first, second, third] = appendedOf(plan, [{ kind: 'stored', uidValidity: 5, uids: [7, 8] }])
    assert.deepEqual(first, { kind: 'placed', uid: 7, uidValidity: 5 })
    assert.equal(second?.kind, 'refused')
    assert.deepEqual(third, { kind: 'placed', uid: 8, uidValidity: 5 })
  })

  it('does without UIDs', () => {
    const [first] = appendedOf(plan, [{ kind: 'stored', uidValidity: undefined, uids: undefined }])
    assert.deepEqual(first, { kind: 'placed', uid: undefined, uidValidity: undefined })
  })

  it('says which were refused together', () => {
    const refusal = { status: 'NO', code: 'OVERQUOTA', text: '' } as const
    const together = appendedOf(plan, [{ kind: 'refused', refusal }])
    assert.deepEqual(
      together.map((one) => one.kind === 'refused' && one.together),
      [true, false, true],
    )
    const alone = appendedOf(planOf([outgoing(1)], multi, fresh(), undefined), [{ kind: 'refused', refusal }])
    assert.deepEqual(
      alone.map((one) => one.kind === 'refused' && [one.together, one.error.code]),
      [[false, 'quota']],
    )
  })

  it('passes on what was lost', () => {
    assert.deepEqual(appendedOf(plan, [{ kind: 'unknown', error: lost }])[2], { kind: 'unknown', error: lost })
  })
})

describe('uploadStyleOf', () => {
  for (const [names, literals, hasMultiappend, hasUidplus, hasUtf8Names] of [
    [['IMAP4rev1'], 'none', false, false, false],
    [['IMAP4rev1', 'LITERAL+', 'LITERAL-', 'UIDPLUS', 'MULTIAPPEND'], 'plus', true, true, false],
    [['IMAP4rev1', 'LITERAL-'], 'minus', false, false, false],
    [['IMAP4rev1', 'IMAP4rev2'], 'minus', false, true, false],
    [['IMAP4rev2'], 'minus', false, true, true],
  ] as const) {
    it(names.join(' '), () => {
      const { literals: style1, ...rest } = style(...names)
      assert.equal(style1, literals)
      assert.deepEqual(
        [rest.hasMultiappend, rest.hasUidplus, rest.hasUtf8Names, rest.appendLimit, rest.messageLimit],
        [hasMultiappend, hasUidplus, hasUtf8Names, undefined, Number.POSITIVE_INFINITY],
      )
    })
  }
})
