import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import {
  boxOf,
  contentWidth,
  navigateTo,
  openDashboard,
  signIn,
  startDashboard,
} from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import { findAccessibilityViolations } from '../support/services/axe.ts'
import { temporaryFolder } from '../support/services/postgres.ts'
import { read, type ShownImage } from '../support/session.ts'
import t from '../support/tap.ts'

const { bench, browser } = await startDashboard(t)
const { page, problems } = await openDashboard(browser, bench)
const network = await page.context().newCDPSession(page)
const tray = page.getByRole('region', { name: 'Uploads', exact: true })
const clear = () => tray.getByRole('button', { name: 'Clear finished' }).click()
const images = async () => (await read<{ items: ShownImage[] }>(await bench.get('/api/v1/images'))).items
const picture = (seed: number, side = 60) => photo(side, side, seed).jpeg({ quality: 98 }).toBuffer()
const fileOf = (name: string, buffer: Buffer) => ({ name, mimeType: 'image/jpeg', buffer })
const choose = (...files: ReturnType<typeof fileOf>[]) =>
  page.locator('input[type=file]').setInputFiles(files)
const throttle = (uploadThroughput: number, offline = false) =>
  network.send('Network.emulateNetworkConditions', {
    ...{ offline, latency: 0, downloadThroughput: -1, uploadThroughput },
  })

/** Drops or pastes files that a script of the page makes. */
const transfer = (event: 'drop' | 'paste', script: string) =>
  page.evaluate(`(() => {
    const transfer = new DataTransfer()
    const add = (...words) => transfer.items.add(new File(...words))
    ${script}
    dispatchEvent(${
      event === 'drop'
        ? "new DragEvent('drop', { dataTransfer: transfer, cancelable: true })"
        : "new ClipboardEvent('paste', { clipboardData: transfer, cancelable: true })"
    })
  })()`)

/** Drops a path of the computer, as a file manager does. */
async function dropPath(page: Page, path: string): Promise<void> {
  const { x, y } = await boxOf(page.locator('main h1'))
  const data = { items: [], files: [path], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await network.send('Input.dispatchDragEvent', { type, x, y, data })
}

t.test(
  '10,000 dropped files of a wrong type or size are refused, and few of them are in the page',
  async t => {
    let sent = 0
    page.on('request', request => {
      if (request.method() === 'POST' && request.url().endsWith('/images')) sent++
    })
    await transfer(
      'drop',
      `for (let at = 0; at < 9_998; at++) add(['x'], 'clip ' + at + '.mov', { type: 'video/quicktime' })
     add([new Uint8Array(50_000_001)], 'huge.jpg', { type: 'image/jpeg' })
     add([], 'empty.jpg', { type: 'image/jpeg' })`,
    )
    await tray.getByRole('heading', { name: '10,000 refused' }).waitFor()
    await tray.getByText('MOV is not accepted, only JPG,').first().waitFor()
    t.ok((await tray.getByRole('listitem').count()) < 50)
    t.equal(await tray.getByRole('button', { name: 'Retry failed' }).count(), 0)
    await tray.getByRole('region', { name: 'Files' }).press('End')
    await tray.getByText('50 MB is too large, at most 50 MB is accepted').waitFor()
    await tray.getByText('The file is empty').waitFor()
    t.equal(await tray.getByRole('listitem').last().getAttribute('aria-posinset'), '10000')
    t.equal(sent, 0)
    await clear()
    await tray.waitFor({ state: 'detached' })
  },
)

t.test('a dropped folder is walked without its hidden files, and pasted images are uploaded', async t => {
  const folder = await temporaryFolder('darkroom-dropped-')
  t.teardown(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'deep/deeper'), { recursive: true })
  await mkdir(join(folder, '.hidden'))
  await writeFile(join(folder, 'Dune.jpg'), await picture(1))
  await writeFile(join(folder, 'deep/deeper/Tide.jpg'), await picture(2))
  await writeFile(join(folder, 'deep/notes.txt'), 'not an image')
  for (const hidden of ['.DS_Store', 'deep/Thumbs.db', '.hidden/secret.jpg'])
    await writeFile(join(folder, hidden), 'hidden')
  await dropPath(page, folder)
  await tray.getByRole('heading', { name: '2 uploaded, 1 refused' }).waitFor()
  t.match(await tray.getByRole('listitem').first().textContent(), /notes\.txt/, 'failures come first')
  await transfer(
    'paste',
    `const canvas = document.createElement('canvas')
     const bytes = Uint8Array.from(atob(canvas.toDataURL('image/png').split(',')[1]), one => one.charCodeAt(0))
     add([bytes], 'image.png', { type: 'image/png' })`,
  )
  await tray.getByRole('heading', { name: '3 uploaded, 1 refused' }).waitFor()
  t.match((await images()).map(({ title }) => title).sort(), ['Dune', /^Pasted \d{4}/, 'Tide'])
  await tray.getByRole('link', { name: 'Tide.jpg' }).click()
  await page.getByRole('heading', { name: 'Tide' }).waitFor()
  await clear()
})

