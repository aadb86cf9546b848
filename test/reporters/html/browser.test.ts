// Plan and run as pages, in a real browser: phone and desk, light, dark and on paper, without a script, and full of traps.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import axe from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { renderPlanPage } from '../../../src/reporters/html/plan-page.ts'
import { renderRunPage } from '../../../src/reporters/html/run-page.ts'
import { contrasts } from '../../http/contrast.ts'
import { chromiumProgram } from '../../live/binaries.ts'
import { describeLive } from '../../live/live.ts'
import { readPng, unlikeness } from '../../png.ts'
import { poisoned } from './hostile.ts'
import { familyPlan, fleetPlan } from './plan-samples.ts'
import { family, fleet } from './run-samples.ts'

const sizes = { phone: { width: 390, height: 1560 }, desk: { width: 1280, height: 1400 } }

const pages = {
  plan: renderPlanPage(familyPlan),
  run: renderRunPage(family),
  'plan-of-many': renderPlanPage(fleetPlan(48)),
  'run-of-many': renderRunPage(fleet(48)),
  'hostile-plan': renderPlanPage(poisoned(familyPlan)),
  'hostile-run': renderRunPage(poisoned(family)),
}

/** Mean colours that differ by more than 32 of 255, in more than 3 of 100 squares: more than another rendering of fonts does. */
const tolerance = 32
const mostUnlike = 0.03

const docs = join(import.meta.dirname, '../../../docs')

