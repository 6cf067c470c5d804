import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { imageAcceptByBrowser } from '../../plan/browsers.ts'
import { boxOf, openDashboard, patienceMs, readClipboard, startDashboard } from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import { addOperation, optionField } from '../support/playground.ts'
import { bytesOf, callJson, read } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const { bench, browser } = await startDashboard(t)
const image = await bench.upload(await photo(900, 600).jpeg().toBuffer(), { title: 'Harbour' })
const { page, problems } = await openDashboard(browser, bench, '/playground')

t.test('the form is rendered, and its URL returns the same image', async t => {
  await optionField(page, 'Resize', 'Width').fill('320')
  await page.getByText('320 × 213').waitFor()
  await page.getByRole('button', { name: 'Add operation' }).click()
  const search = page.getByRole('combobox', { name: 'Search operations' })
  await page.getByRole('group', { name: 'Crop and shape' }).waitFor()
  await search.fill('grey')
  await search.press('Enter')
  t.equal(
    await page.getByRole('button', { name: /^Greyscale grayscale/ }).getAttribute('aria-expanded'),
    'true',
  )
  await page.getByLabel('Format', { exact: true }).selectOption('webp')
  await waitForPreview(page)
  await page.getByRole('button', { name: 'Copy URL' }).click()
  const url = await readClipboard(page)
  t.match(url, /_resize_w-320_grayscale\.webp\?/)
  const response = await fetch(url)
  t.equal(response.status, 200)
  t.match(await sharp(await bytesOf(response)).metadata(), { width: 320, height: 213, format: 'webp' })

  await page.getByRole('button', { name: 'Copy picture' }).click()
  const markup = await readClipboard(page)
  t.match(markup, / width="320" height="213" loading="lazy" decoding="async">\n<\/picture>$/)
  const sources = [...markup.matchAll(/(http[^ "]+) (\d+)w/g)]
  t.equal(sources.length, 12, 'four widths in three formats')
  const last = sources.at(-1)!
  const candidate = await fetch(last[1]!.replaceAll('&amp;', '&'))
  t.match(await sharp(await bytesOf(candidate)).metadata(), { width: Number(last[2]), format: 'jpeg' })
  for (const name of ['srcset', 'Markdown', 'curl', 'Client']) {
    await page.getByRole('button', { name: `Copy ${name}` }).click()
    await until(name, patienceMs, async () => (await readClipboard(page)).length > 20)
  }
})

t.test('operations are reordered by keys and by dragging, and removed, and the URL follows', async t => {
  const order = () => page.locator('.step-name').allTextContents()
  t.strictSame(await order(), ['Resize', 'Greyscale'])
  await page.getByRole('button', { name: /^Greyscale, 2 of 2/ }).press('ArrowUp')
  t.strictSame(await order(), ['Greyscale', 'Resize'])
  await page.waitForURL(/op=grayscale&op=resize%3Bw%3D320/)
  await dragDown(page, 'Greyscale')
  t.strictSame(await order(), ['Resize', 'Greyscale'])
  await page.getByRole('button', { name: 'Remove Greyscale' }).click()
  t.strictSame(await order(), ['Resize'])
  await page.goBack()
  await until('Back restores the operation', patienceMs, async () => (await order()).length === 2)
})

t.test('the list of operations is used by keyboard alone', async t => {
  const open = page.getByRole('button', { name: 'Add operation' })
  await open.press('Enter')
  const search = page.getByRole('combobox', { name: 'Search operations' })
  const options = page.getByRole('listbox', { name: 'Search operations' }).getByRole('option')
  const count = await options.count()
  t.equal(count, 27, 'all operations that give an image')
  await until('the search has the focus', patienceMs, () => search.evaluate(input => input.matches(':focus')))
  await page.keyboard.type('colour')
  await until('what is typed filters the list', patienceMs, async () => (await options.count()) < count)
  const [first, second] = await options.allTextContents()
  t.ok(second, 'two operations are found')
  const selected = page.getByRole('listbox').getByRole('option', { selected: true })
  t.equal(await selected.textContent(), first)
  await page.keyboard.press('ArrowDown')
  t.equal(await selected.textContent(), second)
  t.equal(await search.getAttribute('aria-activedescendant'), await selected.getAttribute('id'))
  await page.keyboard.press('Escape')
  t.equal(await search.count(), 0)
  t.ok(await open.evaluate(button => button.matches(':focus')), 'the focus returns to the button')
})

t.test('a card closes to its canonical text and its options in words', async t => {
  const card = page.locator('.step', { hasText: 'Resize' })
  if ((await card.locator('.step-body').count()) > 0) await card.locator('.step-toggle').click()
  t.equal(await card.locator('.step-text').textContent(), 'resize_w-320')
  t.equal(await card.locator('.step-reading').textContent(), 'Width 320')
  await card.locator('.step-toggle').click()
  await optionField(page, 'Resize', 'Width').waitFor()
})

t.test('changes are undone and redone, and a text field keeps its own undo', async t => {
  const width = optionField(page, 'Resize', 'Width')
  const names = () => page.locator('.step-name').allTextContents()
  await width.fill('333')
  await page.getByRole('button', { name: 'Remove Greyscale' }).click()
  await page.keyboard.press('Control+z')
  t.strictSame(await names(), ['Resize', 'Greyscale'])
  await page.waitForURL(/op=grayscale/)
  await page.getByRole('button', { name: 'Undo' }).click()
  t.equal(await width.inputValue(), '320')
  await page.keyboard.press('Control+Shift+Z')
  t.equal(await width.inputValue(), '333')
  await page.getByRole('button', { name: 'Redo' }).click()
  t.strictSame(await names(), ['Resize'])
  await page.getByRole('button', { name: 'Undo' }).click()
  await width.focus()
  await width.press('End')
  await page.keyboard.type('4')
  await page.keyboard.press('Control+z')
  t.equal(await width.inputValue(), '333', 'the field takes back what was typed in it')
  t.strictSame(await names(), ['Resize', 'Greyscale'], 'the form did not change otherwise')
  await width.fill('320')
})

t.test('an unset colour shows as unset, and a preset is chosen from a list', async t => {
  await callJson(bench, 'PUT', '/api/v1/presets/card', { operations: 'resize_w-60', eager: false })
  await addOperation(page, 'Border')
  const colour = optionField(page, 'Border', 'Colour')
  const unset = page.locator('.swatch.unset')
  t.equal(await unset.count(), 0, 'the example of the operation sets it')
  await page.getByRole('button', { name: 'Clear Colour' }).click()
  await unset.waitFor()
  t.equal(await colour.getAttribute('placeholder'), 'not set: 000')
  await colour.fill('f00')
  t.equal(await unset.count(), 0)
  await addOperation(page, 'Preset')
  const choose = page.getByRole('button', { name: /^Preset: / })
  await choose.click()
  await page.getByRole('option', { name: /^card/ }).click()
  await page.waitForURL(/op=preset%3Bn%3Dcard/)
  for (const name of ['Preset', 'Border']) await page.getByRole('button', { name: `Remove ${name}` }).click()
})

t.test('an option is labelled in words, and the focus shows its whole hint', async t => {
  await page.locator('.step-toggle', { hasText: 'Resize' }).click()
  const width = optionField(page, 'Resize', 'Width')
  const hint = page.getByText(/^Width in CSS pixels; auto is .* minh\.$/)
  t.equal(await hint.isVisible(), false)
  await width.focus()
  await hint.waitFor()
  t.equal(await width.getAttribute('aria-describedby'), await hint.getAttribute('id'))
  await optionField(page, 'Resize', 'Fit').focus()
  t.equal(await hint.isVisible(), false, 'the hint of the focused option replaces it')
  t.equal(await optionField(page, 'Resize', 'Kernel').count(), 0, 'rare options are shown on request')
  await page.getByRole('button', { name: 'More options (8)' }).click()
  await optionField(page, 'Resize', 'Kernel').waitFor()
})

t.test('an invalid value shows an error at its field and disables the outputs', async t => {
  await optionField(page, 'Resize', 'Width').fill('9000')
  await page.getByText('Expected an integer from 1 to 8192').first().waitFor()
  await page.getByText('The form has an error').waitFor()
  t.equal(await page.locator('.outputs[inert]').count(), 1, 'the outdated outputs cannot be copied')
  await optionField(page, 'Resize', 'Width').fill('240')
  await page.getByText('240 × 160').waitFor()
})

t.test('Explain a URL fills the form, which is then saved as a preset', async t => {
  const url = await bench.sign({
    imageId: image.id,
    operations: [
      { op: 'crop', ar: '1:1' },
      { op: 'text', t: 'Grüße, Welt' },
    ],
    format: 'png',
  })
  await page.getByRole('button', { name: 'Explain a URL' }).click()
  await page.getByLabel('URL or path of a derivative').fill('https://elsewhere.example/image.jpg')
  await page.getByRole('button', { name: 'Explain', exact: true }).click()
  await page.getByText(/not the URL of a derivative/).waitFor()
  await page.getByLabel('URL or path of a derivative').fill(url)
  await page.getByRole('button', { name: 'Explain', exact: true }).click()
  await page.waitForURL(`**/playground/${image.id}?**`)
  await page.getByText('600 × 600').waitFor()
  t.equal(await optionField(page, 'Text', 'Text').inputValue(), 'Grüße, Welt')
  t.equal(await page.getByLabel('Format', { exact: true }).inputValue(), 'png')
  await page.getByRole('button', { name: 'Save as preset' }).click()
  await page.getByLabel('Name', { exact: true }).fill('square')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('Preset square saved').waitFor()
  const { operations } = await read<{ operations: string }>(await bench.get('/api/v1/presets/square'))
  t.match(operations, /^crop_ar-1:1_text_t-~/)
})

t.test('the preview of `auto` is what the browser shows on a page', async t => {
  const images: { readonly type: string; readonly accept: string }[] = []
  page.on('response', async response => {
    if (!response.url().includes('_resize_w-300.auto')) return
    const { accept = '' } = await response.request().allHeaders()
    images.push({ type: response.headers()['content-type'] ?? '', accept })
  })
  await page.goto(`/playground/${image.id}?op=resize;w=300`)
  await waitForPreview(page)
  const url = await bench.sign({
    imageId: image.id,
    operations: [{ op: 'resize', w: 300 }],
    format: 'auto',
  })
  await page.evaluate(
    `new Promise(done => Object.assign(new Image(), { onload: done, src: ${JSON.stringify(url)} }))`,
  )
  await until('both have answered', patienceMs, async () => images.length >= 2)
  const [preview, shown] = images
  t.equal(preview?.type, shown?.type)
  const formats = (accept = '') => accept.match(/image\/(?:jxl|avif|webp)/g)?.sort()
  t.strictSame(formats(preview?.accept), formats(shown?.accept), 'the preview names what the browser names')
  t.strictSame(
    formats(shown?.accept),
    formats(imageAcceptByBrowser.chromium),
    'this Chromium names what the service expects of it',
  )
})

t.test('the console has no errors', async t => {
  t.strictSame(problems, [])
})

/** Waits until the preview matches the form. */
async function waitForPreview(page: Page): Promise<void> {
  // longer than the debounce of the form
  await page
    .locator('.stage[aria-busy=true]')
    .waitFor({ timeout: 2_000 })
    .catch(() => {})
  await page.locator('.stage[aria-busy=false]').waitFor()
  await page.locator('.outputs:not([inert])').waitFor()
}

/** Drags an operation below the last one by its handle. */
async function dragDown(page: Page, op: string): Promise<void> {
  const grip = await boxOf(page.getByRole('button', { name: new RegExp(`^${op}, `) }))
  const last = await boxOf(page.locator('.step').last())
  await page.mouse.move(grip.x + grip.width / 2, grip.y + grip.height / 2)
  await page.mouse.down()
  await page.mouse.move(grip.x + 20, last.y + last.height / 2, { steps: 12 })
  await page.mouse.up()
}
