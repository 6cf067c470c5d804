import type { ServerResponse } from 'node:http'
import {
  inBothThemes,
  navigateTo,
  openDashboard,
  patienceMs,
  signIn,
  startDashboard,
} from '../support/dashboard.ts'
import { importPolicy, startImportSite } from '../support/import-site.ts'
import { photo } from '../support/pictures.ts'
import { bytesOf, callJson, read, type ShownImage } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const { bench, browser } = await startDashboard(t, importPolicy)
const picture = await photo(90, 60).png().toBuffer()
let isBroken = true
const held: ServerResponse[] = []
const site = await startImportSite(t, (request, response) => {
  if (request.url === '/held.png') held.push(response)
  else if (request.url === '/broken.png' && isBroken) response.writeHead(404).end()
  else response.writeHead(200, { 'content-type': 'image/png' }).end(picture)
})
const { page, problems } = await openDashboard(browser, bench)
const dialog = page.getByRole('dialog')
const summary = page.getByRole('region', { name: 'Imports' }).getByRole('heading')
const images = async (query = '') =>
  (await read<{ items: ShownImage[] }>(await bench.get(`/api/v1/images${query}`))).items

t.test('the library leads to the import, which names an address that is none', async t => {
  await page.getByRole('link', { name: 'Import' }).click()
  await page.waitForURL('**/import')
  await page.getByLabel('Addresses').fill(`${site.url}/a.png\nftp://here.test/b.png`)
  await page.getByText('Not an address that begins with http:// or https://: ftp://here.test/b.png').waitFor()
  t.ok(await page.getByRole('button', { name: /^Import/ }).isDisabled())
  const refused = [
    ['http://user:secret@here.test/', 'Contains a user or a password'],
    ['http://here.test:22/', 'Port is not 80, 443 or one from 1024 on'],
    [`http://here.test/${'a'.repeat(2_048)}`, 'Longer than 2048 characters'],
  ] as const
  for (const [address, problem] of refused) {
    await page.getByLabel('Addresses').fill(`${site.url}/a.png\n${address}`)
    await page.getByText(`${problem}: ${address.slice(0, 100)}`).waitFor()
  }
})

t.test('many addresses are imported, failures are named and retried', async t => {
  const addresses = ['Old%20harbour.png', 'broken.png', 'again.png'].map(name => `${site.url}/${name}`)
  await page.getByLabel('Addresses').fill(addresses.join('\n'))
  await page.getByLabel('Tags').fill('web, sea')
  await page.getByRole('button', { name: 'Import 3 images' }).click()
  await summary.getByText('2 images imported, 1 failed').waitFor()
  const failed = page.getByRole('region', { name: 'Imports' }).getByRole('listitem').first()
  t.match(await failed.textContent(), /broken\.png.*404/, 'the address and the reason')
  t.match(problems.splice(0), [/4\d\d/], 'the browser logs the error response')
  isBroken = false
  await page.getByRole('button', { name: 'Retry failed' }).click()
  await summary.getByText('3 images imported').waitFor()
  await page.getByText('was already in your library').first().waitFor()
  const titles = (await images('?tag=web')).map(({ title }) => title)
  t.strictSame(titles.sort(), ['Old harbour', 'again', 'broken'])
})

t.test('an import goes on while another view is shown, and the browser asks before it is lost', async t => {
  await page.getByLabel('Addresses').fill(`${site.url}/held.png`)
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await until('the file is requested', patienceMs, () => held.length === 1)
  await page
    .getByRole('navigation', { name: 'Dashboard' })
    .getByRole('link', { name: 'Library', exact: true })
    .click()
  await page.getByRole('link', { name: 'Old harbour' }).waitFor()
  t.ok(
    await page.evaluate("!dispatchEvent(new Event('beforeunload', { cancelable: true }))"),
    'the browser asks before it closes the page',
  )
  held[0]?.writeHead(200, { 'content-type': 'image/png' }).end(picture)
  await page.getByRole('link', { name: 'held' }).waitFor()
  await page.goBack()
  await summary.getByText('4 images imported').waitFor()
  await page.getByRole('link', { name: 'held' }).click()
  await page.waitForURL(`**/images/${(await images('?q=held'))[0]?.id}`)
  t.strictSame(problems, [])
})

t.test('waiting imports end with the sign-out, and are not imported for the next user', async t => {
  let sent = 0
  page.on('request', request => {
    if (request.url().endsWith('/images/import')) sent++
  })
  await navigateTo(page, '/import')
  const addresses = Array.from({ length: 5 }, (_, at) => `${site.url}/late-${at}.png`)
  await page.getByLabel('Addresses').fill(addresses.join('\n'))
  await page.getByRole('button', { name: 'Import 5 images' }).waitFor()
  // in one step: a request of another view could find out first that the session has ended
  await page.evaluate(`fetch('/api/v1/auth/logout', { method: 'POST' }).then(() => {
    for (const button of document.querySelectorAll('main button[type=submit]')) button.click()
  })`)
  await dialog.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Email').waitFor()
  t.equal(sent, 3, 'the requests that found the session ended')
  await signIn(page, bench.account)
  await page.getByLabel('Addresses').waitFor()
  t.equal(await summary.count(), 0)
  t.strictSame(await images('?q=late'), [])
  t.equal(sent, 3)
  t.ok(problems.splice(0).every(text => /401/.test(text)))
})

