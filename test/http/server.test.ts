// Who is answered by the status server and who is not, what it takes, and how it ends.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { connect, createServer, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { MailhaulError } from '../../src/core/errors.ts'
import { type StatusServer, type StatusServerOptions, startStatusServer } from '../../src/http/server.ts'
import { calm, fleet, troubled } from './views.ts'

const token = 'a-token-of-enough-letters'
const usual = { host: '127.0.0.1', port: 0, isLoopback: true, version: '1.2.3', view: () => troubled }

async function withServer(more: Partial<StatusServerOptions>, body: (server: StatusServer) => Promise<void>) {
  const server = await startStatusServer({ ...usual, ...more })
  try {
    await body(server)
  } finally {
    await server.close()
  }
}

/** Sends a request as it is and returns everything that comes back. */
async function raw({ url }: StatusServer, request: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined).write(request)
  return text(socket)
}

const ask = (line: string, ...headers: string[]) => [line, ...headers, 'Connection: close', '', ''].join('\r\n')
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])

describe('what is answered', () => {
  const paths: readonly [path: string, status: number, type: RegExp, body: RegExp][] = [
    ['/', 200, /^text\/html; charset=utf-8$/, /^<!doctype html>[\s\S]*<h1[\s\S]*office archive/],
    ['/?find=carla&page=9', 200, /html/, /1 of 7 pairs, found by/],
    ['/board', 200, /html/, /^<div id="overview"/],
    ['/healthz', 503, /^application\/json$/, /"status": "failing"/],
    ['/livez', 200, /json/, /"status": "ok"/],
    ['/metrics', 200, /^text\/plain; version=0\.0\.4/, /^mailhaul_pairs 7$/m],
    ['/nothing', 404, /^text\/plain/, /There are/],
    ['/../etc/passwd', 404, /plain/, /There are/],
  ]
  for (const [path, status, type, body] of paths) {
    test(`GET ${path}: ${status}`, () =>
      withServer({}, async ({ url }) => {
        const answer = await fetch(new URL(path, url), { redirect: 'manual' })
        assert.equal(answer.status, status)
        assert.match(answer.headers.get('content-type') ?? '', type)
        assert.match(await answer.text(), body)
        assert.equal(answer.headers.get('cache-control'), 'no-store')
        assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
        assert.equal(answer.headers.get('access-control-allow-origin'), null)
      }))
  }

  test('HEAD says the same without a body', () =>
    withServer({}, async (server) => {
      const answer = await raw(server, ask('HEAD / HTTP/1.1', 'Host: localhost'))
      assert.equal(statusOf(answer), 200)
      assert.match(answer, /\r\nContent-Length: [1-9]\d{3,}\r\n/)
      assert.ok(answer.endsWith('\r\n\r\n'))
    }))

  test('the policy allows the one script and the one style that are there, and nothing from elsewhere', () =>
    withServer({}, async ({ url }) => {
      const answer = await fetch(url)
      const policy = answer.headers.get('content-security-policy') ?? ''
      const document = await answer.text()
      for (const name of ['script', 'style']) {
        const [, inside = ''] = new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(document) ?? []
        const hash = createHash('sha256').update(inside).digest('base64')
        assert.ok(policy.includes(`${name}-src 'sha256-${hash}'`), name)
      }
      assert.match(policy, /default-src 'none'/)
      assert.doesNotMatch(policy, /unsafe|https?:|\*/)
      assert.doesNotMatch(document, / style="| on\w+="|(?:src|href)="(?:https?:)?\/\//)
    }))

  test('a thousand pairs: every path answers, within bounds', () =>
    withServer({ view: () => fleet }, async ({ url }) => {
      for (const path of ['', 'board', 'healthz', 'metrics']) {
        const body = await (await fetch(url + path)).text()
        assert.ok(body.length > 1000 && body.length < 2_000_000, `${path}: ${body.length}`)
      }
    }))
})

describe('who is answered', () => {
  const hosts: readonly [host: string, status: number][] = [
    ['localhost', 200],
    ['LOCALHOST:8025', 200],
    ['127.0.0.1:1', 200],
    ['127.3.2.1', 200],
    ['[::1]:8025', 200],
    ['rebound.example', 421],
    ['rebound.example:8025', 421],
    ['localhost.rebound.example', 421],
    ['127.0.0.1.rebound.example', 421],
    ['10.0.0.1', 421],
    ['localhost:80:80', 421],
    ['', 421],
  ]
  for (const [host, status] of hosts) {
    test(`Host: ${host || '(empty)'}: ${status}`, () =>
      withServer({}, async (server) => {
        const answer = await raw(server, ask('GET / HTTP/1.1', `Host: ${host}`))
        assert.equal(statusOf(answer), status)
        if (status !== 200) assert.ok(!answer.includes('office archive'))
      }))
  }

  const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const authorizations: readonly [authorization: string | undefined, status: number][] = [
    [`Bearer ${token}`, 200],
    [`bearer  ${token} `, 200],
    [basic('anybody', token), 200],
    [undefined, 401],
    ['Bearer', 401],
    [`Bearer ${token}x`, 401],
    [`Bearer ${token.slice(0, -1)}`, 401],
    [basic(token, ''), 401],
    [`Digest ${token}`, 401],
  ]
  for (const [authorization, status] of authorizations) {
    test(`with a token, ${authorization?.split(' ')[0]} ${authorization?.length ?? 0}: ${status} on every path`, () =>
      withServer({ token: token }, async ({ url }) => {
        for (const path of ['', 'board', 'healthz', 'livez', 'metrics', 'x']) {
          const answer = await fetch(url + path, { headers: authorization === undefined ? {} : { authorization } })
          const body = await answer.text()
          assert.equal(answer.status === 401, status === 401, path)
          if (status === 401) assert.match(answer.headers.get('www-authenticate') ?? '', /^Basic realm="mailhaul"/)
          assert.ok(!body.includes(token))
        }
      }))
  }

  test('a name of any kind will do where a token is sent', () =>
    withServer({ token: token }, async (server) => {
      const headers = ['Host: mail.example', `Authorization: Bearer ${token}`]
      assert.equal(statusOf(await raw(server, ask('GET / HTTP/1.1', ...headers))), 200)
    }))

  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH']) {
    test(`${method} is not answered`, () =>
      withServer({}, async (server) => {
        const answer = await raw(server, ask(`${method} / HTTP/1.1`, 'Host: localhost'))
        assert.equal(statusOf(answer), 405)
        assert.match(answer, /\r\nAllow: GET, HEAD\r\n/)
      }))
  }
})

