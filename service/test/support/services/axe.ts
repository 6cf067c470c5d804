import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** The fields of axe's result that the tests use. */
interface Result {
  readonly violations: readonly { id: string; help: string; nodes: readonly { html: string }[] }[]
}

/** The accessibility violations that axe-core finds on a page: each rule and its element. */
export async function findAccessibilityViolations(page: Page): Promise<string[]> {
  // the contrast rule would report elements that are still fading in
  await page.evaluate('Promise.allSettled(document.getAnimations().map(one => one.finished))')
  await page.evaluate(source)
  const { violations } = await page.evaluate<Result>('axe.run({ preload: false })')
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id} (${help}): ${html}`))
}