t.test('a purge by tag says how many images are affected, and removes their derivatives', async t => {
  const [image] = await images('?tag=web')
  const derivatives = async () =>
    (await read<{ items: unknown[] }>(await bench.get(`/api/v1/images/${image!.id}/derivatives`))).items
      .length
  await bytesOf(await bench.get(await bench.sign({ imageId: image!.id, operations: [], format: 'png' })))
  await until('the derivative is stored', patienceMs, async () => (await derivatives()) > 0)
  await page.getByRole('link', { name: 'Purge', exact: true }).click()
  await page.getByRole('combobox', { name: 'Tag' }).fill('web')
  await page.getByText('4 images are affected.').waitFor()
  await page.getByRole('button', { name: 'Purge …' }).click()
  await dialog.getByText(/4 images are affected/).waitFor()
  await dialog.getByRole('button', { name: 'Purge' }).click()
  await page.getByText('Derivatives of images with the tag web are being deleted.').waitFor()
  await until('the derivatives are removed', patienceMs, async () => (await derivatives()) === 0)
  t.strictSame(problems, [])
})

t.test('a preset is chosen from a list, and everything needs a typed confirmation', async t => {
  await callJson(bench, 'PUT', '/api/v1/presets/card', { operations: 'resize_w-40' })
  await page.getByRole('radio', { name: /A preset/ }).check()
  await page.getByLabel('Preset', { exact: true }).selectOption('card')
  await page.getByRole('button', { name: 'Purge …' }).click()
  await dialog.getByRole('button', { name: 'Purge' }).click()
  await page.getByText('Derivatives of the preset card are being deleted.').waitFor()
  await page.getByRole('radio', { name: /Everything/ }).check()
  await page.getByText('4 images are affected.').waitFor()
  await page.getByRole('button', { name: 'Purge …' }).click()
  t.ok(await dialog.getByRole('button', { name: 'Purge' }).isDisabled())
  await dialog.getByLabel('Type purge everything to confirm').fill('purge everything')
  await dialog.getByRole('button', { name: 'Purge' }).click()
  await page.getByText('Derivatives of all images are being deleted.').waitFor()
  t.strictSame(problems, [])
})

t.test('import and purge are accessible in both themes and fit a narrow screen', async t => {
  await inBothThemes(t, browser, bench, '/import', async ({ page, isNarrow, audit }) => {
    await page.getByLabel('Addresses').fill(`${site.url}/${isNarrow ? 'c' : 'd'}.png`)
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await page.getByRole('heading', { name: '1 image imported' }).waitFor()
    await audit('the import')
    if (isNarrow) {
      await page.getByRole('button', { name: 'More' }).click()
      await page.getByRole('menuitemradio', { name: 'Purge' }).click()
    } else await page.getByRole('link', { name: 'Purge', exact: true }).click()
    await page.getByRole('radio', { name: /Everything/ }).check()
    await page.getByText(/images are affected/).waitFor()
    await audit('the purge')
    await page.getByRole('button', { name: 'Purge …' }).click()
    await audit('the dialog')
  })
})

t.test('the service imports a long list in the background, and failed images are retried', async t => {
  isBroken = true
  await navigateTo(page, '/import')
  // without its control character, the name is a title
  const addresses = Array.from({ length: 20 }, (_, at) => `${site.url}/long%0A-${at}.png`)
  await page.getByLabel('Addresses').fill([...addresses, `${site.url}/broken.png`].join('\n'))
  await page.getByLabel('Tags').fill('long')
  await page.getByRole('button', { name: 'Import 21 images' }).click()
  const heading = (text: string) => page.getByRole('heading', { name: text, exact: true })
  await heading('20 of 21 images imported, 1 failed').waitFor({ timeout: patienceMs })
  t.match(await page.getByRole('listitem').filter({ hasText: 'broken.png' }).textContent(), /404/)
  isBroken = false
  await page.getByRole('button', { name: 'Retry failed' }).click()
  await heading('21 of 21 images imported').waitFor({ timeout: patienceMs })
  const titles = (await images('?tag=long&limit=50')).map(({ title }) => title)
  t.equal(titles.length, 21)
  t.ok(titles.includes('long-0'))
  t.strictSame(problems, [])
})

t.test('an import that ended early shows why, beside its failed images', async t => {
  isBroken = true
  held.length = 0
  const key = await callJson(bench, 'POST', '/api/v1/api-keys', { name: 'one', scopes: ['images:write'] })
  const { id, secret } = await read<{ id: string; secret: string }>(key, 201)
  const images = ['broken', 'held', 'held', 'held', 'held', 'held'].map(name => ({
    url: `${site.url}/${name}.png`,
  }))
  await read(await callJson({ ...bench, token: secret }, 'POST', '/api/v1/images/imports', { images }), 202)
  await until('four are requested', patienceMs, () => held.length === 4)
  await bench.get(`/api/v1/api-keys/${id}`, { method: 'DELETE' })
  for (const response of held.splice(0)) response.writeHead(200, { 'content-type': 'image/png' }).end(picture)
  await page.reload()
  await page.getByText(/the API key that ordered it is not valid any more$/).waitFor({ timeout: patienceMs })
  await page.getByRole('heading', { name: '4 of 6 images imported, 1 failed' }).waitFor()
  t.match(await page.getByRole('listitem').filter({ hasText: 'broken.png' }).first().textContent(), /404/)
  t.strictSame(problems, [])
})
