import { createClient, pictureHtml } from '../../client/index.ts'
import { administrator } from '../support/administrator.ts'
import { boxOf, openDashboard, patienceMs, readClipboard, startDashboard } from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import { findAccessibilityViolations } from '../support/services/axe.ts'
import { callJson, read, type ShownImage } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const { bench, browser } = await startDashboard(t)
const jpeg = await photo(900, 600, 1).jpeg().toBuffer()
const alder = await bench.upload(jpeg, { title: 'Alder', tags: 'trees' })
const other = await bench.upload(await photo(300, 400, 5).jpeg().toBuffer(), {
  title: 'Aspen',
  tags: 'trees',
})
const copy = await bench.upload(jpeg, { title: 'Beech', tags: 'trees' })
await bench.upload(await photo(60, 40, 7).jpeg().toBuffer(), { title: 'Aster' })
await read(await callJson(bench, 'PUT', '/api/v1/presets/card', { operations: 'resize_w-90,h-60' }))
const { page, problems } = await openDashboard(browser, bench, '/?tag=trees&sort=title')

const shown = async (id: string) => read<ShownImage>(await bench.get(`/api/v1/images/${id}`))
const heading = (title: string) => page.getByRole('heading', { level: 1, name: title, exact: true })
const panel = page.getByRole('region', { name: 'Copy', exact: true })
const lists: string[] = []
page.on('request', request => {
  if (/\/api\/v1\/images\?/.test(request.url())) lists.push(request.url())
})

t.test('the images of the list follow each other by key and by link, and Back finds the place', async t => {
  await page.getByRole('link', { name: 'Alder' }).click()
  await heading('Alder').waitFor()
  lists.splice(0)
  await page.locator('[aria-label="Next image"][aria-disabled="false"]').waitFor()
  t.equal(await page.getByLabel('Previous image').getAttribute('aria-disabled'), 'true', 'the first one')
  await page.keyboard.press('j')
  await heading('Aspen').waitFor()
  t.match(page.url(), `/images/${other.id}?tag=trees&sort=title`)
  await page.locator('[aria-label="Next image"][aria-disabled="false"]').click()
  await heading('Beech').waitFor()
  await page.locator('[aria-label="Previous image"][aria-disabled="false"]').waitFor()
  t.equal(await page.getByLabel('Next image').getAttribute('aria-disabled'), 'true', 'the last one')
  await page.getByLabel('Title', { exact: true }).press('k')
  await page.getByRole('button', { name: 'Discard' }).click()
  await heading('Beech').waitFor()
  await page.locator('main').focus()
  await page.keyboard.press('ArrowLeft')
  await heading('Aspen').waitFor()
  await page.getByRole('link', { name: 'Back to library' }).click()
  await page.getByRole('link', { name: 'Beech' }).waitFor()
  t.match(page.url(), /\/\?tag=trees&sort=title$/)
  t.equal(await page.evaluate('document.activeElement.ariaLabel'), 'Aspen')
  t.strictSame(lists, [], 'the list is not loaded again')
})

t.test('Copy URL copies a signed URL, and its panel the markup that the client makes', async t => {
  await page.getByRole('link', { name: 'Alder' }).click()
  await heading('Alder').waitFor()
  await page.getByRole('button', { name: 'Copy URL', exact: true }).click()
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  const url = await readClipboard(page)
  t.match(url, `/processed/${bench.userId}/${alder.id}.auto?k=`)
  t.equal((await bench.get(url)).status, 200)

  await page.getByRole('button', { name: 'Size, format and markup' }).click()
  await panel.getByLabel('Size').selectOption('320 px wide')
  await panel.getByText(/^<img src=".*resize_w-320/).waitFor()
  const { id: keyId, secret } = bench.key
  const client = createClient({ baseUrl: bench.url, userId: bench.userId, keyId, secret })
  const picture = await client.picture(alder.id, {
    operations: [{ op: 'resize', w: 320 }],
    widths: [160, 320, 480, 640],
    sizes: '(max-width: 320px) 100vw, 320px',
    original: alder,
  })
  await panel.getByRole('button', { name: 'Copy <picture>' }).click()
  t.equal((await readClipboard(page)).replaceAll(/\n */g, ''), pictureHtml(picture, { alt: null }))
  await panel.getByText(/until you write an alt text/).waitFor()
  t.strictSame(await findAccessibilityViolations(page), [])

  await panel.getByLabel('Size').selectOption('Preset card')
  await panel.getByText(/^<img src="[^"]*_preset_n-card\.auto/).waitFor()
  await panel.getByRole('button', { name: 'Copy <img>' }).click()
  t.match(await readClipboard(page), /^<img src="[^"]+" loading="lazy" decoding="async">$/)
  await page.keyboard.press('Escape')
  t.equal(await page.evaluate('document.activeElement.ariaLabel'), 'Size, format and markup')
  await page.getByRole('button', { name: 'Copy URL', exact: true }).click()
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  t.match(await readClipboard(page), /_preset_n-card\.auto\?/, 'the choice is kept')
})

