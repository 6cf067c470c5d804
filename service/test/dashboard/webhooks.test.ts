import { createHmac } from 'node:crypto'
import t from 'tap'
import { publicNetworkPolicy } from '../../net/network-policy.ts'
import { build } from '../support/build.ts'
import { openCallReceiver } from '../support/call-receiver.ts'
import { copied, enter, patienceMs } from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import { findAccessibilityViolations } from '../support/services/axe.ts'
import { findChromiumObstacle, startChromium } from '../support/services/chromium.ts'
import { read } from '../support/session.ts'
import { until } from '../support/until.ts'

const obstacle = await findChromiumObstacle()
if (obstacle) {
  t.plan(0, `no browser to test with: ${obstacle}`)
  process.exit()
}
// a browser on a busy machine takes its time
t.setTimeout(300_000)
// a service that also calls this machine, and somebody who listens there
const bench = await build(t, {}, { ...publicNetworkPolicy, allows: address => address === '127.0.0.1' })
const receiver = await openCallReceiver(t)
const picture = await photo(90, 60).jpeg().toBuffer()
const browser = await startChromium(t)
const { page, problems } = await enter(browser, bench)
const dialog = page.getByRole('dialog')
let secret = ''

interface Hook {
  readonly id: string
  readonly url: string
  readonly events: readonly string[]
}
const hooks = async () => (await read<{ items: Hook[] }>(await bench.get('/api/v1/webhooks'))).items
const rows = page.getByRole('table', { name: 'Deliveries' }).locator('tbody tr')

t.test('who has none reads what they are for and how a call is verified', async t => {
  await page.getByRole('link', { name: 'Webhooks', exact: true }).click()
  await page.waitForURL('**/webhooks')
  await page.getByText('No webhooks yet').waitFor()
  await page.getByText(/Darkroom-Signature/).waitFor()
  await page.getByRole('button', { name: 'Copy the verification code' }).click()
  t.match(await copied(page), /createHmac/)
  t.strictSame(await findAccessibilityViolations(page), [])
})

t.test('one is made, whose secret is shown once; what is wrong with it is said in the form', async t => {
  await page.getByRole('button', { name: 'New webhook' }).click()
  await dialog.getByLabel('URL').fill('ftp://example.com')
  await dialog.getByLabel('image.deleted').check()
  await dialog.getByRole('button', { name: 'Create' }).click()
  await dialog.getByText(/must begin with http/).waitFor()
  t.match(problems.splice(0), [/400/], 'which the browser notes')
  await dialog.getByLabel('URL').fill(`${receiver.url}/hook`)
  await dialog.getByRole('button', { name: 'Create' }).click()
  await dialog.getByRole('button', { name: 'Copy Secret' }).click()
  secret = await copied(page)
  t.match(secret, /^[\w-]{43}$/)
  await dialog.getByRole('button', { name: 'Done' }).click()
  t.notMatch(await page.content(), secret, 'and not any more')
  t.match(await hooks(), [{ url: `${receiver.url}/hook`, events: ['image.ready', 'image.deleted'] }])
})

t.test('deliveries are listed with their outcome and can be redelivered', async t => {
  await bench.upload(picture)
  await until('the webhook is called', patienceMs, () => receiver.calls.length === 1)
  await page.getByRole('link', { name: `${receiver.url}/hook` }).click()
  const { id } = (await hooks())[0]!
  await page.waitForURL(`**/webhooks/${id}`)
  await until('it is delivered', patienceMs, async () => {
    await page.getByRole('button', { name: 'Refresh' }).click()
    return (await rows.getByText('delivered').count()) === 1
  })
  t.match(await rows.first().textContent(), /image\.ready.*delivered.*200.*1/)
  await page.reload()
  await rows.first().waitFor()

  await rows.getByRole('button', { name: /Redeliver image\.ready/ }).click()
  await until('the webhook is called again', patienceMs, () => receiver.calls.length === 2)
  await rows.getByText('delivered').waitFor()
  const [first, again] = receiver.calls
  t.equal(again!.body, first!.body)
  const [, time, v1] = /^t=(\d+),v1=(.*)$/.exec(String(again!.headers['darkroom-signature'])) ?? []
  t.equal(v1, createHmac('sha256', secret).update(`${time}.${again!.body}`).digest('hex'))
})

t.test('a call in vain says why, and cannot be ordered while it is still to be tried', async t => {
  receiver.answer(500)
  await bench.upload(picture)
  await until('the delivery has failed', patienceMs, async () => {
    await page.getByRole('button', { name: 'Refresh' }).click()
    return (await rows.getByText('responded with status 500').count()) === 1
  })
  t.ok(await rows.first().getByRole('button').isDisabled(), 'it is tried again anyway')
  receiver.answer(200)
  await until('the delivery is retried', patienceMs, async () => {
    await page.getByRole('button', { name: 'Refresh' }).click()
    return (await rows.getByText('delivered').count()) === 2
  })
})

t.test('it is changed', async t => {
  await page.getByRole('button', { name: 'Edit' }).click()
  t.equal(await dialog.getByLabel('URL').inputValue(), `${receiver.url}/hook`)
  await dialog.getByLabel('image.deleted').uncheck()
  await dialog.getByLabel('quota.near').check()
  await dialog.getByLabel('URL').fill(`${receiver.url}/other`)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByText(`${receiver.url}/other`).waitFor()
  t.match(await hooks(), [{ url: `${receiver.url}/other`, events: ['image.ready', 'quota.near'] }])
})

t.test('in both themes, wide and narrow, nothing is wrong with either page', async t => {
  const [hook] = await hooks()
  for (const [colorScheme, width] of [
    ['dark', 390],
    ['light', 1360],
  ] as const) {
    const options = { colorScheme, viewport: { width, height: 844 }, hasTouch: width === 390 }
    const visitor = await enter(browser, bench, '/webhooks', options)
    await visitor.page.getByRole('table', { name: 'Webhooks' }).waitFor()
    await visitor.page.getByText('How to verify a call').click()
    t.strictSame(await findAccessibilityViolations(visitor.page), [], `the list in ${colorScheme}`)
    await visitor.page.getByRole('button', { name: 'New webhook' }).click()
    await visitor.page.getByRole('dialog').waitFor()
    t.strictSame(await findAccessibilityViolations(visitor.page), [], `the form in ${colorScheme}`)
    await visitor.page.keyboard.press('Escape')
    await visitor.page.getByRole('link', { name: hook!.url }).click()
    await visitor.page.getByRole('table', { name: 'Deliveries' }).waitFor()
    t.strictSame(await findAccessibilityViolations(visitor.page), [], `one in ${colorScheme}`)
    const wide = await visitor.page.evaluate<number>('document.documentElement.scrollWidth')
    t.ok(wide <= width, `it is ${wide} pixels wide`)
    await visitor.page.goBack()
    await visitor.page.getByRole('table', { name: 'Webhooks' }).waitFor()
    t.strictSame(visitor.problems, [])
    await visitor.page.context().close()
  }
})

t.test('it is deleted after a question; its address then says so', async t => {
  await page.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  t.equal((await hooks()).length, 1)
  await page.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('No webhooks yet').waitFor()
  t.strictSame(await hooks(), [])
  t.strictSame(problems.splice(0), [])
  await page.goBack()
  await page.getByText('This webhook does not exist').waitFor()
  t.match(problems.splice(0), [/404/], 'which the browser notes')
  await page.getByRole('link', { name: 'All webhooks' }).click()
  await page.getByText('No webhooks yet').waitFor()
})

t.test('nobody has complained', async t => {
  t.strictSame(problems, [])
})
