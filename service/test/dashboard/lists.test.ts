import { TaskRepository } from '../../metadata/tasks.ts'
import { administrator } from '../support/administrator.ts'
import { inBothThemes, navigateTo, openDashboard, patienceMs, startDashboard } from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import { optionField } from '../support/playground.ts'
import { findAccessibilityViolations } from '../support/services/axe.ts'
import { callJson, read } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const { bench, browser } = await startDashboard(t)
const image = await bench.upload(await photo(90, 60).jpeg().toBuffer())
const { page, problems } = await openDashboard(browser, bench)
const dialog = page.getByRole('dialog')
const table = page.getByRole('table', { name: 'Presets' })

interface Preset {
  readonly name: string
  readonly operations: string
  readonly eager: boolean
}
const put = async (name: string, operations: string) =>
  read(await callJson(bench, 'PUT', `/api/v1/presets/${name}`, { operations, eager: false }))
const preset = async (name: string) => read<Preset>(await bench.get(`/api/v1/presets/${name}`))

t.test('every page can be opened by its URL', async t => {
  const first = await (await bench.get('/')).text()
  for (const path of [
    '/deleted',
    '/presets',
    '/webhooks',
    '/webhooks/abc',
    '/users',
    '/users/abc',
    '/password',
  ]) {
    const response = await bench.get(path)
    t.equal(response.status, 200, path)
    t.equal(await response.text(), first, path)
  }
  for (const path of ['/presets/abc', '/deleted/abc', '/webhooks/a/b'])
    t.equal((await bench.get(path)).status, 404, path)
})

t.test('presets are listed, made eager, opened in the playground and deleted', async t => {
  await page.getByRole('link', { name: 'Presets', exact: true }).click()
  await page.getByText('No presets yet').waitFor()
  t.strictSame(await findAccessibilityViolations(page), [])
  await put('card', 'resize_w-48,h-32_grayscale')
  await put('hero', 'resize_w-80')
  await page.reload()
  await table.getByText('resize_w-48,h-32_grayscale').waitFor()
  await table.getByLabel('Render card for every new image').check()
  await page.getByText('card is rendered for every new image').waitFor()
  t.match(await preset('card'), { eager: true, operations: 'resize_w-48,h-32_grayscale' })
  t.match(await preset('hero'), { eager: false })

  await table.getByRole('link', { name: 'Open card in the playground' }).click()
  await page.waitForURL(`**/playground/${image.id}?**`)
  await page.getByText('48 × 32').waitFor()
  t.strictSame(await page.locator('.step-name').allTextContents(), ['Resize', 'Greyscale'])
  t.equal(await optionField(page, 'Resize', 'Width').inputValue(), '48')
  await page.goBack()
  await table.getByRole('button', { name: 'Delete card' }).click()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await table.getByRole('button', { name: 'Delete card' }).click()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await until('the preset is removed', patienceMs, async () => (await table.getByText('card').count()) === 0)
  t.equal((await bench.get('/api/v1/presets/card')).status, 404)
  t.match(await preset('hero'), { operations: 'resize_w-80' })
})

t.test('a long list loads further pages on request', async t => {
  for (let n = 0; n < 55; n++) {
    const name = `key${n}`
    await read(await callJson(bench, 'POST', '/api/v1/api-keys', { name, scopes: ['sign'] }), 201)
    await put(`p${n}`, 'resize_w-80')
    await bench.app.metadata.failedJobs.record({
      name: 'develop',
      key: `derivative ${n}`,
      version: 1,
      payload: {},
      state: 'failed',
      userId: bench.userId,
      imageId: image.id,
      attempts: 3,
      code: 'undecodable',
      detail: 'the image is truncated',
      answersMs: 1000,
    })
  }
  await bench.app.metadata.unfinishedJobs.recordWait({
    ...{ name: 'ingest', key: 'image', version: 1, payload: {}, userId: bench.userId, imageId: image.id },
    ...{ attempts: 2, code: 'unavailable', detail: 'the object store does not answer' },
  })
  const lists = [
    ['/keys', 'API keys', 55],
    ['/jobs', 'Failed and waiting jobs', 56],
    ['/presets', 'Presets', 56],
  ] as const
  for (const [path, name, count] of lists) {
    await page.goto(path)
    const rows = page.getByRole('table', { name }).locator('tbody tr')
    await rows.first().waitFor()
    t.equal(await rows.count(), 50, name)
    await page.getByRole('button', { name: 'Load more' }).click()
    await until(`all of ${name}`, patienceMs, async () => (await rows.count()) === count)
    const labels = await page.evaluate<string[]>(
      "[...document.querySelectorAll('tbody [aria-label]')].map(one => one.ariaLabel)",
    )
    t.equal(new Set(labels).size, labels.length, 'no row is repeated')
    t.equal(await page.getByRole('button', { name: 'Load more' }).count(), 0)
    if (path === '/jobs') {
      const waiting = rows.filter({ hasText: 'waiting' })
      t.match(await waiting.allTextContents(), [/^ingest waiting.*the object store does not answer/])
      t.equal(await waiting.getByRole('button').count(), 0, 'a waiting job is retried automatically')
    }
    if (path !== '/keys') continue
    await page.getByRole('button', { name: 'Revoke key0', exact: true }).click()
    await dialog.getByRole('button', { name: 'Revoke' }).click()
    await until('only the revoked key is removed', patienceMs, async () => (await rows.count()) === count - 1)
  }
})

