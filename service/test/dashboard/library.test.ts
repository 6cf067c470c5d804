import {
  contentWidth,
  inBothThemes,
  openDashboard,
  patienceMs,
  startDashboard,
} from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import { read, type ShownImage } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const { bench, browser } = await startDashboard(t)
/** More than a page of the list. */
const count = 53
const picture = await photo(12, 8, 1).png().toBuffer()
for (let n = 0; n < count; n++) {
  const tags = n === 0 ? 'shop/2026/spring, sea' : n < 3 ? 'shop/2026, sea' : 'plain'
  await bench.upload(picture, { title: n === 0 ? 'T'.repeat(200) : `image ${n}`, tags })
}
const { page, problems } = await openDashboard(browser, bench)
const checkboxes = page.getByRole('checkbox', { name: /^Select / })
const showing = (expected: number) =>
  until(`${expected} images`, patienceMs, async () => (await checkboxes.count()) === expected)
const bar = page.getByRole('region', { name: 'Selected images' })
const dialog = page.getByRole('dialog')
const images = async (filter = '') =>
  (await read<{ items: ShownImage[] }>(await bench.get(`/api/v1/images?limit=200&${filter}`))).items

t.test('images are shown as a list, and the choice is kept', async t => {
  await page.getByRole('button', { name: 'List', exact: true }).click()
  const table = page.getByRole('table', { name: 'Images' })
  const row = table.getByRole('row', { name: /image 52/ })
  await row.waitFor()
  t.match(await row.innerText(), /plain\s+12 × 8\s+PNG\s+\d+ B\s+\w+ \d+, \d{4}/)
  await page.reload()
  await row.waitFor()
  await inBothThemes(t, browser, bench, '/', async ({ page, audit }) => {
    await page.getByRole('button', { name: 'List', exact: true }).click()
    await page.getByRole('link', { name: 'image 52', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Select all' }).click()
    await audit('the list')
  })
  t.ok((await contentWidth(page)) <= 1360)
})

t.test('an action for all matching images is performed in pages, and waits for the service', async t => {
  await page.getByLabel('Search titles and tags').fill('image')
  await until('the filter is set', patienceMs, async () => page.url().endsWith('?q=image'))
  await showing(50)
  await page.getByRole('button', { name: 'Select all' }).click()
  await bar.getByText('50 images').waitFor()
  await bar.getByRole('button', { name: 'Select all matching' }).click()
  await bar.getByText('All matching images').waitFor()
  await bar.getByRole('button', { name: 'Add tags' }).click()
  await dialog.getByLabel('Tags', { exact: true }).fill('found')
  await page.context().setOffline(true)
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('dialog', { name: 'Adding tags' }).waitFor()
  await page.context().setOffline(false)
  await page.getByText('52 images tagged').waitFor()
  t.equal((await images('tag=found')).length, 52)
  t.ok(problems.splice(0).every(text => /DISCONNECTED/.test(text)))
})

t.test('deleting all matching images can be undone', async t => {
  await showing(50)
  await page.getByRole('button', { name: 'Select all' }).click()
  await bar.getByRole('button', { name: 'Select all matching' }).click()
  await bar.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog', { name: 'Delete all matching images?' }).getByText('Cancel').waitFor()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('52 images deleted').waitFor()
  t.equal((await images()).length, 1)
  await page.getByRole('button', { name: 'Undo' }).click()
  await showing(50)
  t.equal((await images()).length, count)
})

t.test('the console has no errors', async t => {
  t.strictSame(problems, [])
})
