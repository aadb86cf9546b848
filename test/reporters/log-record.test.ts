// What the log says of each kind of event.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MailhaulError } from '../../src/core/errors.ts'
import type { Event } from '../../src/core/events.ts'
import { outcomeOf } from '../../src/core/outcome.ts'
import { recordOf } from '../../src/reporters/log-record.ts'
import { hostileText, keyOf } from './samples.ts'

const error = new MailhaulError({ code: 'timeout', scope: 'host', retry: 'now', message: 'Too slow.' })
const of = { key: keyOf('u1'), size: 5 }

test('levels: what is ordinary is for debugging, what did not make it is a warning', () => {
  const pair = 'alice'
  const rows: [Event, string][] = [
    [{ pair, kind: 'started' }, 'info'],
    [{ pair, kind: 'stage', stage: 'listing' }, 'debug'],
    [{ pair, kind: 'fetched', bytes: 1 }, 'trace'],
    [{ pair, kind: 'outcome', outcome: outcomeOf('copied', of) }, 'debug'],
    [{ pair, kind: 'outcome', outcome: outcomeOf('filtered', of, { isCarried: true }) }, 'debug'],
    [{ pair, kind: 'outcome', outcome: outcomeOf('duplicate', of) }, 'info'],
    [{ pair, kind: 'outcome', outcome: outcomeOf('rejected', of, { reason: hostileText }) }, 'warn'],
    [{ pair, kind: 'retrying', error, attempt: 1, delay: 10 }, 'warn'],
    [{ pair, kind: 'settled', found: 1, missing: 0 }, 'info'],
    [{ pair, kind: 'warning', text: hostileText }, 'warn'],
    [{ pair, kind: 'ended' }, 'debug'],
  ]
  for (const [event, level] of rows) {
    const record = recordOf(event)
    assert.deepEqual([record.level, record.fields.event, record.fields.pair], [level, event.kind, 'alice'])
    JSON.stringify(record)
  }
})
