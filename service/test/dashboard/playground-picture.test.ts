import type { Locator } from 'playwright-core'
import type { Test } from 'tap'
import { boxOf, openDashboard, patienceMs, startDashboard } from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import { addOperation, optionField } from '../support/playground.ts'
import { findAccessibilityViolations } from '../support/services/axe.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const { bench, browser } = await startDashboard(t)
const [image, logo] = await Promise.all([
  bench.upload(await photo(900, 600).jpeg().toBuffer(), { title: 'Harbour' }),
  bench.upload(await photo(90, 60, 2).png().toBuffer(), { title: 'Logo' }),
])
// previews as JPEG, because the browser accepts AVIF, which takes much longer to encode; playground.test.ts uses `auto`
const start = `/playground/${image.id}?op=crop;w=300;h=200&format=jpg`
const { page, problems } = await openDashboard(browser, bench, start)
const placer = page.locator('.placer')
const box = page.locator('.place-box')
const region = page.getByRole('button', { name: /^Region, / })

t.test('a crop is drawn on the picture and written into its options', async t => {
  await page.getByRole('button', { name: 'Draw on picture' }).click()
  await region.waitFor()
  t.strictSame(await shown(), { left: 300, top: 200, width: 300, height: 200 }, 'it begins in the centre')
  await drag(region, -150, 90)
  await until('the position is written', patienceMs, async () => (await crop()).x !== '')
  const { x, y, w, h } = await crop()
  near(t, [x, y, w, h], [150, 290, 300, 200])
  t.equal(await optionField(page, 'Crop', 'Gravity').inputValue(), '', 'a position replaces the gravity')
  await drag(page.getByRole('button', { name: /^Resize at the bottom right/ }), 60, 40)
  near(t, Object.values(await crop()), [150, 290, 360, 240])
  t.strictSame(await findAccessibilityViolations(page), [])
  await page.keyboard.press('Control+z')
  near(t, Object.values(await crop()), [150, 290, 300, 200])
})

t.test('the handles follow the picture when it is scaled, and move by keys', async t => {
  const before = await shown()
  const { width } = await boxOf(placer)
  await page.setViewportSize({ width: 390, height: 844 })
  await until('the picture is smaller', patienceMs, async () => (await boxOf(placer)).width < width)
  near(t, Object.values(await shown()), Object.values(before), 3)
  const { y: top, height } = await boxOf(page.locator('.stage-picture'))
  t.ok(top >= 0 && height < 450, `the picture stays in view: ${height} pixels at ${top}`)
  const x = Number((await crop()).x)
  await region.press('ArrowRight')
  await region.press('Shift+ArrowRight')
  t.equal(Number((await crop()).x), x + 11)
  await page.setViewportSize({ width: 1360, height: 900 })
})

t.test('changes before the page is painted are all kept', async t => {
  const fields = ['Left', 'Top', 'Width'].map(name => optionField(page, 'Crop', name))
  const inputs = await Promise.all(fields.map(async field => (await field.elementHandle())!))
  await page.evaluate(async inputs => {
    for (const [index, input] of inputs.entries()) {
      Object.assign(input, { value: String(31 + index) })
      input.dispatchEvent(new Event('input', { bubbles: true }))
      // the change is rendered, and effects wait until it is painted
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    }
  }, inputs)
  await page.screenshot()
  t.strictSame(await Promise.all(fields.map(field => field.inputValue())), ['31', '32', '33'])
})

t.test('a crop keeps its aspect ratio and its unit', async t => {
  await optionField(page, 'Crop', 'Height').fill('')
  await optionField(page, 'Crop', 'Aspect ratio').fill('1:1')
  for (const [name, value] of [
    ['Left', '0.1'],
    ['Top', '0.1'],
    ['Width', '0.2'],
  ] as const)
    await optionField(page, 'Crop', name).fill(value)
  t.strictSame(await shown(), { left: 90, top: 60, width: 180, height: 180 })
  await page.getByRole('button', { name: /^Resize at the bottom right/ }).press('Shift+ArrowRight')
  const { x, y, w, h } = await crop()
  t.strictSame({ x, y, w, h }, { x: '0.1', y: '0.1', w: '0.2111', h: '' })
  await page.keyboard.press('Escape')
  t.equal(await placer.count(), 0)
  const button = page.getByRole('button', { name: 'Draw on picture' })
  t.ok(await button.evaluate(element => element.matches(':focus')), 'the focus returns')
  await page.getByText('190 × 190').waitFor()
  await page.getByRole('button', { name: 'Remove Crop' }).click()
})

t.test('the focal point of a resize is set by a press', async t => {
  await addOperation(page, 'Resize')
  await page.getByRole('button', { name: 'Set focal point on picture' }).click()
  const surface = page.getByRole('button', { name: /^Focal point not set/ })
  const { width, height } = await boxOf(surface)
  await surface.click({ position: { x: width * 0.25, y: height * 0.75 } })
  const fx = optionField(page, 'Resize', 'Focus from left')
  near(
    t,
    [await fx.inputValue(), await optionField(page, 'Resize', 'Focus from top').inputValue()],
    [0.25, 0.75],
    0.01,
  )
  await page.getByRole('button', { name: /^Focal point 25/ }).press('ArrowRight')
  near(t, [await fx.inputValue()], [0.26], 0.01)
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('button', { name: 'Remove Resize' }).click()
})

