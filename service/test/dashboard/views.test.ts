import t from 'tap'
import { build } from '../support/build.ts'
import { enter } from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import { findAccessibilityViolations } from '../support/services/axe.ts'
import { findChromiumObstacle, openPage, startChromium } from '../support/services/chromium.ts'

const obstacle = await findChromiumObstacle()
if (obstacle) {
  t.plan(0, `no browser to test with: ${obstacle}`)
  process.exit()
}
// a browser on a busy machine takes its time
t.setTimeout(300_000)
const bench = await build(t)
const browser = await startChromium(t)
const [image] = await Promise.all(
  [1, 2, 3].map(async seed =>
    bench.upload(await photo(600, 400, seed).jpeg().toBuffer(), {
      title: `Picture ${seed}`,
      tags: 'one, two',
    }),
  ),
)
const id = image!.id
/** What is there when a view is. */
const views: Readonly<Record<string, string>> = {
  '/': '.frame img.come',
  [`/images/${id}`]: '.palette',
  [`/playground/${id}?op=resize;w=200&op=duotone&op=text;t=Hi&op=blur&format=png`]: '.compare img',
  '/playground': '.compare img',
  '/keys': '.table',
  '/usage': '.totals',
  '/jobs': '.state',
  '/no-such-view': '.state',
  '/?q=nothing-is-called-that': '.state',
}

/** Each theme on a wide and on a narrow screen; what a theme does to contrasts it does on both. */
const looks = [
  { colorScheme: 'dark', width: 1360, judged: true },
  { colorScheme: 'dark', width: 390, judged: false },
  { colorScheme: 'light', width: 1360, judged: false },
  { colorScheme: 'light', width: 390, judged: true },
] as const

for (const { colorScheme, width, judged } of looks) {
  t.test(`every view in ${colorScheme}, ${width} pixels wide`, async t => {
    const options = { colorScheme, viewport: { width, height: 844 }, hasTouch: width === 390 }
    const { page, problems } = await enter(browser, bench, '/', options)
    for (const [path, sign] of Object.entries(views)) {
      await page.evaluate(
        `history.pushState(null, '', ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent('popstate'))`,
      )
      await page.locator(sign).first().waitFor()
      if (judged) t.strictSame(await findAccessibilityViolations(page), [], path)
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
      t.ok(wide <= width, `${path} is ${wide} pixels wide`)
    }
    t.strictSame(problems, [])
    await page.context().close()
  })
}

t.test('signing in is as good, and a dialog, a menu and a selection are', async t => {
  for (const colorScheme of ['dark', 'light'] as const) {
    const visitor = await openPage(browser, bench.url, { colorScheme })
    await visitor.page.goto('/')
    await visitor.page.getByLabel('Email').waitFor()
    t.strictSame(await findAccessibilityViolations(visitor.page), [])
    await visitor.page.context().close()
    const { page } = await enter(browser, bench, '/', { colorScheme })
    await page.getByLabel('Select Picture 1').check({ force: true })
    await page.getByRole('button', { name: 'Theme' }).click()
    t.strictSame(await findAccessibilityViolations(page), [], 'menu and selection')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').waitFor()
    t.strictSame(await findAccessibilityViolations(page), [], 'dialog')
    await page.context().close()
  }
})

t.test(
  'the keyboard alone leads from the link to the content through the menu to a theme that stays',
  async t => {
    const { page } = await enter(browser, bench, '/', { colorScheme: 'dark' })
    await page.locator('.frame img.come').first().waitFor()
    await page.evaluate('document.activeElement.blur()')
    await page.keyboard.press('Tab')
    t.equal(await page.evaluate('document.activeElement.textContent.trim()'), 'Skip to content')
    await page.keyboard.press('Enter')
    t.equal(await page.evaluate('document.activeElement.id'), 'main')
    await page.getByRole('button', { name: 'Theme' }).focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
    const light = await ground()
    t.equal(light, 'rgb(246, 242, 234)')
    await page.reload()
    t.equal(await ground(), light, 'also before anything of the page has run')
    await page.context().close()
  },
)