t.test('texts that are not saved survive paging, and alt text and metadata are saved', async t => {
  await page.getByRole('textbox', { name: 'Alt text' }).fill('A tree at a river')
  await page.getByRole('button', { name: 'Add metadata' }).click()
  await page.keyboard.type('season')
  await page.getByLabel('Value of season').fill('autumn')
  await page.getByLabel('Next image').click()
  await heading('Aspen').waitFor()
  await page.getByText('The texts of Alder are not saved').waitFor()
  await read(await callJson(bench, 'PATCH', `/api/v1/images/${alder.id}`, { tags: ['sale'] }))
  await page.getByRole('button', { name: 'Go back' }).click()
  await heading('Alder').waitFor()
  t.equal(await page.getByRole('textbox', { name: 'Alt text' }).inputValue(), 'A tree at a river')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved', { exact: true }).waitFor()
  const saved = await shown(alder.id)
  t.match(saved, { alt: 'A tree at a river', metadata: { season: 'autumn' } })
  t.strictSame(saved.tags, ['sale'], 'only what was typed is sent')
  t.equal(await page.getByRole('button', { name: 'Save' }).count(), 0)

  await page.getByLabel('Decorative').check()
  await page.getByLabel('Value of season').fill('winter')
  await page.getByRole('button', { name: 'Add metadata' }).click()
  await page.keyboard.type('season')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('the name season is there twice').waitFor()
  await page.getByRole('button', { name: 'Remove season' }).last().click()
  await page.getByRole('button', { name: 'Save' }).click()
  await until('both are saved', patienceMs, async () => {
    const { alt, metadata } = await shown(alder.id)
    return alt === '' && metadata.season === 'winter'
  })

  const path = `**/api/v1/images/${alder.id}`
  await page.route(path, async route => {
    await page.getByLabel('Value of season').fill('spring')
    await route.continue()
  })
  await page.getByLabel('Tags').fill('sale, tree')
  await page.getByRole('button', { name: 'Save' }).click()
  await until('the tags are saved', patienceMs, async () => (await shown(alder.id)).tags.length === 2)
  await page.unroute(path)
  t.equal(await page.getByLabel('Value of season').inputValue(), 'spring', 'typed while the tags were saved')
  await page.getByRole('button', { name: 'Save' }).click()
  await until(
    'it is saved, too',
    patienceMs,
    async () => (await shown(alder.id)).metadata.season === 'spring',
  )
})

t.test('duplicates are linked, and derivatives open in a new tab', async t => {
  const similar = page.getByRole('region', { name: 'Duplicates and look-alikes' })
  const same = similar.getByRole('listitem').filter({ hasText: 'Same file' })
  t.match(await same.getByRole('link').getAttribute('href'), `/images/${copy.id}?tag=trees`)
  await bench.get(
    await bench.sign({ imageId: alder.id, operations: [{ op: 'resize', w: 30 }], format: 'png' }),
  )
  await page.reload()
  const row = page.getByRole('row', { name: /^resize_w-30\.png/ })
  await until('the derivative is listed', patienceMs, async () => {
    await page.getByRole('button', { name: 'Purge' }).waitFor()
    if ((await row.count()) > 0) return true
    await page.reload()
    return false
  })
  const [, format, pixels, bytes] = await row.getByRole('cell').allTextContents()
  t.strictSame([format, pixels], ['PNG', '30 × 20'])
  t.match(bytes, / B$| kB$/)
  const [tab] = await Promise.all([page.waitForEvent('popup'), row.getByRole('link').click()])
  await tab.waitForURL(/resize_w-30\.png/)
  await tab.close()
})

