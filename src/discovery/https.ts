// Fetches a small text over https: verified, bounded in size, time and redirects, and nothing else.
import { type RequestOptions, request } from 'node:https'
import type { FetchText } from './autoconfig.ts'

const largest = 256 * 1024
const mostRedirects = 3

/** Fetches until `signal` is aborted; `tls` adds authorities to trust, in tests. */
export function httpsText(signal: AbortSignal, tls: Pick<RequestOptions, 'ca'> = {}): FetchText {
  return async (url) => {
    let next = url
    for (let step = 0; step <= mostRedirects; step += 1) {
      const answer = await get(next, signal, tls)
      if (answer?.kind !== 'redirect') return answer?.text
      next = answer.to
    }
    return undefined
  }
}

type Answer = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'redirect'; readonly to: string }

function get(url: string, signal: AbortSignal, tls: Pick<RequestOptions, 'ca'>): Promise<Answer | undefined> {
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:') return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const nothing = () => resolve(undefined)
    const headers = { accept: 'text/xml, application/xml', 'user-agent': 'mailhaul' }
    const asked = request(url, { ...tls, signal, headers, agent: false, timeout: 5000 }, (response) => {
      const { statusCode = 0, headers } = response
      if (statusCode >= 300 && statusCode < 400 && headers.location && URL.canParse(headers.location, url)) {
        asked.destroy()
        resolve({ kind: 'redirect', to: new URL(headers.location, url).href })
        return
      }
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        if (statusCode !== 200 || text.length > largest) asked.destroy()
      })
      response.on('end', () => resolve(statusCode === 200 ? { kind: 'text', text } : undefined))
      response.on('error', nothing).on('close', nothing)
    })
    asked
      .on('timeout', () => asked.destroy())
      .on('error', nothing)
      .on('close', nothing)
      .end()
  })
}
