import { inBothThemes, openDashboard, patienceMs, startDashboard } from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import { read, type ShownImage } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const { bench, browser } = await startDashboard(t)
const names = ['Harbour', 'Meadow', 'Snow', 'Dusk']
for (const [seed, title] of names.entries()) {
  await bench.upload(await photo(300, 200, seed).jpeg().toBuffer(), { title, tags: 'all, old' })
}
const { page, problems } = await openDashboard(browser, bench)
const bulkActions: string[] = []
const otherRequests: string[] = []
page.on('request', request => {
  if (request.method() === 'GET' || !request.url().includes('/api/v1/images')) return
  if (request.url().endsWith('/bulk')) bulkActions.push(request.postDataJSON().action)
  else otherRequests.push(request.url())
})

const list = async (deleted = false) =>
  (await read<{ items: ShownImage[] }>(await bench.get(`/api/v1/images?deleted=${deleted}`))).items
const titles = async (deleted = false) => (await list(deleted)).map(({ title }) => title).sort()
const checkboxes = page.getByRole('checkbox', { name: /^Select / })
/** Waits until the library shows that many images. */
const showing = (count: number) =>
  until(`${count} images`, patienceMs, async () => (await checkboxes.count()) === count)
const bar = page.getByRole('region', { name: 'Selected images' })
const select = (name: string) => page.getByLabel(`Select ${name}`, { exact: true }).check({ force: true })
const dialog = page.getByRole('dialog')

t.test('a bulk action sends one request', async t => {
  await showing(4)
  await until('the images are ingested', patienceMs, async () =>
    (await list()).every(({ thumbhash }) => thumbhash),
  )
  for (const name of names) await select(name)
  await bar.getByRole('button', { name: 'Add tags' }).click()
  await dialog.getByLabel('Tags', { exact: true }).fill('new, all')
  await dialog.getByRole('button', { name: 'Add' }).click()
  await page.getByText('4 images tagged').waitFor()
  t.ok((await list()).every(({ tags }) => tags.join() === 'all,old,new'))

  for (const name of ['Snow', 'Dusk']) await select(name)
  await bar.getByRole('button', { name: 'Remove tags' }).click()
  await dialog.getByLabel('old (2)').check()
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('2 images untagged').waitFor()
  const untagged = (await list()).filter(({ tags }) => tags.join() === 'all,new')
  t.strictSame(untagged.map(({ title }) => title).sort(), ['Dusk', 'Snow'])

  for (const name of names) await select(name)
  await bar.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await showing(0)
  t.strictSame(await titles(true), names.toSorted())
  t.strictSame(bulkActions.splice(0), ['tag', 'untag', 'delete'], 'one request for all of them')
  t.strictSame(otherRequests, [])
})

t.test('Undo restores deleted images', async t => {
  await page.getByRole('button', { name: 'Undo' }).click()
  await showing(4)
  t.strictSame(await titles(), names.toSorted())
  for (const name of names) await select(name)
  await bar.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await showing(0)
})

t.test('deleted images have a page with the days left, a search and a Restore button', async t => {
  await page.getByRole('link', { name: 'Deleted', exact: true }).click()
  await page.waitForURL('**/deleted')
  await showing(4)
  t.equal(await page.getByText('7 days left').count(), 4)
  t.equal(await page.locator('.frame-mount canvas').count(), 4, 'a thumbhash preview of each')
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
  for (const name of ['Snow', 'Dusk']) await select(name)
  await bar.getByRole('button', { name: 'Restore' }).click()
  await page.getByText('2 images restored').waitFor()
  await showing(1)
  t.strictSame(await titles(), ['Dusk', 'Meadow', 'Snow'])
  await page.getByRole('link', { name: 'Images', exact: true }).click()
  await until(
    'the thumbnails have loaded',
    patienceMs,
    async () => (await page.locator('.frame img.loaded').count()) === 3,
  )
})

t.test('the page is accessible in both themes and fits a narrow screen', async t => {
  await inBothThemes(t, browser, bench, '/deleted', async ({ page, audit }) => {
    await page.getByRole('button', { name: 'Delete Harbour permanently' }).waitFor()
    await page.getByLabel('Select Harbour', { exact: true }).check({ force: true })
    await audit('the page')
  })
})

t.test('an image is deleted permanently after a confirmation', async t => {
  await page.getByRole('link', { name: 'Deleted', exact: true }).click()
  await page.getByRole('button', { name: 'Delete Harbour permanently' }).click()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  t.strictSame(await titles(true), ['Harbour'])
  await select('Harbour')
  await bar.getByRole('button', { name: 'Delete permanently' }).click()
  await dialog.getByRole('button', { name: 'Delete permanently' }).click()
  await page.getByText('No deleted images').waitFor()
  t.strictSame(await titles(true), [])
})

t.test('the console has no errors', async t => {
  t.strictSame(problems, [])
})
