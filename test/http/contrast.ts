// Measures how well text stands out from what is behind it, in a browser, as WCAG 2 counts it.
import type { Page } from 'playwright-core'

/** A piece of text, and how much it stands out: 1 not at all, 4.5 enough for everybody, 21 black on white. */
export interface Contrast {
  readonly text: string
  readonly ratio: number
}

/** The contrast of every piece of text that can be seen. */
export function contrasts(page: Page): Promise<readonly Contrast[]> {
  return page.evaluate(`(${measure})()`)
}

// Runs in the browser.
const measure = `() => {
  const parse = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number)
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((part) => part / 255).map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    return 0.2126 * x + 0.7152 * y + 0.0722 * z
  }
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, alpha = 1] = parse(getComputedStyle(at).backgroundColor)
      if (alpha === 1) return [r, g, b]
      if (alpha > 0) throw new Error('half transparent: ' + at.className)
    }
    throw new Error('no background')
  }
  const found = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement
    if (!node.data.trim() || !element.checkVisibility() || element.closest('script, style, noscript')) continue
    const [one, other] = [light(parse(getComputedStyle(element).color)), light(behind(element))]
    found.push({ text: node.data.trim(), ratio: (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05) })
  }
  return found
}`
