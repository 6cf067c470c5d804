import type { Page } from 'playwright-core'
import sharp from 'sharp'
import t from 'tap'
import { build } from './build.ts'
import { enter } from './dashboard.ts'
import { photo } from './pictures.ts'
import { findChromiumObstacle, openPage, startChromium } from './services/chromium.ts'
import { bytesOf, read, type ShownImage } from './session.ts'
import { until } from './until.ts'

const obstacle = await findChromiumObstacle()
if (obstacle) {
  t.plan(0, `no browser to test with: ${obstacle}`)
  process.exit()
}
// a browser on a busy machine takes its time
t.setTimeout(300_000)
const bench = await build(t)
const browser = await startChromium(t)
const { page, complaints } = await enter(browser, bench)

// a service without this route forgets who is signed in when the page is loaded anew
const refreshing = await fetch(`${bench.url}/api/v1/auth/refresh`, { method: 'POST' })
const keepsSessions = refreshing.status !== 404
/** How long the browser and the service may take for something, in milliseconds. */
const patienceMs = 30_000
const files = await Promise.all(
  ['Harbour', 'Meadow', 'Snow'].map(async (name, index) => ({
    name: `${name}.jpg`,
    mimeType: 'image/jpeg',
    buffer: await photo(900, 600, index + 1)
      .jpeg({ quality: 98 })
      .toBuffer(),
  })),
)
const frames = page.getByRole('list', { name: 'Pictures' }).getByRole('link')
const images = async () => (await read<{ items: ShownImage[] }>(await bench.get('/api/v1/images'))).items
const copied = () => page.evaluate<string>('navigator.clipboard.readText()')
/** Waits until as many pictures are on the sheet. */
const showing = (count: number) =>
  until(`${count} pictures`, patienceMs, async () => (await frames.count()) === count)
/** Whether the pictures of the sheet have come. */
const haveCome = () =>
  page.evaluate<boolean>("[...document.querySelectorAll('.frame img')].every(one => one.naturalWidth > 0)")

t.test('who cannot sign in reads why, and sees nothing', async t => {
  const { page: other } = await openPage(browser, bench.url)
  await other.goto('/keys')
  await other.getByLabel('Email').fill(bench.account.email)
  await other.getByLabel('Password').fill('not that one')
  await other.getByRole('button', { name: 'Sign in' }).click()
  t.match(await other.getByRole('alert').textContent(), /do not match/)
  t.equal(await other.getByRole('navigation').count(), 0)
  await other.context().close()
})

t.test('three files come in, each with its progress, and are pictures on the sheet', async t => {
  await page.getByText('No pictures yet').waitFor()
  await page.getByText(/curl .*\/api\/v1\/images/).waitFor()
  const network = await page.context().newCDPSession(page)
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 300_000 }
  await network.send('Network.emulateNetworkConditions', slow)
  await page.getByTestId('files').or(page.locator('input[type=file]')).first().setInputFiles(files)
  const tray = page.getByRole('region', { name: 'Uploads' })
  await tray.getByRole('progressbar').nth(2).waitFor()
  await tray
    .getByText(/ of .*\/s · .* left/)
    .first()
    .waitFor()
  await tray.getByText('3 uploads ended').waitFor()
  t.equal(await tray.getByText(/, done$/).count(), 3)
  await network.detach()
  await showing(3)
  await until('they are seen', patienceMs, haveCome)
  t.strictSame((await images()).map(({ title }) => title).sort(), ['Harbour', 'Meadow', 'Snow'])
  await tray.getByRole('button', { name: /Put away/ }).click()
  t.equal(await tray.count(), 0)
})

t.test('a file that is no picture says so, and can be tried again or left', async t => {
  const tray = page.getByRole('region', { name: 'Uploads' })
  const broken = { name: 'notes.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture at all') }
  await page.locator('input[type=file]').setInputFiles(broken)
  await tray.getByText(/not .*image|no .*image/i).waitFor()
  await tray.getByRole('button', { name: 'Try notes.jpg again' }).waitFor()
  await tray.getByRole('button', { name: /Put away/ }).click()
  t.match(complaints.splice(0), [/415/], 'which the browser notes')
})

