import t from 'tap'
import { build } from '../support/build.ts'
import { copied, enter, patienceMs } from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import { findChromiumObstacle, startChromium } from '../support/services/chromium.ts'
import { until } from '../support/until.ts'

const obstacle = await findChromiumObstacle()
if (obstacle) {
  t.plan(0, `no browser to test with: ${obstacle}`)
  process.exit()
}
// a browser on a busy machine takes its time
t.setTimeout(300_000)
const bench = await build(t)
const image = await bench.upload(await photo(90, 60).jpeg().toBuffer())
const { page, problems } = await enter(await startChromium(t), bench)

t.test('a signing key is replaced: the new one signs, the old one is retired and then revoked', async t => {
  const path = `/processed/${bench.userId}/${image.id}_resize_w-40.png`
  const old = await bench.sign(path)
  await page.getByRole('link', { name: 'Keys', exact: true }).click()
  await page.getByRole('button', { name: 'New signing key' }).click()
  await page.getByRole('button', { name: 'Copy Secret' }).click()
  t.equal(Buffer.from(await copied(page), 'base64url').length, 32)
  await page.getByRole('button', { name: 'Done' }).click()
  t.match(await page.content(), bench.key.id)
  await page.getByRole('button', { name: `Retire ${bench.key.id}` }).click()
  await page.getByRole('button', { name: `Make ${bench.key.id} active` }).waitFor()
  t.equal((await fetch(old)).status, 200, 'URLs that it signed keep working')
  const fresh = await bench.sign(path)
  t.notMatch(fresh, `k=${bench.key.id}`)
  await page.getByRole('button', { name: `Revoke ${bench.key.id}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await page.getByText(`${bench.key.id} is revoked`).waitFor()
  await until('its URLs stop', patienceMs, async () => (await fetch(old)).status === 403)
  t.equal((await fetch(fresh)).status, 200)
  await page.getByRole('link', { name: 'Library', exact: true }).click()
  await until(
    'the library shows by the new one',
    patienceMs,
    async () => (await page.locator('.frame img.come').count()) === 1,
  )
})

t.test('an API key is made for a purpose, shown once, and revoked', async t => {
  await page.getByRole('link', { name: 'Keys', exact: true }).click()
  await page.getByRole('button', { name: 'New API key' }).click()
  await page.getByLabel('Name', { exact: true }).fill('The shop')
  await page.getByLabel('images:write').uncheck()
  await page.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('button', { name: 'Copy Secret' }).click()
  const secret = await copied(page)
  t.match(secret, /^drk_/)
  const asks = () => fetch(`${bench.url}/api/v1/images`, { headers: { authorization: `Bearer ${secret}` } })
  t.equal((await asks()).status, 200)
  await page.getByRole('button', { name: 'Done' }).click()
  t.notMatch(await page.content(), secret, 'and not any more')
  await page.getByRole('button', { name: 'Revoke The shop' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await until('it is refused', patienceMs, async () => (await asks()).status === 401)
})

t.test('nobody has complained', async t => {
  t.strictSame(problems, [])
})
