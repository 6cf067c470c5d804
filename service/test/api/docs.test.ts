import { renderReferencePage } from '../../http/reference/page.ts'
import { build } from '../support/build.ts'
import { findAccessibilityViolations } from '../support/services/axe.ts'
import { findChromiumObstacle, openPage, startChromium } from '../support/services/chromium.ts'
import t from '../support/tap.ts'

// starting a browser on a busy machine is slow
t.setTimeout(300_000)
const bench = await build(t)
const html = await (await fetch(`${bench.url}/api/v1/docs`)).text()

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>
}
const document = (await (await fetch(`${bench.url}/api/v1/openapi.json`)).json()) as Document

t.test('API reference: every operation is on the page, with an example', async t => {
  const ids = Object.values(document.paths).flatMap(methods =>
    Object.values(methods).map(({ operationId }) => operationId),
  )
  t.ok(ids.length > 50)
  for (const id of ids) {
    t.ok(html.includes(`<h3 id="${id}">`), id)
    t.ok(html.includes(`<li><a href="#${id}">`), `${id} in the index`)
    t.ok(html.includes(`aria-label="Example of ${id}"`), `an example of ${id}`)
  }
  for (const [, target = ''] of html.matchAll(/href="#([^"]+)"/g))
    t.ok(html.includes(` id="${target}"`), `a link leads to ${target}`)
})

t.test('API reference: it has a strict CSP, nothing inline, and answers 304 to a known ETag', async t => {
  for (const path of ['/api/v1/docs', '/api/v1/docs.css']) {
    const response = await fetch(bench.url + path)
    t.equal(response.status, 200)
    const policy = response.headers.get('content-security-policy') ?? ''
    t.ok(policy.includes("default-src 'none'") && policy.includes("frame-ancestors 'none'"), path)
    t.notMatch(policy, /unsafe|https?:|\*/)
    t.equal(response.headers.get('x-content-type-options'), 'nosniff')
    const etag = response.headers.get('etag') ?? ''
    const again = await fetch(bench.url + path, { headers: { 'if-none-match': etag } })
    t.equal(again.status, 304)
  }
  t.notMatch(html, /<script|<style|\sstyle=|\son\w+=/)
})

t.test('API reference: text from the document is escaped', async t => {
  const evil = `"><img src=x onerror=alert(1)>'&`
  const schema = {
    type: 'object',
    properties: { [evil]: { type: 'string', description: evil, enum: [evil] } },
  }
  const page = renderReferencePage({
    info: { title: evil, version: evil, description: `\`${evil}\`` },
    servers: [{ url: evil }],
    paths: {
      [`/${evil}`]: {
        get: {
          operationId: evil,
          tags: [evil],
          parameters: [{ name: evil, in: evil, schema: { pattern: evil }, description: evil }],
          requestBody: { content: { [evil]: { schema } } },
          responses: { [evil]: { description: evil, content: { [evil]: { schema } } } },
          security: [{ bearer: [evil] }],
        },
      },
    },
    components: { responses: { [evil]: { description: evil } }, schemas: { Problem: schema } },
  })
  t.notMatch(page, /<img/)
  t.ok(page.split('&#60;img src=x onerror=alert(1)&#62;').length > 20)
})

const obstacle = await findChromiumObstacle()
t.test(
  'API reference: it is accessible and usable in both themes and widths',
  { skip: obstacle ?? false },
  async t => {
    const browser = await startChromium(t)
    const looks = [
      { colorScheme: 'dark', width: 1360 },
      { colorScheme: 'light', width: 390 },
    ] as const
    for (const { colorScheme, width } of looks) {
      const options = { colorScheme, viewport: { width, height: 844 } }
      const { page, problems } = await openPage(browser, bench.url, options)
      await page.goto('/api/v1/docs')
      t.strictSame(await findAccessibilityViolations(page), [], `${colorScheme}, ${width} pixels wide`)
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
      t.ok(wide <= width, `it is ${wide} pixels wide`)
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      t.match(page.url(), /#content$/, 'the first Tab stop skips the index')
      await page.getByRole('link', { name: 'POST /api/v1/images', exact: true }).click()
      t.ok(await page.getByRole('heading', { name: 'POST /api/v1/images', exact: true }).isVisible())
      t.strictSame(problems, [])
      await page.context().close()
    }
  },
)