t.test('the focal point shows its effect, can be undone, and is saved when the page is left', async t => {
  const point = page.getByRole('button', { name: /^Focal point/ })
  await page.getByText('Crops with the gravity focal keep it in view').waitFor()
  const square = page.locator('.crops img').first()
  const style = () => square.getAttribute('style')
  const box = await boxOf(point)
  await point.click({ position: { x: box.width * 0.25, y: box.height / 2 } })
  t.match(await style(), /object-position: 0%/, 'the crop is at the left edge')
  await page.getByRole('button', { name: 'Undo' }).click()
  t.match(await style(), /object-position: 50%/)
  await point.click({ position: { x: box.width * 0.9, y: box.height / 2 } })
  await page.getByLabel('Next image').click()
  await until('the point is saved', patienceMs, async () => ((await shown(alder.id)).focal?.x ?? 0) > 0.85)
  t.strictSame(problems, [])
})

t.test('a replaced original keeps the address, and the page shows the new file', async t => {
  const shownPath = () => page.locator('.focal img').getAttribute('src')
  const before = await shownPath()
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Replace original' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('You cannot get it back').waitFor()
  const choose = (name: string, mimeType: string, buffer: Buffer) =>
    dialog.locator('input[type=file]').setInputFiles({ name, mimeType, buffer })
  await choose('notes.txt', 'text/plain', Buffer.from('plain text'))
  await dialog.getByRole('button', { name: 'Replace', exact: true }).click()
  await dialog.getByText(/^TXT is not accepted/).waitFor()
  t.strictSame(await findAccessibilityViolations(page), [])
  await choose('aspen.png', 'image/png', await photo(120, 90, 9).png().toBuffer())
  await dialog.getByRole('button', { name: 'Replace', exact: true }).click()
  await page.getByText('Original replaced').waitFor()
  await page.getByText('aspen.png').waitFor()
  await page.getByText('120 × 90').first().waitFor()
  await until('the new file is shown', patienceMs, async () => (await shownPath()) !== before)
  t.match(await shown(other.id), { format: 'png', title: 'Aspen', width: 120 })
  t.strictSame(problems, [])
})

t.test('a user with presetsOnly copies presets only, and is told why the image is blurred', async t => {
  const admin = await administrator(bench)
  await read(await callJson(admin, 'PATCH', `/api/v1/users/${bench.userId}`, { presetsOnly: true }))
  await page.reload()
  await heading('Aspen').waitFor()
  await page.getByText('so the image is shown as a blur').waitFor()
  await page.getByRole('button', { name: 'Size, format and markup' }).click()
  await panel.getByText(/^<img src="[^"]*_preset_n-card/).waitFor()
  t.strictSame(await panel.getByLabel('Size').getByRole('option').allTextContents(), ['Preset card'])
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Copy URL', exact: true }).click()
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  t.match(await readClipboard(page), /_preset_n-card\.auto\?/)
  await page.getByRole('button', { name: 'More actions' }).click()
  t.strictSame(
    await page.getByRole('menuitem').allTextContents(),
    ['Replace original', 'Delete'],
    'no original',
  )
  t.strictSame(problems, [], 'nothing that is forbidden is requested')
  t.strictSame(await findAccessibilityViolations(page), [])
})

t.test('a deleted image leads back to the library with its filters, and its draft goes, too', async t => {
  await page.keyboard.press('Escape')
  await page.getByLabel('Title', { exact: true }).fill('Ash')
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('Image deleted').waitFor()
  await page.getByRole('link', { name: 'Beech' }).waitFor()
  t.match(page.url(), /\/\?tag=trees&sort=title$/)
  t.equal(await page.getByRole('link', { name: 'Aspen' }).count(), 0)
  t.equal(await page.getByText(/are not saved/).count(), 0)
})
