import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { policyTemplates } from 'darkroom/client'
import darkroomLoader from 'darkroom/next'
import { root } from '../support/containers.ts'
import {
  inBothThemes,
  openDashboard,
  patienceMs,
  readClipboard,
  startDashboard,
} from '../support/dashboard.ts'
import { blocksOf } from '../support/markdown.ts'
import { photo } from '../support/pictures.ts'
import { findAccessibilityViolations } from '../support/services/axe.ts'
import { callJson, read } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const { bench, browser } = await startDashboard(t)
await bench.upload(await photo(90, 60).jpeg().toBuffer())
const { page, problems } = await openDashboard(browser, bench)
const dialog = page.getByRole('dialog')
const policies = page
  .getByRole('navigation', { name: 'Dashboard' })
  .getByRole('link', { name: 'Policies', exact: true })
const save = page.getByRole('button', { name: 'Save rules' })
const policy = async (name: string) => {
  const { createdAt, updatedAt, ...rules } = await read<Record<string, unknown>>(
    await bench.get(`/api/v1/policies/${name}`),
  )
  return rules
}
/** The code that the page shows. */
const shownCode = async () => (await page.locator('.code-block pre').allTextContents()).join('\n')
let signed = ''

t.test('a policy for Next.js is created from its template, and shows a signed URL', async t => {
  await policies.click()
  await page.getByText('No policies yet').waitFor()
  await page.getByRole('button', { name: 'New policy' }).click()
  t.strictSame(await findAccessibilityViolations(page), [])
  await dialog.getByRole('button', { name: 'Create' }).click()
  await page.waitForURL('**/policies/next?for=next')
  await page.getByRole('button', { name: 'Copy Signed URL' }).click()
  signed = await readClipboard(page)
  t.strictSame(await policy('next'), { name: 'next', ...policyTemplates.next })
  const response = await fetch(darkroomLoader({ src: signed, width: 64, quality: 75 }))
  t.match(
    { status: response.status, type: response.headers.get('content-type') },
    { status: 200, type: /^image/ },
  )
  await response.body?.cancel()
  t.match(problems.splice(0), [/404/], 'the form checks that no policy has this name')
})

t.test('the code for each framework is the code of the documentation', async t => {
  const docs = await readFile(join(root, 'docs/client-library.md'), 'utf8')
  const blocks = blocksOf(docs).filter(({ infoWords }) => infoWords.includes('not-run=framework'))
  const shown: Record<string, string> = {}
  for (const name of ['Next.js', 'Nuxt Image', 'unpic', 'Astro']) {
    await page.getByRole('navigation', { name: 'Framework' }).getByRole('link', { name }).click()
    await page.locator(`.choice-links [aria-current]`, { hasText: name }).waitFor()
    shown[name] = await shownCode()
    t.ok(shown[name].includes(`baseUrl: '${bench.url}'`), `${name}: the service's address`)
  }
  const all = Object.values(shown).join('\n')
  t.equal(blocks.length, 3)
  for (const { code } of blocks) {
    t.ok(all.includes(code.trim().replace('https://img.example.org', bench.url)), code)
  }
  const astro = await readFile(join(root, 'examples/astro/src/darkroom.ts'), 'utf8')
  t.ok(shown.Astro!.includes(astro.trim()), 'the image service of the example')
})

t.test('a name that exists is refused, and what was chosen stays', async t => {
  await policies.click()
  await page.getByRole('button', { name: 'New policy' }).click()
  await dialog.getByRole('radio', { name: 'Astro' }).check()
  await dialog.getByLabel('Name').fill('next')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await dialog.getByText('There is already a policy next').waitFor()
  t.ok(await dialog.getByRole('radio', { name: 'Astro' }).isChecked())
  t.strictSame(await policy('next'), { name: 'next', ...policyTemplates.next })
  await page.keyboard.press('Escape')
})

t.test('rules are edited, and mistakes are shown beside their field', async t => {
  await page.getByRole('table').getByRole('link', { name: 'next' }).click()
  const width = page.getByLabel('Width (w)', { exact: true })
  await width.waitFor()
  t.equal(await width.inputValue(), '16 to 3840')
  t.ok(await save.isDisabled())
  await width.fill('200 to 100')
  await page.getByText('must not be greater').waitFor()
  t.ok(await save.isDisabled())
  await width.fill('100 to 200, 640')
  await page.getByText('more options').nth(1).click()
  await page.getByLabel(/ \(fit\)$/).fill('cover, inside')
  await page.getByLabel('Allow another operation').selectOption('grayscale')
  await page.getByLabel('tiff', { exact: true }).check()
  await page.getByLabel('Width, in pixels').fill('800')
  await policies.click()
  await page.getByRole('table').getByRole('link', { name: 'next' }).click()
  await save.click()
  await until('it is saved', patienceMs, async () => {
    return JSON.stringify(await policy('next')).includes('cover')
  })
  t.strictSame(await policy('next'), {
    name: 'next',
    operations: {
      resize: {
        w: { min: 100, max: 200, values: [640] },
        h: { min: 1, max: 8192 },
        fit: { values: ['cover', 'inside'] },
      },
      encode: { q: { min: 1, max: 100 } },
      grayscale: true,
    },
    formats: [...policyTemplates.next.formats, 'tiff'],
    limits: { maxWidth: 800 },
  })
  t.strictSame(problems, [])
})

t.test('rules of every kind survive an edit of another rule', async t => {
  const rules = {
    operations: {
      resize: { w: { min: 10 }, h: { max: 20 }, dpr: { values: [1, 2] } },
      text: { t: { values: ['a, b\\c', 'on'] }, c: { values: ['fff'] } },
      flip: true,
      encode: { lossless: { values: [true] } },
    },
    presets: ['gone'],
  }
  await read(await callJson(bench, 'PUT', '/api/v1/policies/kinds', rules))
  await policies.click()
  await page.getByRole('table').getByRole('link', { name: 'kinds' }).click()
  await page.getByLabel('Operations', { exact: true }).fill('3')
  await save.click()
  await page.getByRole('button', { name: 'Reset' }).waitFor({ state: 'detached' })
  t.strictSame(await policy('kinds'), { name: 'kinds', ...rules, limits: { maxSteps: 3 } })
})

t.test('deleting a policy says what follows, and ends its URLs', async t => {
  const { pathname, search } = new URL(signed)
  await policies.click()
  await page.getByRole('table').getByRole('link', { name: 'next' }).click()
  await page.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByText(/stops working at once/).waitFor()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('table').getByRole('link', { name: 'kinds' }).waitFor()
  t.equal(await page.getByRole('table').getByRole('link', { name: 'next' }).count(), 0)
  t.equal((await bench.get(pathname + search)).status, 403)
  t.strictSame(problems, [])
})

t.test('the list and the page of a policy are accessible in both themes and fit a narrow screen', async t => {
  await inBothThemes(t, browser, bench, '/policies', async ({ page, audit }) => {
    await page.getByRole('link', { name: 'kinds' }).waitFor()
    await audit('the list')
    await page.getByRole('link', { name: 'kinds' }).click()
    await page.getByRole('button', { name: 'Save rules' }).waitFor()
    await page.getByRole('button', { name: 'Copy Sign, on the server' }).waitFor()
    await audit('the page')
  })
})
