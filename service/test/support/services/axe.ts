import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** The accessibility violations that axe-core finds on a page: each rule and its element. */
export async function findAccessibilityViolations(page: Page): Promise<string[]> {
  // the contrast rule would report elements that are still fading in
  await page.evaluate('Promise.allSettled(document.getAnimations().map(one => one.finished))')
  // a document keeps axe until the next page load
  if (await page.evaluate<boolean>('!globalThis.axe')) await page.evaluate(source)
  return page.evaluate<string[]>(find)
}

/** Runs axe in the page. It describes only what violates a rule, and only that is sent out of the browser. */
const find = `axe.run({ preload: false, resultTypes: ['violations'], selectors: false }).then(({ violations }) =>
  violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => id + ' (' + help + '): ' + html)))`
