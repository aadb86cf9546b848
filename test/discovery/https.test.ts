// Fetching over https from a real server: verified, bounded, and only ever https.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { httpsText } from '../../src/discovery/https.ts'
import { certificate } from '../servers/certificates.ts'

const never = new AbortController().signal

async function withServer(answer: RequestListener, work: (base: string, ca: string) => Promise<void>): Promise<void> {
  const { ca, cert, key } = await certificate()
  const server = createServer({ cert, key }, answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await work(`https://localhost:${(server.address() as AddressInfo).port}`, ca)
  } finally {
    server.closeAllConnections()
    await once(server.close(), 'close')
  }
}

test('what is there is fetched, without cookies, credentials or a referrer', async () => {
  let seen: readonly string[] = []
  const answer: RequestListener = (request, response) => {
    seen = Object.keys(request.headers)
    response.end('<a/>')
  }
  await withServer(answer, async (base, ca) => {
    assert.equal(await httpsText(never, { ca })(`${base}/x`), '<a/>')
    assert.deepEqual(seen.toSorted(), ['accept', 'connection', 'host', 'user-agent'])
  })
})

test('a certificate that nobody vouches for, and no certificate at all, are nothing', async () => {
  await withServer(
    (_request, response) => response.end('x'),
    async (base) => {
      assert.equal(await httpsText(never)(base), undefined)
      assert.equal(await httpsText(never)(base.replace('https', 'http')), undefined)
    },
  )
})

test('an error page, an endless page and a page that never comes are nothing', async () => {
  const answer: RequestListener = ({ url }, response) => {
    if (url === '/missing') response.writeHead(404).end('gone')
    else if (url === '/endless') {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    } else response.write('begun')
  }
  await withServer(answer, async (base, ca) => {
    assert.equal(await httpsText(never, { ca })(`${base}/missing`), undefined)
    assert.equal(await httpsText(never, { ca })(`${base}/endless`), undefined)
    const limit = new AbortController()
    const silent = httpsText(limit.signal, { ca })(`${base}/silent`)
    limit.abort()
    assert.equal(await silent, undefined)
  })
})

test('redirects are followed a few times, and never away from https', async () => {
  const answer: RequestListener = ({ url }, response) => {
    const to = { '/a': '/b', '/b': '/c', '/loop': '/loop', '/clear': 'http://localhost/c' }[url ?? '']
    if (to) response.writeHead(302, { location: to }).end()
    else response.end('here')
  }
  await withServer(answer, async (base, ca) => {
    const fetchText = httpsText(never, { ca })
    assert.equal(await fetchText(`${base}/a`), 'here')
    assert.equal(await fetchText(`${base}/loop`), undefined)
    assert.equal(await fetchText(`${base}/clear`), undefined)
  })
})
