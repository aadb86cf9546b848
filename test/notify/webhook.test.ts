// Telling a web server: what it gets, and what is made of every kind of answer.
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { asMailhaulError } from '../../src/core/errors.ts'
import { webhookTarget } from '../../src/notify/webhook.ts'
import { certificate } from '../servers/certificates.ts'
import { telling } from './tellings.ts'

const never = new AbortController().signal
const path = '/services/T0/SECRET'

interface Got {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly type: string | undefined
  readonly body: string
}

/** Posts to a server that answers so; returns what it got, and the error. */
async function post(answer: (response: ServerResponse, request: IncomingMessage) => void, deadline = 5000) {
  const got: Got[] = []
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request
    got.push({ method, url, type: headers['content-type'], body: await text(request) })
    answer(response, request)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}${path}`
  try {
    const target = webhookTarget({ on: ['auth'], url: async () => url, version: '1.2.3', deadline })
    const error = await target.tell(telling(), never).then(() => undefined, asMailhaulError)
    assert.ok(!error?.message.includes('SECRET') && !error?.hint?.includes('SECRET'))
    return { got, error }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('it gets a document by POST', async () => {
  const { got, error } = await post((response) => response.end('ok'))
  assert.equal(error, undefined)
  assert.deepEqual(
    got.map(({ method, url, type }) => [method, url, type]),
    [['POST', path, 'application/json']],
  )
  const document: unknown = JSON.parse(got[0]?.body ?? '')
  assert.ok(typeof document === 'object' && document !== null && 'event' in document && 'text' in document)
  assert.equal(document.event, 'auth')
})

const answers: readonly [status: number, retry: 'now' | 'never', code: string][] = [
  [301, 'never', 'config'],
  [307, 'never', 'config'],
  [400, 'never', 'config'],
  [404, 'never', 'config'],
  [410, 'never', 'config'],
  [429, 'now', 'temporary'],
  [500, 'now', 'temporary'],
  [503, 'now', 'temporary'],
]
for (const [status, retry, code] of answers) {
  test(`status ${status}: ${code}, tried again: ${retry}`, async () => {
    const { got, error } = await post((response) => response.writeHead(status, { Location: '/elsewhere' }).end('x'))
    assert.deepEqual([error?.retry, error?.code], [retry, code])
    assert.match(error?.message ?? '', new RegExp(`the webhook at 127\\.0\\.0\\.1:\\d+ answer.*${status}`))
    assert.equal(got.length, 1)
  })
}

test('an answer without end is not read', async () => {
  const { error } = await post((response) => {
    response.writeHead(200)
    const more = () => {
      while (response.write('x'.repeat(65_536))) {
        // As fast as it goes.
      }
    }
    response.on('drain', more)
    more()
  })
  assert.equal(error, undefined)
})

test('silence ends at the deadline', async () => {
  const { error } = await post(() => undefined, 100)
  assert.deepEqual([error?.code, error?.retry], ['timeout', 'now'])
  assert.match(error?.message ?? '', /did not answer within 0.1 seconds/)
})

test('a hang-up, and nobody at all', async () => {
  const { error } = await post((response) => response.destroy())
  assert.deepEqual([error?.code, error?.retry], ['connect', 'now'])
  const target = webhookTarget({ on: ['auth'], url: async () => 'http://127.0.0.1:2/SECRET', version: '1' })
  await assert.rejects(target.tell(telling(), never), { message: /127\.0\.0\.1:2 cannot be reached \(ECONNREFUSED\)/ })
})

test('a certificate that nobody vouches for: nothing is sent', async () => {
  let requests = 0
  const server = createTlsServer(await certificate('self-signed'), (_request, response) => {
    requests += 1
    response.end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const url = `https://127.0.0.1:${typeof address === 'object' ? address?.port : 0}${path}`
  const target = webhookTarget({ on: ['auth'], url: async () => url, version: '1' })
  await assert.rejects(target.tell(telling(), never), { code: 'connect', message: /CERT/ })
  assert.equal(requests, 0)
  server.close()
})