t.test(
  'a search stands in the address, Back undoes a filter, and a reload keeps what is looked for',
  async t => {
    await page.getByLabel('Search titles and tags').fill('meadow')
    await showing(1)
    t.equal(await frames.first().getAttribute('aria-label'), 'Meadow')
    t.match(page.url(), /\?q=meadow$/)
    if (keepsSessions) {
      await page.reload()
      await showing(1)
      t.equal(await page.getByLabel('Search titles and tags').inputValue(), 'meadow')
    }
    await page.getByLabel('Search titles and tags').fill('nothing of that kind')
    await page.getByRole('button', { name: 'Show all pictures' }).click()
    await showing(3)
    await page.goBack()
    await page.getByText('Nothing looks like that').waitFor()
    await page.goForward()
    await showing(3)
  },
)

t.test('several are picked, also from one to another, and tagged at once', async t => {
  const picks = page.getByRole('checkbox', { name: /^Pick / })
  await picks.first().check({ force: true })
  await picks.last().click({ force: true, modifiers: ['Shift'] })
  const bar = page.getByRole('region', { name: 'Picked pictures' })
  await bar.getByText('3 pictures').waitFor()
  await picks.nth(1).uncheck({ force: true })
  await bar.getByRole('button', { name: 'Add tags' }).click()
  await page.getByLabel('Tags', { exact: true }).fill('winter, sea')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByText('2 pictures tagged').waitFor()
  const outer = [frames.first(), frames.last()].map(frame => frame.getAttribute('aria-label'))
  const tagged = (await images()).filter(({ tags }) => tags.join() === 'winter,sea')
  t.strictSame(tagged.map(({ title }) => title).sort(), (await Promise.all(outer)).sort())
})

t.test("a click sets the focal point, the arrows move it, and a picture's facts are there", async t => {
  await frames.and(page.getByLabel('Harbour')).click()
  const picture = page.getByRole('button', { name: /Focal point/ })
  t.match(await picture.getAttribute('aria-label'), /not set/)
  const box = await boxOf(picture.getByRole('img'))
  await picture.click({ position: { x: box.width / 4, y: box.height / 2 } })
  const { id } = (await images()).find(({ title }) => title === 'Harbour')!
  const focal = async () => (await read<ShownImage>(await bench.get(`/api/v1/images/${id}`))).focal
  await until('the point is kept', patienceMs, async () => Math.abs(((await focal())?.x ?? 0) - 0.25) < 0.02)
  const { x } = (await focal())!
  await page.keyboard.press('Shift+ArrowRight')
  await until('it has moved', patienceMs, async () => Math.abs((await focal())!.x - x - 0.1) < 0.002)
  await page.getByText('900 × 600').waitFor()
  await page.getByRole('heading', { name: 'Colours' }).waitFor()
  await page.getByText('Derivatives', { exact: true }).click()
  await page.getByRole('table', { name: 'Derivatives' }).waitFor()
  await page.getByRole('button', { name: 'Purge' }).click()
  await page.getByText(/derivatives? purged/).waitFor()
  await page.getByRole('link', { name: 'Open in playground' }).click()
  await page.waitForURL(`**/playground/${id}`)
})