describe('what is too much', () => {
  test('a body', () =>
    withServer({}, async (server) => {
      for (const header of ['Content-Length: 5', 'Transfer-Encoding: chunked']) {
        assert.equal(statusOf(await raw(server, ask('GET / HTTP/1.1', 'Host: localhost', header))), 413)
      }
    }))

  test('a header without end, a line without end', () =>
    withServer({}, async (server) => {
      assert.equal(statusOf(await raw(server, ask('GET / HTTP/1.1', 'Host: localhost', `X: ${'x'.repeat(9000)}`))), 431)
      assert.equal(statusOf(await raw(server, `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n`)), 431)
      assert.equal(statusOf(await raw(server, '\0\xff\r\n\r\n')), 400)
    }))

  test('a request that does not go on, a connection that asks nothing', () =>
    withServer({ patience: 100 }, async (server) => {
      for (const start of ['', 'GET', 'GET / HTTP/1.1\r\nHost: localhost\r\n']) {
        assert.equal(statusOf(await raw(server, start)), 408, start)
      }
      const answer = await raw(server, 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n')
      assert.equal(statusOf(answer), 200)
    }))

  test('connections beyond the bound are closed; those who ask are answered again once others have gone', () =>
    withServer({}, async (server) => {
      const port = Number(new URL(server.url).port)
      const idle: Socket[] = []
      for (let count = 0; count < 32; count += 1) {
        const socket = connect(port, '127.0.0.1').on('error', () => undefined)
        await new Promise((resolve) => socket.once('connect', resolve))
        idle.push(socket)
      }
      assert.equal(await raw(server, ask('GET /livez HTTP/1.1', 'Host: localhost')), '')
      for (const socket of idle) socket.destroy()
      let answer = ''
      while (answer === '') answer = await raw(server, ask('GET /livez HTTP/1.1', 'Host: localhost'))
      assert.equal(statusOf(answer), 200)
    }))
})

describe('where it does not start', () => {
  const failures: readonly [why: string, more: Partial<StatusServerOptions>, code: string, message: RegExp][] = [
    ['other addresses without a token', { host: '0.0.0.0', isLoopback: false }, 'usage', /not served there without a/],
    ['a token that is easily guessed', { token: 'short' }, 'usage', /shorter than 16 characters/],
    ['an address of another machine', { host: '192.0.2.1' }, 'connect', /this machine has no such address/],
  ]
  for (const [why, more, code, message] of failures) {
    test(why, async () => {
      await assert.rejects(startStatusServer({ ...usual, ...more }), (error) => {
        assert.ok(error instanceof MailhaulError)
        assert.equal(error.code, code)
        assert.match(error.message, message)
        assert.ok(!error.message.includes('short.'))
        return true
      })
    })
  }

  test('a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const address = other.address()
    assert.ok(typeof address === 'object' && address !== null)
    try {
      const { port } = address
      await assert.rejects(startStatusServer({ ...usual, port }), {
        ...{ code: 'connect', retry: 'later' },
        message: `The status page cannot be served at 127.0.0.1:${port}: another program listens there, perhaps another mailhaul watch.`,
      })
    } finally {
      other.close()
    }
  })
})

test('closing drops whoever is still connected, and the port is free again', { timeout: 30_000 }, async () => {
  const server = await startStatusServer({ ...usual, view: () => calm, patience: 600_000 })
  const port = Number(new URL(server.url).port)
  const socket = connect(port, '127.0.0.1').on('error', () => undefined)
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n')
  await new Promise((resolve) => socket.once('connect', resolve))
  const ended = new Promise((resolve) => socket.once('close', resolve))
  socket.resume()
  await server.close()
  await ended
  const again = await startStatusServer({ ...usual, port })
  await again.close()
})

test('a view that cannot be had ends that request and nothing else', () =>
  withServer(
    {
      view: () => {
        throw new Error('gone')
      },
    },
    async (server) => {
      assert.equal(await raw(server, ask('GET /healthz HTTP/1.1', 'Host: localhost')), '')
      assert.equal(statusOf(await raw(server, ask('POST / HTTP/1.1', 'Host: localhost'))), 405)
    },
  ))
