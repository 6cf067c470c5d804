import { boxOf, openDashboard, patienceMs, startDashboard } from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import { findAccessibilityViolations } from '../support/services/axe.ts'
import { openPage } from '../support/services/chromium.ts'
import { read, type ShownImage } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const { bench, browser } = await startDashboard(t)
const { page, problems } = await openDashboard(browser, bench)

const files = await Promise.all(
  ['Harbour', 'Meadow', 'Snow'].map(async (name, index) => ({
    name: `${name}.jpg`,
    mimeType: 'image/jpeg',
    buffer: await photo(900, 600, index + 1)
      .jpeg({ quality: 98 })
      .toBuffer(),
  })),
)
const frames = page.getByRole('list', { name: 'Images' }).getByRole('link')
const images = async () => (await read<{ items: ShownImage[] }>(await bench.get('/api/v1/images'))).items
/** Waits until the library shows that many images. */
const showing = (count: number) =>
  until(`${count} images`, patienceMs, async () => (await frames.count()) === count)
/** Whether all thumbnails have loaded. */
const thumbnailsLoaded = () =>
  page.evaluate<boolean>("[...document.querySelectorAll('.frame img')].every(one => one.naturalWidth > 0)")

t.test('a failed sign-in shows the reason and nothing else', async t => {
  const { page: other } = await openPage(browser, bench.url)
  await other.goto('/keys')
  await other.getByLabel('Email').fill(bench.account.email)
  await other.getByLabel('Password').fill('not that one')
  await other.getByRole('button', { name: 'Sign in' }).click()
  t.match(await other.getByRole('alert').textContent(), /do not match/)
  t.equal(await other.getByRole('navigation').count(), 0)
  await other.getByText('Forgot your password?').click()
  await other.getByText('Ask an administrator').waitFor()
  await other.getByText('npx darkroom user password').waitFor()
  t.strictSame(await findAccessibilityViolations(other), [], 'the help')
  await other.context().close()
})

t.test('three uploads show their progress and appear in the library', async t => {
  await page.getByText('No images yet').waitFor()
  await page.getByText(/curl .*\/api\/v1\/images/).waitFor()
  await page.getByRole('link', { name: 'API key' }).waitFor()
  t.equal(await page.getByText('darkroom upload').count(), 0, 'a member cannot run commands on the server')
  t.strictSame(await findAccessibilityViolations(page), [], 'the empty library')
  const network = await page.context().newCDPSession(page)
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 120_000 }
  await network.send('Network.emulateNetworkConditions', slow)
  await page.locator('input[type=file]').setInputFiles(files)
  const tray = page.getByRole('region', { name: 'Uploads' })
  await tray.getByRole('progressbar', { name: 'All files' }).waitFor()
  await tray.getByRole('progressbar', { name: 'Harbour.jpg' }).waitFor()
  await tray.getByText(/ left · .*\/s · /).waitFor()
  await tray.getByRole('heading', { name: '3 uploaded' }).waitFor()
  t.equal(await tray.getByText(/, uploaded$/).count(), 3)
  await network.detach()
  await showing(3)
  await until('the thumbnails have loaded', patienceMs, thumbnailsLoaded)
  t.strictSame((await images()).map(({ title }) => title).sort(), ['Harbour', 'Meadow', 'Snow'])
  await tray.getByRole('button', { name: 'Clear finished' }).click()
  await tray.waitFor({ state: 'detached' })
})

