// The status page in a real browser: on a phone and on a desk, light and dark, with JavaScript and without.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core'
import type { WatchView } from '../../src/core/watch.ts'
import { type StatusServer, startStatusServer } from '../../src/http/server.ts'
import { chromiumProgram } from '../live/binaries.ts'
import { describeLive } from '../live/live.ts'
import { readPng, unlikeness } from '../png.ts'
import { contrasts } from './contrast.ts'
import { asking, calm, fleet, hostile, hostileText, troubled } from './views.ts'

const docs = join(import.meta.dirname, '../../docs')
// Fonts differ a little from machine to machine; what stands where does not.
const tolerance = 32
const mostUnlike = 0.03

const phone = { width: 390, height: 844 }
const desk = { width: 1280, height: 900 }

describeLive('the status page in Chromium', ['chromium'], () => {
  let browser: Browser
  let server: StatusServer
  let shown: WatchView = troubled
  before(async () => {
    // Chromium has no sandbox for root.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    browser = await chromium.launch({ executablePath: chromiumProgram, args })
    const place = { host: '127.0.0.1', port: 0, isLoopback: true }
    server = await startStatusServer({ ...place, version: '0.1.0', view: () => shown })
  })
  after(async () => {
    await browser?.close()
    await server?.close()
  })

  /** Opens the page; whatever the browser complains of, or asks of anybody else, fails the test. */
  async function look(view: WatchView, options: BrowserContextOptions, body: (page: Page) => Promise<void>, path = '') {
    shown = view
    const context = await browser.newContext(options)
    const complaints: string[] = []
    try {
      const page = await context.newPage()
      // The one answer that a test refuses on purpose.
      page.on('console', (message) => /status of 503/.test(message.text()) || complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('request', (request) => {
        if (!/^data:image/.test(request.url()) && !request.url().startsWith(server.url)) complaints.push(request.url())
      })
      // Tests let the page's time pass; it does not by itself.
      await page.clock.install()
      await page.goto(`${server.url}${path}`)
      await body(page)
      assert.deepEqual(complaints, [])
    } finally {
      await context.close()
    }
  }

  for (const [size, viewport] of Object.entries({ phone, desk })) {
    for (const javaScriptEnabled of [true, false]) {
      const how = `on a ${size} ${javaScriptEnabled ? 'with' : 'without'} JavaScript`

      it(`says what fails and what to do, ${how}`, () =>
        look(troubled, { viewport, javaScriptEnabled }, async (page) => {
          assert.equal(await page.title(), '2 of 7 pairs are failing · mailhaul')
          const cards = page.getByRole('article')
          assert.equal(await cards.count(), 2)
          // What waits for a person comes first.
          assert.match(await textOf(cards.first()), /ben[\s\S]*Invalid login[\s\S]*What to do: Type the password/)
          const rows = page.getByRole('row')
          assert.equal(await rows.count(), 8)
          assert.match(await textOf(rows.nth(1)), /ben/)
          assert.equal(await page.getByRole('columnheader').count(), 6)
          assert.equal(await page.getByRole('rowheader', { name: /anna/ }).count(), 1)
          assert.ok(await fits(page))
        }))

      it(`says what waits for somebody though mail gets through, ${how}`, () =>
        look(asking, { viewport, javaScriptEnabled }, async (page) => {
          const cards = page.getByRole('article')
          assert.equal(await cards.count(), 3)
          const found = await textOf(page.getByRole('region', { name: /waits for you/ }))
          assert.match(found, /emil[\s\S]*nothing was removed[\s\S]*What to do: Run "mailhaul sync --yes" once/)
          assert.ok(await fits(page))
        }))

      it(`shows hostile text as text, ${how}`, () =>
        look(hostile, { viewport, javaScriptEnabled }, async (page) => {
          assert.equal(await page.title(), '1 of 2 pairs is failing · mailhaul')
          const shownText = await textOf(page.locator('.reason'))
          assert.ok(shownText.startsWith(hostileText.replace('\u202e', '\\u202e')))
          assert.equal(await page.locator('main img, main script, [onerror], [onmouseover]').count(), 0)
          assert.ok(await fits(page))
        }))
    }
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [name, view] of Object.entries({ asking, calm })) {
      it(`can be read by everybody: contrast, ${colorScheme}, ${name}`, () =>
        look(view, { viewport: desk, colorScheme }, async (page) => {
          const measured = await contrasts(page)
          assert.ok(measured.length > 20)
          assert.deepEqual(
            measured.filter(({ ratio }) => ratio < 4.5),
            [],
          )
        }))
    }
  }

  for (const [size, viewport] of Object.entries({ phone, desk })) {
    it(`looks as in docs/status-page-${size}.png`, () =>
      look(asking, { viewport, colorScheme: size === 'desk' ? 'light' : 'dark' }, async (page) => {
        const path = join(docs, `status-page-${size}.png`)
        const { width } = viewport
        const clip = { x: 0, y: 0, width, height: size === 'desk' ? 1200 : 2000 }
        const shot = await page.screenshot({ animations: 'disabled', fullPage: true, clip })
        if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, shot)
        const share = unlikeness(readPng(shot), readPng(readFileSync(path)), tolerance)
        assert.ok(share <= mostUnlike, `${share} of it looks otherwise; UPDATE_GOLDEN=1 takes the picture anew`)
      }))
  }

  it('keeps itself fresh, and says when nobody answers any more', () =>
    look(calm, { viewport: desk }, async (page) => {
      const headline = page.getByRole('heading', { level: 1 })
      const freshness = page.locator('#freshness')
      assert.equal(await textOf(headline), 'All is well')
      shown = troubled
      await page.clock.runFor(5000)
      await headline.filter({ hasText: '2 of 7 pairs are failing' }).waitFor()
      assert.equal(await page.title(), '2 of 7 pairs are failing · mailhaul')
      assert.equal(await page.getByRole('row').count(), 8)
      assert.equal(await textOf(freshness), 'Live')
      await page.route('**/board', (route) => route.fulfill({ status: 503, body: '' }))
      await page.clock.runFor(5000)
      await freshness.filter({ hasText: 'No answer from mailhaul since' }).waitFor()
      await page.unroute('**/board')
      await page.clock.runFor(5000)
      await freshness.filter({ hasText: 'Live' }).waitFor()
    }))

  it('leaves alone what somebody is copying', () =>
    look(calm, { viewport: desk }, async (page) => {
      await page.getByRole('heading', { level: 1 }).selectText()
      shown = troubled
      for (const _ of [1, 2]) {
        const answered = page.waitForResponse((response) => response.url().endsWith('/board'))
        await page.clock.runFor(5000)
        await answered
      }
      assert.equal(await textOf(page.getByRole('heading', { level: 1 })), 'All is well')
    }))

  it('shows a thousand pairs page by page, failing ones first, and finds one', () =>
    look(fleet, { viewport: phone, javaScriptEnabled: false }, async (page) => {
      assert.equal(await page.getByRole('row').count(), 201)
      assert.match(await textOf(page.getByRole('row').nth(25)), /Failing/)
      assert.match(await textOf(page.getByRole('row').nth(26)), /At work/)
      assert.ok(await fits(page))
      await page.getByRole('link', { name: 'Next' }).click()
      assert.match(await textOf(page.getByRole('navigation')), /Page 2 of 5/)
      await page.getByRole('searchbox').fill('customer-77')
      await page.getByRole('button', { name: 'Find' }).click()
      assert.equal(await page.getByRole('row').count(), 1 + 11)
      // Whoever looks for a pair wants to see the table, not what stands above it.
      assert.equal(
        await page.evaluate('document.querySelector("#pairs-title").getBoundingClientRect().top < 100'),
        true,
      )
      assert.equal(await page.getByRole('searchbox').inputValue(), 'customer-77')
    }))

  it('shows hostile searches as text', () =>
    look(
      fleet,
      { viewport: phone },
      async (page) => {
        assert.match(await textOf(page.locator('.nothing')), /<script>/)
        assert.ok(await fits(page))
      },
      `?find=${encodeURIComponent('"><script>document.title=1</script>')}`,
    ))
})

/** Whether nothing sticks out to the side. */
function fits(page: Page): Promise<boolean> {
  return page.evaluate('document.documentElement.scrollWidth <= innerWidth')
}

async function textOf(found: Locator): Promise<string> {
  return (await found.textContent()) ?? ''
}
