import { administrator } from '../support/administrator.ts'
import { inBothThemes, openDashboard, patienceMs, startDashboard } from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import { callJson, read } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const { bench, browser } = await startDashboard(t)
const admin = await administrator(bench)
const kept = await bench.upload(await photo(90, 60).jpeg().toBuffer(), { title: 'Kept' })
const taken = await bench.upload(await photo(60, 90, 2).jpeg().toBuffer(), { title: 'Taken' })
const { page, problems } = await openDashboard(browser, admin)
const dialog = page.getByRole('dialog')
const go = (name: string) => page.getByRole('link', { name, exact: true }).click()

t.test('content is taken down by the URL of an image, and the takedown is lifted', async t => {
  await go('Takedowns')
  await page.getByText('No takedowns').waitFor()
  await page.getByRole('button', { name: 'Take down' }).click()
  await dialog.getByText(/cannot be restored/).waitFor()
  await dialog.getByLabel('Image').fill('unknown1')
  await dialog.getByLabel('Reason').fill('A court said so')
  await dialog.getByRole('button', { name: 'Take down' }).click()
  await dialog.getByRole('alert').waitFor()
  t.match(problems.splice(0), [/404/], 'the browser logs the error response')
  t.equal(await dialog.getByLabel('Reason').inputValue(), 'A court said so', 'nothing typed is lost')
  await dialog.getByLabel('Image').fill(taken.rawUrl)
  await dialog.getByRole('button', { name: 'Take down' }).click()
  await page.getByText('Taken down: 1 image deleted').waitFor()
  const row = page.getByRole('table', { name: 'Takedowns' }).getByRole('row').nth(1)
  t.match(await row.textContent(), new RegExp(`A court said so.*${taken.sha256.slice(0, 16)}`))
  await row.getByRole('link', { name: admin.account.email }).waitFor()
  t.equal((await bench.get(taken.rawUrl)).status >= 400, true)
  await row.getByRole('button', { name: /^Lift/ }).click()
  await dialog.getByRole('button', { name: 'Lift' }).click()
  await page.getByText('No takedowns').waitFor()
})

t.test('the audit log is filtered by action, user and day, and by a click on a value', async t => {
  const rows = page.getByRole('table', { name: 'Audit log' }).locator('tbody tr')
  await go('Audit')
  await rows.first().waitFor()
  t.match(await rows.first().textContent(), new RegExp(`${admin.account.email}.*takedown\\.lift`))
  await page.getByLabel('Action').selectOption('takedown')
  await page.waitForURL('**/audit?action=takedown')
  await until('only takedowns are listed', patienceMs, async () => (await rows.count()) === 2)
  await rows.getByRole('button', { name: 'takedown', exact: true }).click()
  await page.getByLabel('Action').selectOption('login')
  await page.getByLabel('Who').fill(bench.account.email)
  await until('only logins of the member are listed', patienceMs, async () => {
    const texts = await rows.allTextContents()
    return texts.length > 0 && texts.every(text => text.includes(bench.account.email))
  })
  await page.getByLabel('From').fill('2001-02-03')
  await page.getByLabel('To').fill('2001-02-04')
  await page.getByText('No entries match').waitFor()
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await rows.first().waitFor()
  t.equal(new URL(page.url()).search, '')
  t.strictSame(problems, [])
})

t.test('members choose a fallback image, see it and remove it', async t => {
  const { page, problems } = await openDashboard(browser, bench, '/fallback')
  const fallback = async () => (await read<{ fallback: unknown }>(await bench.get('/api/v1/me'))).fallback
  await page.getByText('their symbol for a broken image').waitFor()
  await page.getByRole('radio', { name: /A blurred placeholder/ }).check()
  await page.getByText('As your newest image would look.').waitFor()
  t.equal(await fallback(), 'placeholder')
  await page.getByRole('radio', { name: /Another image/ }).click()
  await page.getByRole('button', { name: 'Kept' }).click()
  await page.getByRole('img', { name: 'Kept' }).waitFor()
  t.strictSame(await fallback(), { imageId: kept.id })
  await page.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('their symbol for a broken image').waitFor()
  t.equal(await fallback(), null)

  const sent: unknown[] = []
  let release = () => {}
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  await page.route('**/api/v1/me', async route => {
    sent.push(route.request().postDataJSON().fallback)
    if (sent.length === 1) await held
    await route.continue()
  })
  await page.getByRole('radio', { name: /A blurred placeholder/ }).check()
  await page.getByRole('radio', { name: /An error/ }).check()
  release()
  await page.locator('.fallback[aria-busy=false]').waitFor()
  t.strictSame([...sent, await fallback()], ['placeholder', null, null], 'the last choice wins')
  await page.unroute('**/api/v1/me')
  t.strictSame(problems, [])

  await callJson(admin, 'PATCH', `/api/v1/users/${bench.userId}`, {
    limits: { images: 10, operations: ['resize'], formats: ['webp'] },
  })
  await page.getByRole('button', { name: 'Account' }).click()
  await page.getByRole('menuitem', { name: 'Account' }).click()
  await page.getByText('1 of 10').waitFor()
  await page.getByText('Only administrators change limits').waitFor()
  t.match(await page.getByRole('region', { name: 'Limits' }).textContent(), /Operationsresize.*Formatswebp/)
  await page.getByLabel('Refuse damaged JPEG and PNG files').check()
  await until('it is saved', patienceMs, async () => {
    return (await read<{ rejectTruncated: boolean }>(await bench.get('/api/v1/me'))).rejectTruncated
  })
  for (const name of ['Takedowns', 'Audit', 'Users'])
    t.equal(await page.getByRole('link', { name, exact: true }).count(), 0, `${name} is for administrators`)
  t.strictSame(problems, [])
  await page.context().close()
})

t.test('the views are accessible in both themes and fit a narrow screen', async t => {
  await callJson(admin, 'POST', '/api/v1/takedowns', { sha256: 'ab'.repeat(32), reason: 'x'.repeat(300) })
  await inBothThemes(t, browser, admin, '/', async ({ page, isNarrow, audit }) => {
    const open = async (name: string) => {
      if (!isNarrow) return page.getByRole('link', { name, exact: true }).click()
      await page.getByRole('button', { name: 'More' }).click()
      await page.getByRole('menuitemradio', { name }).click()
    }
    await open('Takedowns')
    await page.getByRole('table', { name: 'Takedowns' }).waitFor()
    await audit('the takedowns')
    await page.getByRole('button', { name: 'Take down' }).click()
    await audit('the form of a takedown')
    await page.keyboard.press('Escape')
    await open('Audit')
    await page.getByRole('table', { name: 'Audit log' }).waitFor()
    await audit('the audit log')
    await open('Fallback')
    await page.getByRole('radio', { name: /An error/ }).waitFor()
    await audit('the fallback')
    await page.getByRole('button', { name: 'Account' }).click()
    await page.getByRole('menuitem', { name: 'Account' }).click()
    await page
      .getByText(/, no limit/)
      .first()
      .waitFor()
    await audit('the account')
  })
})