t.test('a text is dragged, and takes the position that is next to it', async t => {
  await addOperation(page, 'Text')
  await optionField(page, 'Text', 'Position').selectOption('center')
  await optionField(page, 'Text', 'Vertical offset').fill('')
  await page.getByRole('button', { name: 'Place on picture' }).click()
  const text = page.getByRole('button', { name: /^Text at center/ })
  await text.waitFor()
  await drag(text, -300, -200)
  t.equal(await optionField(page, 'Text', 'Position').inputValue(), 'northwest')
  const moved = await shown()
  const offsets = [
    await optionField(page, 'Text', 'Horizontal offset').inputValue(),
    await optionField(page, 'Text', 'Vertical offset').inputValue(),
  ]
  near(t, offsets, [moved.left, moved.top])
  await page.getByRole('button', { name: 'Remove Text' }).click()
  t.equal(await placer.count(), 0, 'the picture goes with its operation')
})

t.test('an overlay is added by picking an image, and dragged', async t => {
  await page.getByRole('button', { name: 'Add operation' }).click()
  await page.keyboard.type('overlay')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByRole('button', { name: 'Logo' }).click()
  t.equal(await optionField(page, 'Overlay', 'Image').inputValue(), logo.id)
  await page.locator('.image-chosen', { hasText: 'Logo' }).waitFor()
  await optionField(page, 'Overlay', 'Position').selectOption('southeast')
  await page.getByRole('button', { name: 'Place on picture' }).click()
  await box.waitFor()
  const { width, height } = await shown()
  near(t, [width, height], [90, 60])
  await page.getByRole('button', { name: /^Overlay at southeast/ }).press('Shift+ArrowLeft')
  await page.waitForURL(/%3Bg%3Dsoutheast%3Bx%3D20%3B/)
})

t.test('a long drag changes the address a few times only, and last to its end', async t => {
  const overlay = page.getByRole('button', { name: /^Overlay at / })
  // the first call throws, as in a browser that allows no more
  await page.evaluate(`{
    const replace = history.replaceState.bind(history)
    window.calls = 0
    history.replaceState = (...change) => {
      if (++window.calls === 1) throw new DOMException('too many calls', 'SecurityError')
      replace(...change)
    }
  }`)
  await drag(overlay, -200, -100, 60)
  const position = await optionField(page, 'Overlay', 'Horizontal offset').inputValue()
  await page.waitForURL(url => url.href.includes(`%3Bx%3D${position}%3B`))
  const count = Number(await page.evaluate('window.calls'))
  t.ok(count < 20, `${count} changes`)
  await page.getByRole('button', { name: 'Done' }).click()
})

t.test('the preview stays in view while the form scrolls', async t => {
  const stage = page.locator('.stage-picture')
  await page.setViewportSize({ width: 390, height: 844 })
  await page.getByLabel('Format', { exact: true }).scrollIntoViewIfNeeded()
  await page.mouse.wheel(0, 5_000)
  const { y, height } = await boxOf(stage)
  t.ok(y >= 0 && height < 300, `a small preview at the top: ${height} pixels at ${y}`)
  await page.setViewportSize({ width: 1360, height: 900 })
})

t.test('the console has no errors', async t => {
  t.strictSame(problems, [])
})

/** The box on the picture, in pixels of the original. */
async function shown() {
  const [outer, inner] = [await boxOf(placer), await boxOf(box)]
  const scale = 900 / outer.width
  const rounded = (length: number) => Math.round(length * scale)
  return {
    left: rounded(inner.x - outer.x),
    top: rounded(inner.y - outer.y),
    width: rounded(inner.width),
    height: rounded(inner.height),
  }
}

/** The options of the crop, as its fields show them. */
async function crop() {
  const value = (name: string) => optionField(page, 'Crop', name).inputValue()
  return { x: await value('Left'), y: await value('Top'), w: await value('Width'), h: await value('Height') }
}

/** Drags an element by pixels of the original. */
async function drag(element: Locator, x: number, y: number, steps = 4): Promise<void> {
  const from = await boxOf(element)
  const scale = (await boxOf(placer)).width / 900
  const start = { x: from.x + from.width / 2, y: from.y + from.height / 2 }
  await page.mouse.move(start.x, start.y)
  await page.mouse.down()
  await page.mouse.move(start.x + x * scale, start.y + y * scale, { steps })
  await page.mouse.up()
}

/** Compares numbers, with a tolerance of the pixels that the screen is coarser than the original. */
function near(
  t: Test,
  actual: readonly (string | number)[],
  expected: readonly number[],
  tolerance = 3,
): void {
  for (const [index, value] of expected.entries()) {
    const off = Math.abs(Number(actual[index]) - value)
    t.ok(off <= tolerance, `${actual.join(', ')} is near ${expected.join(', ')}`)
  }
}
