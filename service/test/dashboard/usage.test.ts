import type { Locator } from 'playwright-core'
import sharp from 'sharp'
import t from 'tap'
import { build } from '../support/build.ts'
import { enter, patienceMs } from '../support/dashboard.ts'
import { ingested } from '../support/ingested.ts'
import { photo } from '../support/pictures.ts'
import { findAccessibilityViolations } from '../support/services/axe.ts'
import { findChromiumObstacle, startChromium } from '../support/services/chromium.ts'
import { bytesOf } from '../support/session.ts'
import { until } from '../support/until.ts'

const obstacle = await findChromiumObstacle()
if (obstacle) {
  t.plan(0, `no browser to test with: ${obstacle}`)
  process.exit()
}
// a browser on a busy machine takes its time
t.setTimeout(300_000)
const bench = await build(t)
const { usage, database } = bench.app
const [kept, gone] = await Promise.all(
  [1, 2].map(async seed =>
    bench.upload(await photo(600, 400, seed).jpeg().toBuffer(), { title: `Picture ${seed}` }),
  ),
)
await ingested(database, kept!.id, gone!.id)
const browser = await startChromium(t)
const { page, problems } = await enter(browser, bench, '/usage')

t.test('who has used nothing reads how to', async t => {
  await page.getByRole('heading', { name: 'No usage in the last 30 days' }).waitFor()
  await page.getByText('Usage counts every response').waitFor()
  t.equal(await page.getByRole('link', { name: 'Open the playground' }).getAttribute('href'), '/playground')
  await page.getByRole('link', { name: 'Show 52 weeks' }).click()
  await page.getByRole('heading', { name: 'No usage in the last 52 weeks' }).waitFor()
  t.match(page.url(), /\/usage\?range=52w$/)
  await page.goBack()
  await page.getByRole('heading', { name: 'last 30 days' }).waitFor()
  t.equal(await page.getByRole('figure').count(), 0)
})

/** Asks for a derivative so many times. */
async function ask(imageId: string, w: number, times: number): Promise<string> {
  const url = await bench.sign({ imageId, operations: [{ op: 'resize', w }], format: 'webp' })
  for (let at = 0; at < times; at++) await bytesOf(await fetch(url))
  return url
}

t.test('requests appear in totals, charts and tables', async t => {
  await ask(kept!.id, 300, 7)
  const late = await ask(gone!.id, 200, 2)
  await fetch(`${bench.url}/api/v1/images/${gone!.id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${bench.token}` },
  })
  t.equal((await fetch(late)).status, 410)
  await bench.app.delivery.derivativeWriter.idle()
  await usage.flush()
  await page.reload()
  const figure = (name: string) => page.locator('.totals div', { hasText: name }).locator('dd').textContent()
  await page.locator('.totals').waitFor()
  t.equal(await figure('Requests'), '10')
  t.equal(await figure('From cache'), '78 %', 'seven of nine')
  t.equal(await figure('Errors'), '1')
  const pictures = page.getByRole('table', { name: 'Images' })
  t.match(await pictures.getByRole('row').allTextContents(), [/Picture/, /Picture 17/, /deleted2/])
  await pictures.getByRole('img', { includeHidden: true }).or(pictures.locator('img')).first().waitFor()
  t.equal(await pictures.getByRole('link', { name: 'Picture 1' }).getAttribute('href'), `/images/${kept!.id}`)
  t.equal(await pictures.getByRole('link').count(), 1, 'what was deleted leads nowhere')
  t.match(await page.getByRole('table', { name: 'Transforms' }).getByRole('row').allTextContents(), [
    /Transform/,
    /resize_w-300\.webp7/,
    /resize_w-200\.webp2/,
  ])
  t.match(await page.getByRole('table', { name: 'Errors' }).textContent(), /deleted1/)
})

/** The least red of what charts are drawn with; the dark theme's amber is brighter. */
const reds = { light: 190, dark: 240 } as const

/** How much of a picture of the page has the amber of its charts, in pixels. */
async function amberIn(plot: Locator, least: number): Promise<number> {
  const { data } = await sharp(await plot.screenshot())
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  let count = 0
  for (let at = 0; at < data.length; at += 3) {
    const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3)
    if (red > least && green > 100 && green < 180 && blue < 60) count++
  }
  return count
}

