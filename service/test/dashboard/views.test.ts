import { contentWidth, navigateTo, openDashboard, startDashboard } from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import { findAccessibilityViolations } from '../support/services/axe.ts'
import { openPage } from '../support/services/chromium.ts'
import t from '../support/tap.ts'

const { bench, browser } = await startDashboard(t)
const [image] = await Promise.all(
  [1, 2, 3].map(async seed =>
    bench.upload(await photo(600, 400, seed).jpeg().toBuffer(), {
      title: `Photo ${seed}`,
      tags: 'one, two',
    }),
  ),
)
const id = image!.id
/** The selector that matches once a view has loaded. */
const views: Readonly<Record<string, string>> = {
  '/': '.frame img.loaded',
  [`/images/${id}`]: '.palette',
  [`/playground/${id}?op=resize;w=200&op=duotone&op=text;t=Hi&op=blur&format=png`]: '.compare img',
  '/playground': '.compare img',
  '/keys': '.table',
  '/usage': '.totals',
  '/jobs': '.state',
  '/no-such-view': '.state',
  '/keys/a': '.state',
  '/constructor': '.state',
  '/images/%E0': '.state',
  '/?q=nothing-is-called-that': '.state',
}

/** Each theme on a wide and a narrow screen. axe runs once per theme, since contrasts do not depend on the width. */
const looks = [
  { colorScheme: 'dark', width: 1360, audited: true },
  { colorScheme: 'dark', width: 390, audited: false },
  { colorScheme: 'light', width: 1360, audited: false },
  { colorScheme: 'light', width: 390, audited: true },
] as const

for (const { colorScheme, width, audited } of looks) {
  t.test(`every view loads in ${colorScheme} and fits ${width} pixels`, async t => {
    const options = { colorScheme, viewport: { width, height: 844 }, hasTouch: width === 390 }
    const { page, problems } = await openDashboard(browser, bench, '/', options)
    for (const [path, selector] of Object.entries(views)) {
      // the usage page does not reload by itself, and shows nothing until the first counts are stored
      if (path === '/usage') await bench.app.usage.flush()
      await navigateTo(page, path)
      await page.locator(selector).first().waitFor()
      if (audited) t.strictSame(await findAccessibilityViolations(page), [], path)
      const wide = await contentWidth(page)
      t.ok(wide <= width, `${path} is ${wide} pixels wide`)
    }
    t.strictSame(problems, [])
    await page.context().close()
  })
}

t.test('the sign-in form, a menu, a selection and a dialog are accessible', async t => {
  for (const colorScheme of ['dark', 'light'] as const) {
    const visitor = await openPage(browser, bench.url, { colorScheme })
    await visitor.page.goto('/')
    await visitor.page.getByLabel('Email').waitFor()
    t.strictSame(await findAccessibilityViolations(visitor.page), [])
    await visitor.page.context().close()
    const { page } = await openDashboard(browser, bench, '/', { colorScheme })
    await page.getByLabel('Select Photo 1').check({ force: true })
    await page.getByRole('button', { name: 'Theme' }).click()
    t.strictSame(await findAccessibilityViolations(page), [], 'menu and selection')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').waitFor()
    t.strictSame(await findAccessibilityViolations(page), [], 'dialog')
    await page.context().close()
  }
})

t.test('the skip link and the theme menu work by keyboard, and the theme survives a reload', async t => {
  const { page } = await openDashboard(browser, bench, '/', { colorScheme: 'dark' })
  await page.locator('.frame img.loaded').first().waitFor()
  await page.evaluate('document.activeElement.blur()')
  await page.keyboard.press('Tab')
  t.equal(await page.evaluate('document.activeElement.textContent.trim()'), 'Skip to content')
  await page.keyboard.press('Enter')
  t.equal(await page.evaluate('document.activeElement.id'), 'main')
  await page.getByRole('button', { name: 'Theme' }).focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
  const light = await background()
  t.equal(light, 'rgb(246, 242, 234)')
  await page.reload()
  t.equal(await background(), light, 'the theme is applied on load')
  await page.context().close()
})
