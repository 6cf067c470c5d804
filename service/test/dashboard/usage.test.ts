import type { Locator } from 'playwright-core'
import sharp from 'sharp'
import { contentWidth, openDashboard, patienceMs, startDashboard } from '../support/dashboard.ts'
import { ingested } from '../support/ingested.ts'
import { photo } from '../support/pictures.ts'
import { findAccessibilityViolations } from '../support/services/axe.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const { bench, browser } = await startDashboard(t)
const { usage, database } = bench.app
const [existing, deleted] = await Promise.all(
  [1, 2].map(async seed =>
    bench.upload(await photo(600, 400, seed).jpeg().toBuffer(), { title: `Photo ${seed}` }),
  ),
)
await ingested(database, existing!.id, deleted!.id)
const { page, problems } = await openDashboard(browser, bench, '/usage')

t.test('the empty state explains how usage arises', async t => {
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

/** Requests a derivative the given number of times. */
async function requestDerivative(imageId: string, w: number, times: number): Promise<string> {
  const url = await bench.sign({ imageId, operations: [{ op: 'resize', w }], format: 'webp' })
  for (let at = 0; at < times; at++) await bytesOf(await fetch(url))
  return url
}

t.test('requests appear in totals, charts and tables', async t => {
  await requestDerivative(existing!.id, 300, 7)
  const deletedUrl = await requestDerivative(deleted!.id, 200, 2)
  await fetch(`${bench.url}/api/v1/images/${deleted!.id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${bench.token}` },
  })
  t.equal((await fetch(deletedUrl)).status, 410)
  await bench.app.delivery.derivativeWriter.idle()
  await usage.flush()
  await page.reload()
  const figure = (name: string) => page.locator('.totals div', { hasText: name }).locator('dd').textContent()
  await page.locator('.totals').waitFor()
  t.equal(await figure('Requests'), '10')
  t.equal(await figure('From cache'), '78 %', '7 of 9 images')
  t.equal(await figure('Errors'), '1')
  const imageRows = page.getByRole('table', { name: 'Images' })
  t.match(await imageRows.getByRole('row').allTextContents(), [/^Image/, /Photo 17/, /deleted2/])
  await imageRows.getByRole('img', { includeHidden: true }).or(imageRows.locator('img')).first().waitFor()
  t.equal(
    await imageRows.getByRole('link', { name: 'Photo 1' }).getAttribute('href'),
    `/images/${existing!.id}`,
  )
  t.equal(await imageRows.getByRole('link').count(), 1, 'a deleted image has no link')
  t.match(await page.getByRole('table', { name: 'Transforms' }).getByRole('row').allTextContents(), [
    /Transform/,
    /resize_w-300\.webp7/,
    /resize_w-200\.webp2/,
  ])
  t.match(await page.getByRole('table', { name: 'Errors' }).textContent(), /deleted1/)
})

/** The minimum red value of the charts' amber. It is brighter in the dark theme. */
const reds = { light: 190, dark: 240 } as const

/** The number of pixels of a plot in the charts' amber. */
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

t.test('charts use the colours of the theme, and hovering shows a day and its values', async t => {
  const requests = page.getByRole('img', { name: /^Requests, .*All: 10, Errors: 1$/ })
  const tiers = page.getByRole('img', { name: /Memory: 78 %, Store: 0 %, Shared: 0 %, Rendered: 22 %$/ })
  for (const plot of [requests, tiers])
    await until('the bar of today is drawn', patienceMs, async () => (await amberIn(plot, reds.light)) > 500)
  t.equal(await amberIn(tiers, reds.dark), 0)
  await page.emulateMedia({ colorScheme: 'dark' })
  await until(
    'the chart is redrawn in the dark theme',
    patienceMs,
    async () => (await amberIn(tiers, reds.dark)) > 500,
  )
  await requests.locator('.u-over').hover()
  const figures = page.getByRole('figure')
  for (const figure of [figures.first(), figures.last()])
    await figure
      .locator('figcaption')
      .getByText(/^[A-Z][a-z]{2} \d+$/)
      .waitFor()
  t.match(await figures.first().getByRole('list').textContent(), 'All 0')
})

t.test('the table of a chart and the range survive a reload and Back', async t => {
  await page.getByRole('button', { name: 'Table: Requests' }).click()
  const table = page.getByRole('table', { name: 'Requests' })
  const rows = await table.getByRole('row').allTextContents()
  t.equal(rows[0], 'DayAllErrors')
  t.equal(rows.filter(row => /, \d{4}101$/.test(row)).length, 1, 'one day with 10 requests and 1 error')
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

t.test('the page is accessible in both themes and fits a narrow screen', async t => {
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
      const wide = await contentWidth(page)
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
  const preview = page.locator('.frame .thumbhash-preview')
  await preview.waitFor()
  const shades = await page.evaluate<number>(
    `((one) => new Set(new Uint32Array(one.getContext('2d').getImageData(0, 0, one.width, one.height).data.buffer)).size)(
      document.querySelector('.thumbhash-preview'))`,
  )
  t.ok(shades > 50, `${shades} colours`)
  const opacity = () =>
    page.evaluate<string>("getComputedStyle(document.querySelector('.thumbhash-preview')).opacity")
  t.equal(await opacity(), '1')
  t.equal(await page.locator('.frame img.loaded').count(), 0)
  release()
  await page.locator('.frame img.loaded').waitFor()
  await until('the preview is hidden', patienceMs, async () => (await opacity()) === '0')
  await page.unroute('**/processed/**')
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const seconds = await page.evaluate<string>(
    "getComputedStyle(document.querySelector('.frame img')).transitionDuration",
  )
  t.equal(seconds, '0s', 'no transition with reduced motion')
})

t.test('the image page shows the hits of its derivatives', async t => {
  await page.goto(`/images/${existing!.id}`)
  const row = page
    .getByRole('table', { name: 'Derivatives' })
    .getByRole('row', { name: /resize_w-300\.webp/ })
  t.equal(await row.getByRole('cell').nth(4).textContent(), '7')
  const wide = await contentWidth(page)
  t.ok(wide <= 1360, `${wide} pixels wide`)
  t.strictSame(problems, [], 'the console has no errors')
})