t.test('a duplicate is said as such, and its copy is kept or removed', async t => {
  await navigateTo(page, '/')
  await choose(fileOf('dune copy.jpg', await picture(1)))
  await tray.getByText('Already in your library as Dune').waitFor()
  await tray.getByRole('button', { name: 'Remove dune copy.jpg' }).click()
  await tray.getByText('Removed', { exact: true }).waitFor()
  const titles = async () => (await images()).map(({ title }) => title)
  t.notOk((await titles()).includes('dune copy'))
  await choose(fileOf('one.jpg', await picture(1)), fileOf('two.jpg', await picture(2)))
  await tray.getByRole('heading', { name: '2 duplicates' }).waitFor()
  await tray.getByRole('button', { name: 'Keep both: one.jpg' }).click()
  await tray.getByText('1 uploaded, 1 duplicate').first().waitFor()
  t.strictSame(await findAccessibilityViolations(page), [])
  await tray.getByRole('button', { name: 'Remove two.jpg' }).click()
  await tray.getByText('1 uploaded, 2 removed').first().waitFor()
  t.ok((await titles()).includes('one'))

  await choose(fileOf('four.jpg', await picture(9)))
  await tray.getByText('2 uploaded, 2 removed').first().waitFor()
  await choose(fileOf('five.jpg', await picture(9)))
  await tray.getByText('Already in your library as four').waitFor()
  const four = (await images()).find(({ title }) => title === 'four')
  await bench.get(`/api/v1/images/${four!.id}`, { method: 'DELETE' })
  await tray.getByRole('button', { name: 'Remove five.jpg' }).click()
  await tray.getByText('3 uploaded, 2 removed').first().waitFor()
  t.ok((await titles()).includes('five'), 'the only copy is kept')
  await clear()
})

t.test('uploads go on in every view, wait while the service is away, and warn before leaving', async t => {
  const service = /\/(healthz|api\/v1\/images)$/
  await page.route(service, route => route.abort('connectionrefused'))
  await choose(fileOf('slow.jpg', await picture(3)), fileOf('bad.jpg', Buffer.from('no image')))
  await tray.getByText('waiting for the service').waitFor()
  await page.getByText('The service does not answer').waitFor()
  await tray.getByRole('heading', { name: 'Uploading 2 files' }).waitFor()
  await navigateTo(page, '/presets')
  await page.getByRole('heading', { name: 'Presets', exact: true }).waitFor()
  const asked = page.waitForEvent('dialog')
  const closing = page.close({ runBeforeUnload: true })
  const dialog = await asked
  t.equal(dialog.type(), 'beforeunload')
  await dialog.dismiss()
  await closing
  await page.unroute(service)
  await tray.getByRole('heading', { name: '1 uploaded, 1 failed' }).waitFor()
  t.match(await tray.getByRole('listitem').first().textContent(), /bad\.jpg.*not an image/)
  const refusedAgain = page.waitForResponse(response => response.status() === 415)
  await tray.getByRole('button', { name: 'Retry failed' }).click()
  await refusedAgain
  await tray.getByRole('heading', { name: '1 uploaded, 1 failed' }).waitFor()
  await clear()
  // 410: a duplicate was removed while its thumbnail was being loaded
  const others = problems.splice(0).filter(text => !/410|415|REFUSED/.test(text))
  t.strictSame(others, [], 'no other errors')
})

t.test('a folder that is still being read at the sign-out is not uploaded for the next user', async t => {
  const folder = await temporaryFolder('darkroom-dropped-')
  t.teardown(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'Private.jpg'), await picture(6))
  await page.evaluate(`(() => {
    const { webkitGetAsEntry } = DataTransferItem.prototype
    const isReleased = new Promise(resolve => { globalThis.release = resolve })
    DataTransferItem.prototype.webkitGetAsEntry = function () {
      const entry = webkitGetAsEntry.call(this)
      const reader = entry.createReader()
      const readEntries = async (...callbacks) => {
        globalThis.isReading = true
        await isReleased
        reader.readEntries(...callbacks)
      }
      return Object.assign(entry, { createReader: () => ({ readEntries }) })
    }
  })()`)
  await navigateTo(page, '/')
  await page.getByRole('heading', { name: 'Library', exact: true }).waitFor()
  await dropPath(page, folder)
  await page.waitForFunction('globalThis.isReading')
  await page.getByRole('button', { name: 'Account' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await signIn(page, bench.account)
  await page.evaluate('release()')
  await choose(fileOf('next.jpg', await picture(7)))
  await tray.getByRole('heading', { name: '1 uploaded', exact: true }).waitFor()
  t.notOk((await images()).some(({ title }) => title === 'Private'))
  await clear()
})

t.test('a session that ends pauses uploads until the user has signed in again', async t => {
  await navigateTo(page, '/')
  await page.evaluate("fetch('/api/v1/auth/logout', { method: 'POST' })")
  await choose(fileOf('late.jpg', await picture(4)))
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' })
  await dialog.waitFor()
  await tray.getByText('waiting until you sign in').waitFor()
  await dialog.getByLabel('Password').fill(bench.account.password)
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await tray.getByRole('heading', { name: '1 uploaded' }).waitFor()
  t.ok(problems.splice(0).every(text => /401/.test(text)))
})

t.test('uploads are cancelled one by one and all at once, also on a phone', async t => {
  await page.setViewportSize({ width: 390, height: 844 })
  await throttle(5_000)
  const names = ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg', 'e.jpg']
  const buffer = await picture(5, 600)
  await choose(...names.map(name => fileOf(name, buffer)))
  await tray.getByRole('button', { name: 'Cancel a.jpg' }).click()
  await tray.getByRole('heading', { name: 'Uploading 4 files' }).waitFor()
  t.ok((await contentWidth(page)) <= 390)
  t.strictSame(await findAccessibilityViolations(page), [])
  await tray.getByRole('button', { name: 'Cancel all' }).click()
  await tray.getByRole('heading', { name: '1 uploaded, 5 cancelled' }).waitFor()
  await throttle(-1)
  await page.getByRole('button', { name: 'Undo' }).click()
  await tray.getByRole('heading', { name: /^[1-5] uploaded.*1 cancelled$/ }).waitFor()
  t.strictSame(problems, [])
})
