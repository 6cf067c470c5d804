import { inBothThemes, openDashboard, readClipboard, startDashboard } from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import { findAccessibilityViolations } from '../support/services/axe.ts'
import t from '../support/tap.ts'

const { bench, browser } = await startDashboard(t)
const image = await bench.upload(await photo(90, 60).jpeg().toBuffer(), { title: 'Harbour at dawn' })
const { page, problems } = await openDashboard(browser, bench)
const palette = page.getByRole('dialog', { name: 'Search and commands' })
const field = palette.getByRole('combobox')
const chosen = palette.getByRole('option', { selected: true })

t.test('the palette is loaded when it is first opened, and opens views by keyboard', async t => {
  const scripts: string[] = []
  page.on('request', request => scripts.push(new URL(request.url()).pathname))
  await page.keyboard.press('Control+k')
  await field.waitFor()
  t.ok(
    scripts.some(path => /^\/assets\/palette-.*\.js$/.test(path)),
    'its script was not there before',
  )
  t.equal(await chosen.textContent(), 'Library')
  await page.keyboard.press('ArrowUp')
  t.equal(await chosen.textContent(), 'Sign out', 'the choice wraps around')
  await page.keyboard.press('ArrowDown')
  await field.fill('webh')
  t.equal(await chosen.textContent(), 'Webhooks')
  t.equal(await field.getAttribute('aria-activedescendant'), await chosen.getAttribute('id'))
  await page.keyboard.press('Enter')
  await page.waitForURL('**/webhooks')
  t.equal(await palette.count(), 0)
})

t.test('images are found by title, and the URL of the open image is copied', async t => {
  await page.getByRole('button', { name: 'Search' }).click()
  await field.fill('harb')
  const option = palette.getByRole('option', { name: 'Harbour at dawn' })
  await option.locator('img').waitFor()
  t.strictSame(await findAccessibilityViolations(page), [])
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/images/${image.id}`)
  await page.keyboard.press('Control+k')
  await field.fill('copy url')
  await page.keyboard.press('Enter')
  await page.getByText('URL copied').waitFor()
  const response = await fetch(await readClipboard(page), { headers: { accept: 'image/webp' } })
  t.match(
    { status: response.status, type: response.headers.get('content-type') },
    { status: 200, type: 'image/webp' },
  )
  await response.body?.cancel()
})

t.test('Escape and a second Ctrl+K close the palette, and the focus returns', async t => {
  const opener = page.getByRole('button', { name: 'Search' })
  await opener.focus()
  for (const key of ['Escape', 'Control+k']) {
    await page.keyboard.press('Control+k')
    await field.waitFor()
    await page.keyboard.press(key)
    await palette.waitFor({ state: 'detached' })
    t.equal(await page.evaluate('document.activeElement.className'), 'rail-search', key)
  }
})

t.test('a search without results says so, and actions run', async t => {
  await page.keyboard.press('Control+k')
  await field.fill('nothing is called that')
  await palette.getByText('Nothing found').waitFor()
  await field.fill('dark theme')
  await page.keyboard.press('Enter')
  t.equal(await page.evaluate('document.documentElement.dataset.theme'), 'dark')
  t.strictSame(problems, [])
  await page.keyboard.press('Control+k')
  await field.fill('sign out')
  await page.keyboard.press('Enter')
  await page.getByLabel('Password').waitFor()
  await page.keyboard.press('Control+k')
  t.equal(await palette.count(), 0, 'there is no palette without a session')
})

t.test('the palette is accessible in both themes and fits a narrow screen', async t => {
  await inBothThemes(t, browser, bench, '/keys', async ({ page, audit }) => {
    await page.getByRole('button', { name: 'Search' }).click()
    await page.getByRole('combobox').waitFor()
    await audit('the palette')
  })
})
