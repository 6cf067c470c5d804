import { readFile } from 'node:fs/promises'
import {
  contentWidth,
  inBothThemes,
  openDashboard,
  patienceMs,
  startDashboard,
} from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import { callJson, read, type ShownImage } from '../support/session.ts'
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

t.test('tags with counts and folders filter the list, in both themes', async t => {
  const tags = page.getByRole('navigation', { name: 'Tags' })
  const folders = page.getByRole('navigation', { name: 'Folders' })
  await tags.getByRole('link', { name: 'sea 3' }).click()
  await showing(3)
  t.match(page.url(), /\?tag=sea$/)
  await tags.getByRole('link', { name: 'sea 3' }).click()
  await folders.getByRole('link', { name: 'shop 3' }).click()
  await folders.getByRole('link', { name: '2026 3' }).click()
  await showing(3)
  await folders.getByRole('link', { name: 'spring 1' }).click()
  await showing(1)
  await page.goBack()
  await showing(3)
  await inBothThemes(t, browser, bench, '/?folder=shop%2F2026', async ({ page, audit }) => {
    await page.getByRole('link', { name: 'spring 1', exact: true }).waitFor()
    await audit('the folder')
  })
  const file = { name: 'added.png', mimeType: 'image/png', buffer: await photo(12, 8, 2).png().toBuffer() }
  await page.locator('input[type=file]').setInputFiles(file)
  await showing(4)
  t.strictSame(
    (await images('q=added')).map(({ tags }) => tags),
    [['shop/2026']],
  )
})

t.test('a selection is downloaded as an archive', async t => {
  await page.getByRole('button', { name: 'Select all' }).click()
  const started = page.waitForEvent('download')
  await bar.getByRole('button', { name: 'Download' }).click()
  const download = await started
  t.match(download.suggestedFilename(), /^images-\d{4}-\d\d-\d\d\.zip$/)
  const bytes = await readFile(await download.path())
  t.equal(bytes.subarray(0, 2).toString(), 'PK')
  t.ok(bytes.includes('added.png'))
  await page.getByText('4 images, ').waitFor()
  await page.getByRole('link', { name: 'All images' }).click()
})

t.test('all tags are searched in a dialog', async t => {
  const ids = (await images()).slice(0, 14).map(({ id }) => id)
  for (const [n, id] of ids.entries())
    await read(await callJson(bench, 'PATCH', `/api/v1/images/${id}`, { tags: ['plain', `tag ${n}`] }))
  await page.reload()
  await page.getByRole('button', { name: 'All tags' }).click()
  await dialog.getByLabel('Tag begins with').fill('TAG 13')
  await dialog.getByRole('button', { name: 'tag 13 1' }).click()
  await showing(1)
  t.match(page.url(), /\?tag=tag\+13$/)
  await page
    .getByRole('navigation', { name: 'Tags' })
    .getByRole('link', { name: /^tag 13/ })
    .click()
})

t.test('an action for all matching images is performed in pages, and waits for the service', async t => {
  await page.getByLabel('Search titles and tags').fill('image')
  await until('the filter is set', patienceMs, async () => page.url().endsWith('?q=image'))
  await showing(50)
  await page.getByRole('button', { name: 'Select all' }).click()
  await bar.getByText('50 images').waitFor()
  await bar.getByRole('button', { name: 'Select all matching' }).click()
  await bar.getByText('All 52 matching images').waitFor()
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
  await page.getByRole('dialog', { name: 'Delete all 52 matching images?' }).getByText('Cancel').waitFor()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('52 images deleted').waitFor()
  t.equal((await images()).length, 2)
  const deleted = await page.context().newPage()
  await deleted.goto('/deleted')
  await deleted.getByRole('button', { name: 'Select all' }).click()
  await deleted.getByRole('button', { name: 'Select all matching' }).click()
  await deleted.getByRole('button', { name: 'Delete permanently' }).last().click()
  const remove = deleted.getByRole('dialog').getByRole('button', { name: 'Delete permanently' })
  t.ok(await remove.isDisabled(), 'all of them are deleted permanently only by typing so')
  await deleted.getByLabel('Type delete permanently to confirm').fill('delete permanently')
  t.notOk(await remove.isDisabled())
  await deleted.close()
  await page.getByRole('button', { name: 'Undo' }).click()
  await showing(50)
  t.equal((await images()).length, count + 1)
})

t.test('the console has no errors', async t => {
  t.strictSame(problems, [])
})
