import { openDashboard, patienceMs, readClipboard, startDashboard } from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const { bench, browser } = await startDashboard(t)
const image = await bench.upload(await photo(90, 60).jpeg().toBuffer())
const { page, problems } = await openDashboard(browser, bench)
const dialog = page.getByRole('dialog')

t.test('a signing key is replaced, and the last active key and a new secret are guarded', async t => {
  const path = `/processed/${bench.userId}/${image.id}_resize_w-40.png`
  const old = await bench.sign(path)
  await page.getByRole('link', { name: 'Keys', exact: true }).click()
  await page.getByRole('button', { name: `Retire ${bench.key.id}` }).click()
  await dialog.getByText(/without an active key the API signs no URLs/i).waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'New signing key' }).click()
  await dialog.getByRole('button', { name: 'Done' }).waitFor()
  await page.keyboard.press('Escape')
  await dialog.getByText(/Close without the secret/).waitFor()
  await page.keyboard.press('Escape')
  await dialog.getByRole('button', { name: 'Done' }).waitFor()
  await dialog.getByRole('button', { name: 'Close' }).click()
  await dialog.getByRole('button', { name: 'Back to the secret' }).click()
  await page.getByRole('button', { name: 'Copy Secret' }).click()
  t.equal(Buffer.from(await readClipboard(page), 'base64url').length, 32)
  await page.getByRole('button', { name: 'Done' }).click()
  t.match(await page.content(), bench.key.id)
  await page.getByRole('button', { name: `Retire ${bench.key.id}` }).click()
  await page.getByRole('button', { name: `Make ${bench.key.id} active` }).waitFor()
  t.equal((await fetch(old)).status, 200, 'URLs of the retiring key keep working')
  const renewed = await bench.sign(path)
  t.notMatch(renewed, `k=${bench.key.id}`)
  await page.getByRole('button', { name: `Revoke ${bench.key.id}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await page.getByText(`${bench.key.id} is revoked`).waitFor()
  await until(
    'URLs of the revoked key are rejected',
    patienceMs,
    async () => (await fetch(old)).status === 403,
  )
  t.equal((await fetch(renewed)).status, 200)
  await page.getByRole('button', { name: 'Revoke', exact: false }).first().click()
  await dialog.getByRole('heading', { name: 'Revoke the last active key?' }).waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('link', { name: 'Library', exact: true }).click()
  await until(
    'the library shows thumbnails signed with the new key',
    patienceMs,
    async () => (await page.locator('.frame img.loaded').count()) === 1,
  )
})

t.test('an API key is created, its secret is shown once, and it is revoked', async t => {
  await page.getByRole('link', { name: 'Keys', exact: true }).click()
  await page.getByRole('button', { name: 'New API key' }).click()
  await page.getByLabel('Name', { exact: true }).fill('The shop')
  await page.getByLabel('images:write').uncheck()
  await page.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('button', { name: 'Copy Secret' }).click()
  const secret = await readClipboard(page)
  t.match(secret, /^drk_/)
  const request = () =>
    fetch(`${bench.url}/api/v1/images`, { headers: { authorization: `Bearer ${secret}` } })
  t.equal((await request()).status, 200)
  await page.getByRole('button', { name: 'Done' }).click()
  t.notMatch(await page.content(), secret, 'the secret is not shown again')
  await page.getByRole('button', { name: 'Revoke The shop' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await until('the revoked key is rejected', patienceMs, async () => (await request()).status === 401)
})

t.test('the console has no errors', async t => {
  t.strictSame(problems, [])
})