t.test('long work is listed with its progress, and a purge can be cancelled', async t => {
  const { database, metadata } = bench.app
  const task = { kind: 'purge', key: 'shown', userId: bench.userId, subject: 'tag red', payload: {} }
  // in a transaction, so that the service does not begin it
  const id = await database.transaction(async transaction => {
    const created = await new TaskRepository(transaction).create(task)
    await transaction.query(
      `update tasks set started_at = now(), done = 1200, total = 4000, due_at = now() + interval '1 hour' where id = $1`,
      [created],
    )
    return created
  })
  await page.goto('/jobs')
  const row = page.getByRole('table', { name: 'Long work' }).locator('tbody tr')
  await row.filter({ hasText: /purge tag red running.*1,200 of 4,000/ }).waitFor()
  const progress = page.getByRole('progressbar', { name: 'Progress of purge tag red' })
  t.equal(await progress.getAttribute('value'), '30')
  await database.query(
    `update tasks set done = 2000, code = 'unavailable', detail = 'no store' where id = $1`,
    [id],
  )
  await row.filter({ hasText: /waiting.*2,000 of 4,000.*no store \(unavailable\)/ }).waitFor()
  await page.getByRole('button', { name: 'Cancel purge tag red' }).click()
  await row.filter({ hasText: 'cancelled' }).waitFor()
  t.match(await metadata.taskList.find(bench.userId, id), { state: 'cancelled' })
})

t.test('tasks behind the first hundred are loaded, and read anew after one is cancelled', async t => {
  const { database } = bench.app
  await database.query(
    `insert into tasks (id, kind, key, user_id, subject, payload, due_at)
     select 'many' || 1000 + number, 'purge', 'many' || number, $1, 'tag t' || number, '{}', now() + interval '1 hour'
     from generate_series(1, 101) as number`,
    [bench.userId],
  )
  await page.reload()
  await page.getByRole('button', { name: 'Load more tasks' }).click()
  await page.getByRole('button', { name: 'Cancel purge tag t101', exact: true }).click()
  await page.getByRole('button', { name: 'Load more tasks' }).waitFor()
  t.equal(await page.getByRole('button', { name: 'Cancel purge tag t101', exact: true }).count(), 0)
  await page.getByRole('button', { name: 'Load more tasks' }).click()
  await page.getByRole('row', { name: /purge tag t101 cancelled/ }).waitFor()
  await database.query(`delete from tasks where key like 'many%'`)
})

t.test('long lists are accessible in both themes and fit a narrow screen', async t => {
  await inBothThemes(t, browser, bench, '/presets', async ({ page, audit }) => {
    for (const path of ['/presets', '/jobs']) {
      await navigateTo(page, path)
      await page.getByRole('button', { name: 'Load more' }).waitFor()
      await audit(path)
    }
  })
})

t.test('a user with presetsOnly sees presets, but no buttons that write them', async t => {
  const admin = await administrator(bench)
  await read(await callJson(admin, 'PATCH', `/api/v1/users/${bench.userId}`, { presetsOnly: true }))
  await page.goto('/presets')
  await page.getByText('Only administrators can create, change and delete them').waitFor()
  await table.getByText('hero', { exact: true }).waitFor()
  t.ok(await table.getByLabel('Render hero for every new image').isDisabled())
  t.equal(await table.getByRole('button').count(), 0)
  t.equal(await page.getByRole('link', { name: 'New preset' }).count(), 0)
  t.strictSame(await findAccessibilityViolations(page), [])

  await table.getByRole('link', { name: 'Open hero in the playground' }).click()
  await page.getByText('80 × 53').waitFor()
  t.strictSame(await page.locator('.step-name').allTextContents(), ['Preset'])
  await page.getByRole('button', { name: 'Copy Client' }).waitFor()
  t.equal(await page.getByRole('button', { name: 'Copy srcset' }).count(), 0, 'its URLs are not presets')
  t.equal(await page.getByRole('button', { name: 'Save as preset' }).count(), 0)
  await page.getByRole('button', { name: 'Add operation' }).click()
  t.equal(await page.getByRole('option', { name: 'applies the operations' }).count(), 1)
  t.equal(await page.getByRole('listbox').getByRole('option').count(), 1, 'only presets are offered')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Remove Preset' }).click()
  await page.getByText('Choose a preset: your image URLs may only use presets').waitFor()
})

t.test('the console has no errors', async t => {
  t.strictSame(problems, [])
})