t.test('charts are drawn in colours of the theme, and name what is pointed at', async t => {
  const requests = page.getByRole('img', { name: /^Requests, .*All: 10, Errors: 1$/ })
  const tiers = page.getByRole('img', { name: /Memory: 78 %, Store: 0 %, Shared: 0 %, Rendered: 22 %$/ })
  for (const plot of [requests, tiers])
    await until('the bar of today is seen', patienceMs, async () => (await amberIn(plot, reds.light)) > 500)
  t.equal(await amberIn(tiers, reds.dark), 0)
  await page.emulateMedia({ colorScheme: 'dark' })
  await until('the theme is taken', patienceMs, async () => (await amberIn(tiers, reds.dark)) > 500)
  await requests.locator('.u-over').hover()
  const figures = page.getByRole('figure')
  for (const figure of [figures.first(), figures.last()])
    await figure
      .locator('figcaption')
      .getByText(/^[A-Z][a-z]{2} \d+$/)
      .waitFor()
  t.match(await figures.first().getByRole('list').textContent(), 'All 0')
})

t.test('the table behind a chart, what is opened and the range survive a reload and Back', async t => {
  await page.getByRole('button', { name: 'Table: Requests' }).click()
  const table = page.getByRole('table', { name: 'Requests' })
  const rows = await table.getByRole('row').allTextContents()
  t.equal(rows[0], 'DayAllErrors')
  t.equal(
    rows.filter(row => /, \d{4}101$/.test(row)).length,
    1,
    'ten requests and an error, on one of the days',
  )
  t.equal(await table.getByRole('row').count(), 31)
  await page.getByRole('link', { name: '7 days' }).press('Enter')
  await until('seven days', patienceMs, async () => (await table.getByRole('row').count()) === 8)
  t.match(page.url(), /\?open=requests&range=7d$/)
  await page.reload()
  await table.waitFor()
  t.equal(await table.getByRole('row').count(), 8)
  t.equal(await page.getByRole('link', { name: '7 days' }).getAttribute('aria-current'), 'true')
  await page.getByRole('link', { name: '52 weeks' }).click()
  await until('weeks', patienceMs, async () => (await table.getByRole('row').count()) === 53)
  await page.goBack()
  await until('seven days again', patienceMs, async () => (await table.getByRole('row').count()) === 8)
  const button = page.getByRole('button', { name: 'Table: Requests' })
  t.equal(await button.getAttribute('aria-pressed'), 'true')
  await button.click()
  await page.getByRole('img', { name: /^Requests,/ }).waitFor()
})

t.test('axe finds nothing wrong with it, dark and light, and it fits a phone', async t => {
  for (const [colorScheme, width] of [
    ['dark', 1360],
    ['light', 1360],
    ['dark', 390],
    ['light', 390],
  ] as const) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 844 })
    for (const address of ['/usage', '/usage?open=requests,tiers,bytes,developments']) {
      await page.goto(address)
      await page.getByRole('table', { name: 'Errors' }).waitFor()
      t.strictSame(await findAccessibilityViolations(page), [], `${address}, ${colorScheme}, ${width}`)
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
      t.ok(wide <= width, `${address} is ${wide} pixels wide`)
    }
  }
  await page.setViewportSize({ width: 1360, height: 900 })
})

t.test('a thumbhash is shown until the thumbnail has loaded', async t => {
  let release = () => {}
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  await page.route('**/processed/**', async route => {
    await held
    await route.continue()
  })
  await page.goto('/')
  const likeness = page.locator('.frame .likeness')
  await likeness.waitFor()
  const shades = await page.evaluate<number>(
    `((one) => new Set(new Uint32Array(one.getContext('2d').getImageData(0, 0, one.width, one.height).data.buffer)).size)(
      document.querySelector('.likeness'))`,
  )
  t.ok(shades > 50, `${shades} colours`)
  const opacity = () => page.evaluate<string>("getComputedStyle(document.querySelector('.likeness')).opacity")
  t.equal(await opacity(), '1')
  t.equal(await page.locator('.frame img.come').count(), 0)
  release()
  await page.locator('.frame img.come').waitFor()
  await until('it has gone', patienceMs, async () => (await opacity()) === '0')
  await page.unroute('**/processed/**')
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const seconds = await page.evaluate<string>(
    "getComputedStyle(document.querySelector('.frame img')).transitionDuration",
  )
  t.equal(seconds, '0s', 'nothing moves for who asks for that')
})

t.test('the image page shows the hits of its derivatives', async t => {
  await page.goto(`/images/${kept!.id}`)
  await page.getByText('Derivatives', { exact: true }).click()
  const row = page
    .getByRole('table', { name: 'Derivatives' })
    .getByRole('row', { name: /resize_w-300\.webp/ })
  t.equal(await row.getByRole('cell').nth(1).textContent(), '7')
  const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
  t.ok(wide <= 1360, `${wide} pixels wide`)
  t.strictSame(problems, [], 'nobody has complained')
})
