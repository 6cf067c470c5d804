import { createHmac } from 'node:crypto'
import { publicNetworkPolicy } from '../../net/network-policy.ts'
import { openCallReceiver } from '../support/call-receiver.ts'
import {
  inBothThemes,
  openDashboard,
  patienceMs,
  readClipboard,
  startDashboard,
} from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import { findAccessibilityViolations } from '../support/services/axe.ts'
import { read } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

// the service may call this machine, where the receiver listens
const { bench, browser } = await startDashboard(t, {
  ...publicNetworkPolicy,
  allows: address => address === '127.0.0.1',
})
const receiver = await openCallReceiver(t)
const image = await photo(90, 60).jpeg().toBuffer()
const { page, problems } = await openDashboard(browser, bench)
const dialog = page.getByRole('dialog')
let secret = ''

interface Hook {
  readonly id: string
  readonly url: string
  readonly events: readonly string[]
}
const hooks = async () => (await read<{ items: Hook[] }>(await bench.get('/api/v1/webhooks'))).items
const rows = page.getByRole('table', { name: 'Deliveries' }).locator('tbody tr')

t.test('the empty state explains webhooks and how to verify a call', async t => {
  await page.getByRole('link', { name: 'Webhooks', exact: true }).click()
  await page.waitForURL('**/webhooks')
  await page.getByText('No webhooks yet').waitFor()
  await page.getByText(/Darkroom-Signature/).waitFor()
  await page.getByRole('button', { name: 'Copy the verification code' }).click()
  t.match(await readClipboard(page), /createHmac/)
  t.strictSame(await findAccessibilityViolations(page), [])
})

t.test('the form shows validation errors, and a new webhook shows its secret once', async t => {
  await page.getByRole('button', { name: 'New webhook' }).click()
  await dialog.getByLabel('URL').fill('ftp://example.com')
  await dialog.getByLabel('image.deleted').check()
  await dialog.getByRole('button', { name: 'Create' }).click()
  await dialog.getByText(/must begin with http/).waitFor()
  t.match(problems.splice(0), [/400/], 'the browser logs the error response')
  await dialog.getByLabel('URL').fill(`${receiver.url}/hook`)
  await dialog.getByRole('button', { name: 'Create' }).click()
  await dialog.getByRole('button', { name: 'Copy Secret' }).click()
  secret = await readClipboard(page)
  t.match(secret, /^[\w-]{43}$/)
  await dialog.getByRole('button', { name: 'Done' }).click()
  t.notMatch(await page.content(), secret, 'the secret is not shown again')
  t.match(await hooks(), [{ url: `${receiver.url}/hook`, events: ['image.ready', 'image.deleted'] }])
})

t.test('deliveries are listed with their outcome and can be redelivered', async t => {
  await bench.upload(image)
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
  const [first, second] = receiver.calls
  t.equal(second!.body, first!.body)
  const [, time, v1] = /^t=(\d+),v1=(.*)$/.exec(String(second!.headers['darkroom-signature'])) ?? []
  t.equal(v1, createHmac('sha256', secret).update(`${time}.${second!.body}`).digest('hex'))
})

t.test('a failed delivery shows the reason and cannot be redelivered while retries are pending', async t => {
  receiver.answer(500)
  await bench.upload(image)
  await until('the delivery has failed', patienceMs, async () => {
    await page.getByRole('button', { name: 'Refresh' }).click()
    return (await rows.getByText('responded with status 500').count()) === 1
  })
  t.ok(await rows.first().getByRole('button').isDisabled(), 'it is retried automatically')
  receiver.answer(200)
  await until('the delivery is retried', patienceMs, async () => {
    await page.getByRole('button', { name: 'Refresh' }).click()
    return (await rows.getByText('delivered').count()) === 2
  })
})

t.test('a test event is sent and shows its outcome', async t => {
  receiver.answer(410)
  await page.getByRole('button', { name: 'Send test event' }).click()
  await page.getByText('The test event failed: responded with status 410.').waitFor()
  t.match(await rows.first().textContent(), /webhook\.test.*failed.*410/)
  receiver.answer(200)
  await page.getByRole('button', { name: 'Send test event' }).click()
  await page.getByText('The test event was delivered: the webhook answered 200.').waitFor()
  t.match(JSON.parse(receiver.calls.at(-1)!.body), { event: 'webhook.test' })
})

t.test('a webhook is edited', async t => {
  await page.getByRole('button', { name: 'Edit' }).click()
  t.equal(await dialog.getByLabel('URL').inputValue(), `${receiver.url}/hook`)
  await dialog.getByLabel('image.deleted').uncheck()
  await dialog.getByLabel('quota.near').check()
  await dialog.getByLabel('URL').fill(`${receiver.url}/other`)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByText(`${receiver.url}/other`).waitFor()
  t.match(await hooks(), [{ url: `${receiver.url}/other`, events: ['image.ready', 'quota.near'] }])
})

t.test('webhook pages are accessible in both themes and fit a narrow screen', async t => {
  const [hook] = await hooks()
  await inBothThemes(t, browser, bench, '/webhooks', async ({ page, audit }) => {
    await page.getByRole('table', { name: 'Webhooks' }).waitFor()
    await page.getByText('How to verify a call').click()
    await audit('the list')
    await page.getByRole('button', { name: 'New webhook' }).click()
    await page.getByRole('dialog').waitFor()
    await audit('the form')
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: hook!.url }).click()
    await page.getByRole('table', { name: 'Deliveries' }).waitFor()
    await audit('the page')
    await page.goBack()
    await page.getByRole('table', { name: 'Webhooks' }).waitFor()
  })
})

t.test('a webhook is deleted after a confirmation, and its page says so', async t => {
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
  t.match(problems.splice(0), [/404/], 'the browser logs the error response')
  await page.getByRole('link', { name: 'All webhooks' }).click()
  await page.getByText('No webhooks yet').waitFor()
})

t.test('the console has no errors', async t => {
  t.strictSame(problems, [])
})