describeLive('plan and run as pages in Chromium', ['chromium'], () => {
  let browser: Browser
  const directory = mkdtempSync(join(tmpdir(), 'mailhaul-pages-'))
  before(async () => {
    // Chromium has no sandbox for root.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    browser = await chromium.launch({ executablePath: chromiumProgram, args })
  })
  after(async () => {
    await browser?.close()
    rmSync(directory, { recursive: true })
  })

  /** Opens a page as the file it is; whatever the browser complains of, or asks of anybody, fails the test. */
  async function look(text: string, options: BrowserContextOptions, body: (page: Page) => Promise<void>) {
    const file = join(directory, 'page.html')
    writeFileSync(file, text)
    const address = pathToFileURL(file).href
    const context = await browser.newContext(options)
    const complaints: string[] = []
    try {
      const page = await context.newPage()
      page.on('console', (message) => complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('dialog', (dialog) => complaints.push(dialog.message()))
      page.on('request', (request) => {
        if (request.url() !== address) complaints.push(request.url())
      })
      await page.exposeFunction('canary', (number: unknown) => complaints.push(`canary ${number}`))
      await page.goto(address)
      await body(page)
      assert.deepEqual(complaints, [])
    } finally {
      await context.close()
    }
  }

  for (const [name, text] of Object.entries(pages)) {
    for (const [size, viewport] of Object.entries(sizes)) {
      const colorScheme = size === 'desk' ? 'light' : 'dark'
      it(`${name} on a ${size}, ${colorScheme}: nothing sticks out, loads or runs; axe finds nothing serious`, () =>
        look(text, { viewport, colorScheme }, async (page) => {
          assert.deepEqual(await page.evaluate(sideways), [])
          assert.equal(await page.locator('script, img, iframe, object, embed, form, base, [style]').count(), 0)
          assertInOrder(await page.evaluate(headingLevels))
          assert.deepEqual(await seriousFaults(page), [])
          // Between a phone and a desk, where tables are narrowest.
          await page.setViewportSize({ width: 840, height: 900 })
          assert.deepEqual(await page.evaluate(sideways), [])
        }))
    }
  }

  for (const [name, colorScheme] of [
    ['plan', 'dark'],
    ['run', 'light'],
  ] as const) {
    it(`${name} says the same without JavaScript, and in the other colours`, () =>
      look(pages[name], { viewport: sizes.phone, colorScheme, javaScriptEnabled: false }, async (page) => {
        assert.match((await page.locator('h1').textContent()) ?? '', /^It adds up/)
        assert.deepEqual(await page.evaluate(sideways), [])
        await page.getByText('The figures behind it').first().click()
        assert.equal(await page.getByRole('rowheader', { name: '2015', exact: true }).first().isVisible(), true)
        const unclear = (await contrasts(page)).filter(({ ratio }) => ratio < 4.5)
        assert.deepEqual(unclear, [])
      }))
  }

  for (const name of ['hostile-plan', 'hostile-run'] as const) {
    it(`${name}: text stays text, even where no policy holds scripts back`, () =>
      look(pages[name], { viewport: sizes.desk, bypassCSP: true }, async (page) => {
        await page.mouse.move(400, 300)
        await page.keyboard.press('Tab')
        for (const link of await page.locator('a').all())
          assert.match((await link.getAttribute('href')) ?? '', /^#[a-z0-9-]+$/)
        assert.equal(
          await page
            .locator('[onerror], [onload], [onmouseover], [onfocus], [srcdoc], meta[http-equiv=refresh]')
            .count(),
          0,
        )
        const shown = await page.evaluate<string>('document.body.innerText')
        assert.ok(!/[\u202e\u2066\u200b\0]/.test(shown))
        assert.ok(shown.includes('<script>canary(1)</script>') && shown.includes('gpj.exe'))
      }))
  }

  it('the policy alone would hold a script back', async () => {
    const planted = pages.run.replace('</main>', '<script>canary(0)</script></main>')
    await assert.rejects(
      look(planted, { viewport: sizes.desk }, async () => {}),
      (error: Error) => /Content Security Policy/.test(error.message) && !/canary 0/.test(error.message),
    )
    await assert.rejects(
      look(planted, { viewport: sizes.desk, bypassCSP: true }, async () => {}),
      /canary 0/,
    )
  })

  it('every link inside leads somewhere', async () => {
    for (const text of [pages.run, pages.plan, pages['run-of-many'], pages['plan-of-many']]) {
      await look(text, { viewport: sizes.desk }, async (page) => {
        const lost = await page.evaluate(
          '[...document.querySelectorAll("a")].filter((a) => !document.querySelector(a.hash)).length',
        )
        assert.equal(lost, 0)
        assert.ok((await page.locator('a').count()) > 0)
      })
    }
  })

  it('goes onto paper: light whatever the screen is, headings of tables on every sheet, everything unfolded', () =>
    look(pages['run-of-many'], { viewport: sizes.desk, colorScheme: 'dark' }, async (page) => {
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
      const style = (selector: string, property: string) =>
        page.evaluate(`getComputedStyle(document.querySelector('${selector}'))['${property}']`)
      assert.equal(await style('body', 'backgroundColor'), 'rgb(255, 255, 255)')
      assert.equal(await style('.chart', 'backgroundColor'), 'rgb(255, 255, 255)')
      assert.equal(await style('body', 'color'), 'rgb(23, 33, 46)')
      assert.equal(await style('thead', 'display'), 'table-header-group')
      assert.equal(await page.locator('details table').first().isVisible(), true)
      // As wide as A4 is between its margins.
      await page.setViewportSize({ width: 688, height: 990 })
      assert.deepEqual(await page.evaluate(sideways), [])
      const pdf = await page.pdf({ format: 'A4' })
      assert.equal(pdf.subarray(0, 5).toString(), '%PDF-')
      assert.ok(Number(/\/Type \/Pages[\s\S]*?\/Count (\d+)/.exec(pdf.toString('latin1'))?.[1]) > 2)
    }))

  for (const name of ['plan', 'run'] as const) {
    for (const [size, viewport] of Object.entries(sizes)) {
      it(`${name} looks as in docs/${name}-${size}.png`, () =>
        look(pages[name], { viewport, colorScheme: size === 'desk' ? 'light' : 'dark' }, async (page) => {
          const path = join(docs, `${name}-${size}.png`)
          const shot = await page.screenshot({ animations: 'disabled' })
          if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, shot)
          const share = unlikeness(readPng(shot), readPng(readFileSync(path)), tolerance)
          assert.ok(share <= mostUnlike, `${share} of it looks otherwise; UPDATE_GOLDEN=1 takes the picture anew`)
        }))
    }
  }

  it('and nothing else looks like that', () => {
    const [plan, run] = ['plan', 'run'].map((name) => readPng(readFileSync(join(docs, `${name}-desk.png`))))
    assert.ok(plan && run)
    assert.ok(unlikeness(plan, run, tolerance) > 3 * mostUnlike)
  })
})

const headingLevels = `[...document.querySelectorAll('h1, h2, h3, h4')].map(({ tagName }) => Number(tagName[1]))`

/** Whatever sticks out of the page to the side. */
const sideways = `[...document.querySelectorAll('body, body *')]
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5 && !element.closest('.unseen, thead'))
  .map((element) => element.outerHTML.slice(0, 80)).slice(0, 3)
  .concat(document.documentElement.scrollWidth > innerWidth ? ['the page is ' + document.documentElement.scrollWidth + ' wide'] : [])`

/** What axe-core calls serious or critical. */
async function seriousFaults(page: Page): Promise<unknown> {
  await page.evaluate(axe.source)
  return page.evaluate(`axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ html, failureSummary }) => html.slice(0, 120) + ' ' + failureSummary)]))`)
}

function assertInOrder(levels: unknown): void {
  assert.ok(Array.isArray(levels))
  assert.equal(levels.filter((level) => level === 1).length, 1)
  levels.reduce((before, level) => {
    assert.ok(level <= before + 1, `a heading of level ${level} follows one of level ${before}`)
    return level
  }, 0)
}