t.test('what the form says is developed, and its URL gives just that', async t => {
  await page.getByLabel('resize w', { exact: true }).fill('320')
  await page.getByText('320 × 213').waitFor()
  await page.getByLabel('Add an operation').selectOption('grayscale')
  await page.getByLabel('Format', { exact: true }).selectOption('webp')
  await settled(page)
  await page.getByRole('button', { name: 'Copy URL' }).click()
  const url = await copied()
  t.match(url, /_resize_w-320_grayscale\.webp\?/)
  const response = await fetch(url)
  t.equal(response.status, 200)
  t.match(await sharp(await bytesOf(response)).metadata(), { width: 320, height: 213, format: 'webp' })

  await page.getByRole('button', { name: 'Copy picture' }).click()
  const sources = [...(await copied()).matchAll(/(http[^ "]+) (\d+)w/g)]
  t.equal(sources.length, 12, 'four widths in three formats')
  const last = sources.at(-1)!
  const candidate = await fetch(last[1]!.replaceAll('&amp;', '&'))
  t.match(await sharp(await bytesOf(candidate)).metadata(), { width: Number(last[2]), format: 'jpeg' })
  for (const name of ['srcset', 'Markdown', 'curl', 'Client']) {
    await page.getByRole('button', { name: `Copy ${name}` }).click()
    await until(name, patienceMs, async () => (await copied()).length > 20)
  }
})

t.test('operations are reordered by keys and by dragging, and removed; the address keeps up', async t => {
  const order = () => page.locator('.step h2').allTextContents()
  t.strictSame(await order(), ['resize', 'grayscale'])
  await page.getByRole('button', { name: /^grayscale, 2 of 2/ }).press('ArrowUp')
  t.strictSame(await order(), ['grayscale', 'resize'])
  t.match(page.url(), /op=grayscale&op=resize%3Bw%3D320/)
  await dragDown(page, 'grayscale')
  t.strictSame(await order(), ['resize', 'grayscale'])
  await page.getByRole('button', { name: 'Remove grayscale' }).click()
  t.strictSame(await order(), ['resize'])
  await page.goBack()
  await until('Back brings it back', patienceMs, async () => (await order()).length === 2)
})

t.test('a mistake is said where it is made, and nothing is asked for meanwhile', async t => {
  await page.getByLabel('resize w', { exact: true }).fill('9000')
  await page.getByText('Expected a whole number from 1 to 8192', { exact: false }).waitFor()
  await page.getByText('There is a mistake in the form').waitFor()
  t.equal(await page.locator('.outputs[inert]').count(), 1, 'and what was right before cannot be copied')
  await page.getByLabel('resize w', { exact: true }).fill('240')
  await page.getByText('240 × 160').waitFor()
})

t.test('a URL is explained into the form, and the form kept as a preset', async t => {
  const [image] = await images()
  const url = await bench.sign({
    imageId: image!.id,
    operations: [
      { op: 'crop', ar: '1:1' },
      { op: 'text', t: 'Grüße, Welt' },
    ],
    format: 'png',
  })
  await page.getByRole('button', { name: 'Explain a URL' }).click()
  await page.getByLabel('URL or path of a derivative').fill('https://elsewhere.example/picture.jpg')
  await page.getByRole('button', { name: 'Explain', exact: true }).click()
  await page.getByText(/not the URL of a derivative/).waitFor()
  await page.getByLabel('URL or path of a derivative').fill(url)
  await page.getByRole('button', { name: 'Explain', exact: true }).click()
  await page.waitForURL(`**/playground/${image!.id}?**`)
  await page.getByText('600 × 600').waitFor()
  t.equal(await page.getByLabel('text t', { exact: true }).inputValue(), 'Grüße, Welt')
  t.equal(await page.getByLabel('Format', { exact: true }).inputValue(), 'png')
  await page.getByRole('button', { name: 'Save as preset' }).click()
  await page.getByLabel('Name', { exact: true }).fill('square')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText(/preset_n-square now stands/).waitFor()
  const { operations } = await read<{ operations: string }>(await bench.get('/api/v1/presets/square'))
  t.match(operations, /^crop_ar-1:1_text_t-~/)
})

t.test('pictures are deleted after a question', async t => {
  await page.getByRole('link', { name: 'Library', exact: true }).click()
  await showing(3)
  await page.getByLabel('Pick Snow').check({ force: true })
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Keep' }).click()
  t.equal((await images()).length, 3)
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('1 picture deleted').waitFor()
  await showing(2)
  t.strictSame((await images()).map(({ title }) => title).sort(), ['Harbour', 'Meadow'])
})

t.test('nobody has complained, and signed out is signed out', async t => {
  t.strictSame(complaints, [])
  await page.getByRole('button', { name: 'Account' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByLabel('Password').waitFor()
  await page.reload()
  await page.getByLabel('Password').waitFor()
})

/** Waits until the picture that is shown is that of the form. */
async function settled(page: Page): Promise<void> {
  // longer than the form waits for somebody who types
  await page
    .locator('.stage[aria-busy=true]')
    .waitFor({ timeout: 2_000 })
    .catch(() => {})
  await page.locator('.stage[aria-busy=false]').waitFor()
  await page.locator('.outputs:not([inert])').waitFor()
}

async function boxOf(locator: ReturnType<Page['locator']>) {
  const box = await locator.boundingBox()
  if (box === null) throw new Error('it is not seen')
  return box
}

/** Pulls an operation below the last one by its grip. */
async function dragDown(page: Page, op: string): Promise<void> {
  const grip = await boxOf(page.getByRole('button', { name: new RegExp(`^${op}, `) }))
  const last = await boxOf(page.locator('.step').last())
  await page.mouse.move(grip.x + grip.width / 2, grip.y + grip.height / 2)
  await page.mouse.down()
  await page.mouse.move(grip.x + 20, last.y + last.height / 2, { steps: 12 })
  await page.mouse.up()
}