t.test('a file that is not an image shows an error and can be retried or dismissed', async t => {
  const tray = page.getByRole('region', { name: 'Uploads' })
  const broken = { name: 'notes.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('plain text') }
  await page.locator('input[type=file]').setInputFiles(broken)
  await tray.getByText(/not .*image|no .*image/i).waitFor()
  await tray.getByRole('button', { name: 'Retry notes.jpg' }).waitFor()
  await tray.getByRole('button', { name: 'Clear finished' }).click()
  t.match(problems.splice(0), [/415/], 'the browser logs the error response')
})

t.test('filters are kept in the URL: Back undoes them, a reload keeps them', async t => {
  await page.getByLabel('Search titles and tags').fill('meadow')
  await showing(1)
  t.equal(await frames.first().getAttribute('aria-label'), 'Meadow')
  t.match(page.url(), /\?q=meadow$/)
  await page.reload()
  await showing(1)
  t.equal(await page.getByLabel('Search titles and tags').inputValue(), 'meadow')
  await page.getByLabel('Search titles and tags').fill('nothing of that kind')
  await page.getByRole('button', { name: 'Show all images' }).click()
  await showing(3)
  await page.goBack()
  await page.getByText('No results').waitFor()
  await page.goForward()
  await showing(3)
})

t.test('a selection, also of a range, is tagged in one action', async t => {
  const checkboxes = page.getByRole('checkbox', { name: /^Select / })
  await checkboxes.first().check({ force: true })
  await checkboxes.last().click({ force: true, modifiers: ['Shift'] })
  const bar = page.getByRole('region', { name: 'Selected images' })
  await bar.getByText('3 images').waitFor()
  await checkboxes.nth(1).uncheck({ force: true })
  await bar.getByRole('button', { name: 'Add tags' }).click()
  await page.getByLabel('Tags', { exact: true }).fill('winter, sea')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByText('2 images tagged').waitFor()
  const outer = [frames.first(), frames.last()].map(frame => frame.getAttribute('aria-label'))
  const tagged = (await images()).filter(({ tags }) => tags.join() === 'winter,sea')
  t.strictSame(tagged.map(({ title }) => title).sort(), (await Promise.all(outer)).sort())
})

t.test("a click sets the focal point, arrow keys move it, and the image's details are shown", async t => {
  await frames.and(page.getByLabel('Harbour')).click()
  const image = page.getByRole('button', { name: /Focal point/ })
  t.match(await image.getAttribute('aria-label'), /not set/)
  const box = await boxOf(image.getByRole('img'))
  await image.click({ position: { x: box.width / 4, y: box.height / 2 } })
  const { id } = (await images()).find(({ title }) => title === 'Harbour')!
  const focal = async () => (await read<ShownImage>(await bench.get(`/api/v1/images/${id}`))).focal
  await until(
    'the focal point is saved',
    patienceMs,
    async () => Math.abs(((await focal())?.x ?? 0) - 0.25) < 0.02,
  )
  const { x } = (await focal())!
  await page.keyboard.press('Shift+ArrowRight')
  await until(
    'the focal point has moved',
    patienceMs,
    async () => Math.abs((await focal())!.x - x - 0.1) < 0.002,
  )
  await page.getByText('Harbour.jpg').waitFor()
  await page.getByText('900 × 600').first().waitFor()
  await page.getByRole('heading', { name: 'Colours' }).waitFor()
  await page.getByRole('table', { name: 'Derivatives' }).waitFor()
  await page.getByRole('button', { name: 'Purge' }).click()
  await page.getByText(/derivatives? purged/).waitFor()
  await page.getByRole('link', { name: 'Open in playground' }).click()
  await page.waitForURL(`**/playground/${id}`)
})

t.test('a service that is away shows one banner, which goes by itself, and the view loads', async t => {
  const banner = page.getByText('The service does not answer')
  await page.context().setOffline(true)
  await page.getByRole('link', { name: 'Library', exact: true }).click()
  await banner.waitFor()
  t.equal(await page.getByText('Loading failed').count(), 0)
  await page.context().setOffline(false)
  await showing(3)
  await banner.waitFor({ state: 'detached' })
  t.ok(problems.splice(0).every(text => /ERR_INTERNET_DISCONNECTED/.test(text)))
})

t.test('a session that ends asks for the password and keeps what was being edited', async t => {
  await frames.and(page.getByLabel('Harbour')).click()
  const title = page.getByLabel('Title', { exact: true })
  await title.fill('The harbour')
  // what still loads would show a spinner behind the dialog, whose animation never ends
  for (const part of ['Colours', 'Duplicates and look-alikes', 'Derivatives'])
    await page.getByRole('heading', { name: part }).waitFor()
  await page.getByText(/^Hits are responses|^No derivatives yet/).waitFor()
  await page.evaluate("fetch('/api/v1/auth/logout', { method: 'POST' })")
  await page.getByRole('button', { name: 'Save' }).click()
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' })
  await dialog.waitFor()
  await page.keyboard.press('Escape')
  await dialog.getByLabel('Password').fill('not that one')
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await dialog.getByText(/do not match/).waitFor()
  t.strictSame(await findAccessibilityViolations(page), [])
  await dialog.getByLabel('Password').fill(bench.account.password)
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await dialog.waitFor({ state: 'detached' })
  t.equal(await title.inputValue(), 'The harbour')
  await page.getByRole('button', { name: 'Save' }).click()
  await until('the title is saved', patienceMs, async () =>
    (await images()).some(({ title }) => title === 'The harbour'),
  )
  t.ok(problems.splice(0).every(text => /401/.test(text)))
})

t.test('a focal point that is answered late brings back no older texts', async t => {
  const held: (() => Promise<void>)[] = []
  const save = page.getByRole('button', { name: 'Save' })
  await save.waitFor({ state: 'detached' })
  await page.route('**/api/v1/images/*', async route => {
    const response = await route.fetch()
    const answer = () => route.fulfill({ response })
    if (route.request().postData()?.includes('focal')) held.push(answer)
    else await answer()
  })
  await page.getByRole('button', { name: /^Focal point/ }).press('ArrowRight')
  await until('the point is stored', patienceMs, async () => held.length > 0)
  const tags = page.getByLabel('Tags', { exact: true })
  await tags.fill('late')
  await save.click()
  await save.waitFor({ state: 'detached' })
  await held[0]?.()
  await page.unroute('**/api/v1/images/*')
  await page.getByRole('link', { name: 'late' }).waitFor()
  t.equal(await tags.inputValue(), 'late')
  await page.getByRole('textbox', { name: 'Alt text' }).fill('A harbour \nat night')
  await save.click()
  await save.waitFor({ state: 'detached' })
  t.ok(
    (await images()).some(image => image.alt === 'A harbour at night'),
    'line breaks become spaces',
  )
})

t.test('images are deleted after a confirmation', async t => {
  await page.getByRole('link', { name: 'Library', exact: true }).click()
  await showing(3)
  await page.getByLabel('Select Snow').check({ force: true })
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Cancel' }).click()
  t.equal((await images()).length, 3)
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('1 image deleted').waitFor()
  await showing(2)
  t.strictSame((await images()).map(({ title }) => title).sort(), ['Meadow', 'The harbour'])
})

t.test('the console has no errors, and a sign-out survives a reload', async t => {
  t.strictSame(problems, [])
  await page.getByRole('button', { name: 'Account' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByLabel('Password').waitFor()
  await page.reload()
  await page.getByLabel('Password').waitFor()
})
