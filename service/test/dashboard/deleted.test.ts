import t from 'tap'
import { build } from '../support/build.ts'
import { enter, patienceMs } from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import { findAccessibilityViolations } from '../support/services/axe.ts'
import { findChromiumObstacle, startChromium } from '../support/services/chromium.ts'
import { read, type ShownImage } from '../support/session.ts'
import { until } from '../support/until.ts'

const obstacle = await findChromiumObstacle()
if (obstacle) {
  t.plan(0, `no browser to test with: ${obstacle}`)
  process.exit()
}
// a browser on a busy machine takes its time
t.setTimeout(300_000)
const bench = await build(t)
const names = ['Harbour', 'Meadow', 'Snow', 'Dusk']
for (const [seed, title] of names.entries()) {
  await bench.upload(await photo(300, 200, seed).jpeg().toBuffer(), { title, tags: 'all, old' })
}
const browser = await startChromium(t)
const { page, problems } = await enter(browser, bench)
const bulks: string[] = []
const others: string[] = []
page.on('request', request => {
  if (request.method() === 'GET' || !request.url().includes('/api/v1/images')) return
  if (request.url().endsWith('/bulk')) bulks.push(request.postDataJSON().action)
  else others.push(request.url())
})

const list = async (deleted = false) =>
  (await read<{ items: ShownImage[] }>(await bench.get(`/api/v1/images?deleted=${deleted}`))).items
const titles = async (deleted = false) => (await list(deleted)).map(({ title }) => title).sort()
const picks = page.getByRole('checkbox', { name: /^Select / })
/** Waits until the library shows that many images. */
const showing = (count: number) =>
  until(`${count} images`, patienceMs, async () => (await picks.count()) === count)
const bar = page.getByRole('region', { name: 'Selected images' })
const pick = (name: string) => page.getByLabel(`Select ${name}`, { exact: true }).check({ force: true })
const dialog = page.getByRole('dialog')

t.test('a bulk action sends one request', async t => {
  await showing(4)
  await until('they were looked at', patienceMs, async () =>
    (await list()).every(({ thumbhash }) => thumbhash),
  )
  for (const name of names) await pick(name)
  await bar.getByRole('button', { name: 'Add tags' }).click()
  await dialog.getByLabel('Tags', { exact: true }).fill('new, all')
  await dialog.getByRole('button', { name: 'Add' }).click()
  await page.getByText('4 images tagged').waitFor()
  t.ok((await list()).every(({ tags }) => tags.join() === 'all,old,new'))

  for (const name of ['Snow', 'Dusk']) await pick(name)
  await bar.getByRole('button', { name: 'Remove tags' }).click()
  await dialog.getByLabel('old (2)').check()
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('2 images untagged').waitFor()
  const untagged = (await list()).filter(({ tags }) => tags.join() === 'all,new')
  t.strictSame(untagged.map(({ title }) => title).sort(), ['Dusk', 'Snow'])

  for (const name of names) await pick(name)
  await bar.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await showing(0)
  t.strictSame(await titles(true), names.toSorted())
  t.strictSame(bulks.splice(0), ['tag', 'untag', 'delete'], 'one request for all of them')
  t.strictSame(others, [])
})

t.test('a deletion is taken back on the spot', async t => {
  await page.getByRole('button', { name: 'Undo' }).click()
  await showing(4)
  t.strictSame(await titles(), names.toSorted())
  for (const name of names) await pick(name)
  await bar.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await showing(0)
})

t.test('what is deleted has an address of its own, says how long it is kept, and is found there', async t => {
  await page.getByRole('link', { name: 'Deleted', exact: true }).click()
  await page.waitForURL('**/deleted')
  await showing(4)
  t.equal(await page.getByText('7 days left').count(), 4)
  t.equal(await page.locator('.frame-mount canvas').count(), 4, 'a likeness of each')
  await page.reload()
  await showing(4)
  await page.getByLabel('Search titles and tags').fill('meadow')
  await showing(1)
  t.match(page.url(), /\/deleted\?q=meadow$/)
  await page.getByRole('button', { name: 'Restore Meadow' }).click()
  await page.getByText('1 image restored').waitFor()
  await page.getByText('No results').waitFor()
  t.strictSame(await titles(), ['Meadow'])
  await page.getByRole('button', { name: 'Show all images' }).click()
  await showing(3)
  await page.goBack()
  await page.getByText('No results').waitFor()
  await page.goForward()
  await showing(3)
})

t.test('a selection is restored and appears in the library again', async t => {
  for (const name of ['Snow', 'Dusk']) await pick(name)
  await bar.getByRole('button', { name: 'Restore' }).click()
  await page.getByText('2 images restored').waitFor()
  await showing(1)
  t.strictSame(await titles(), ['Dusk', 'Meadow', 'Snow'])
  await page.getByRole('link', { name: 'Images', exact: true }).click()
  await until('they are seen', patienceMs, async () => (await page.locator('.frame img.come').count()) === 3)
})

t.test('in both themes, wide and narrow, nothing is wrong with it', async t => {
  for (const [colorScheme, width] of [
    ['dark', 1360],
    ['light', 390],
  ] as const) {
    const options = { colorScheme, viewport: { width, height: 844 }, hasTouch: width === 390 }
    const visitor = await enter(browser, bench, '/deleted', options)
    await visitor.page.getByRole('button', { name: 'Delete Harbour permanently' }).waitFor()
    await visitor.page.getByLabel('Select Harbour', { exact: true }).check({ force: true })
    t.strictSame(await findAccessibilityViolations(visitor.page), [], colorScheme)
    const wide = await visitor.page.evaluate<number>('document.documentElement.scrollWidth')
    t.ok(wide <= width, `it is ${wide} pixels wide`)
    t.strictSame(visitor.problems, [])
    await visitor.page.context().close()
  }
})

t.test('an image is deleted permanently after a confirmation', async t => {
  await page.getByRole('link', { name: 'Deleted', exact: true }).click()
  await page.getByRole('button', { name: 'Delete Harbour permanently' }).click()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  t.strictSame(await titles(true), ['Harbour'])
  await pick('Harbour')
  await bar.getByRole('button', { name: 'Delete permanently' }).click()
  await dialog.getByRole('button', { name: 'Delete permanently' }).click()
  await page.getByText('No deleted images').waitFor()
  t.strictSame(await titles(true), [])
})

t.test('nobody has complained', async t => {
  t.strictSame(problems, [])
})
