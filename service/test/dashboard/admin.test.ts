import { administrator } from '../support/administrator.ts'
import {
  inBothThemes,
  navigateTo,
  openDashboard,
  patienceMs,
  readClipboard,
  startDashboard,
} from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import { findAccessibilityViolations } from '../support/services/axe.ts'
import { openSession, postJson, read } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const { bench, browser } = await startDashboard(t)
const admin = await administrator(bench)
const image = await bench.upload(await photo(90, 60).jpeg().toBuffer())
const { page, problems } = await openDashboard(browser, admin)
const dialog = page.getByRole('dialog')
const table = page.getByRole('table', { name: 'Users' })
const { email } = bench.account
const ada = { email: 'ada@example.com', password: '' }

interface Shown {
  readonly id: string
  readonly email: string
  readonly role: string
  readonly presetsOnly: boolean
  readonly originals: boolean
  readonly disabled: boolean
  readonly limits: object | null
}
const shown = async (name: string) =>
  (await read<{ items: Shown[] }>(await admin.get('/api/v1/users'))).items.find(one => one.email === name)
/** The status of a login. */
const signIn = async (account: { email: string; password: string }) =>
  (await postJson(`${bench.url}/api/v1/auth/login`, account)).status

t.test('members cannot open the users page', async t => {
  const member = await openDashboard(browser, bench, '/users')
  await member.page.getByText('This page is for administrators').waitFor()
  t.equal(await member.page.getByRole('link', { name: 'Users', exact: true }).count(), 0)
  t.strictSame(await findAccessibilityViolations(member.page), [])
  await member.page.goto(`/users/${bench.userId}`)
  await member.page.getByText('This page is for administrators').waitFor()
  t.strictSame(member.problems, [])
  await member.page.context().close()
})

t.test('an administrator lists users and creates one, who can sign in with the copied password', async t => {
  await page.getByText(`npx darkroom upload photo.jpg --user ${admin.account.email}`).waitFor()
  await page.getByRole('link', { name: 'Users', exact: true }).click()
  await page.waitForURL('**/users')
  await table.getByRole('link', { name: email }).waitFor()
  t.match(
    await table.getByRole('row').filter({ hasText: admin.account.email }).textContent(),
    /administrator/,
  )
  await page.getByRole('button', { name: 'New user' }).click()
  await dialog.getByLabel('Email').fill(email)
  await dialog.getByRole('button', { name: 'Create' }).click()
  await dialog
    .getByRole('alert')
    .getByText(/already used/i)
    .waitFor()
  t.match(problems.splice(0), [/409/], 'the browser logs the error response')
  await dialog.getByLabel('Email').fill(ada.email)
  await dialog.getByRole('button', { name: 'Copy the password' }).click()
  ada.password = await readClipboard(page)
  t.match(ada.password, /^[\w-]{20}$/)
  await dialog.getByRole('button', { name: 'Create' }).click()
  await table.getByRole('link', { name: ada.email }).waitFor()
  t.match(await shown(ada.email), { role: 'member', limits: null })
  t.equal(await signIn(ada), 200)
})

t.test('users change their own password', async t => {
  const { page: userPage, problems } = await openDashboard(browser, { ...bench, account: ada })
  await userPage.getByRole('button', { name: 'Account' }).click()
  await userPage.getByRole('menuitem', { name: 'Change password' }).click()
  await userPage.waitForURL('**/password')
  await userPage.getByLabel('Current password').fill('not that one')
  await userPage.getByLabel('New password').fill('one of my own')
  await userPage.getByRole('button', { name: 'Change password' }).click()
  await userPage.getByText('wrong password', { exact: false }).waitFor()
  t.match(problems.splice(0), [/403/], 'the browser logs the error response')
  t.strictSame(await findAccessibilityViolations(userPage), [])
  await userPage.getByLabel('Current password').fill(ada.password)
  await userPage.getByRole('button', { name: 'Change password' }).click()
  await userPage.getByText('Password changed').waitFor()
  t.equal(await signIn(ada), 401)
  ada.password = 'one of my own'
  t.equal(await signIn(ada), 200)
  await userPage.getByRole('link', { name: 'Library', exact: true }).click()
  await userPage.getByText('No images yet').waitFor()
  t.strictSame(problems, [], 'the session continues')
  await userPage.context().close()
})

t.test('limits are saved, and their usage is shown', async t => {
  await table.getByRole('link', { name: email }).click()
  await page.waitForURL(`**/users/${bench.userId}`)
  await page.getByText('1, no limit').waitFor()
  await page.getByLabel('Storage, in MB').fill('much')
  await page.getByText('Enter a number, or leave empty for no limit').waitFor()
  t.ok(await page.getByRole('button', { name: 'Save limits' }).isDisabled())
  await page.getByLabel('Storage, in MB').fill('2.5')
  await page.getByLabel('Images', { exact: true }).fill('10')
  await page.getByLabel('Derivatives, in MB').fill('5')
  await page.getByLabel('Renderings per day').fill('100')
  await page.getByLabel('Only selected operations').check()
  await page.getByLabel('resize', { exact: true }).check()
  await page.getByLabel('Only selected formats').check()
  await page.getByLabel('webp', { exact: true }).check()
  await page.getByRole('button', { name: 'Save limits' }).click()
  await page.getByText('1 of 10').waitFor()
  await page.getByText('0 of 100').waitFor()
  t.strictSame((await shown(email))!.limits, {
    images: 10,
    storageBytes: 2_500_000,
    derivativeBytes: 5_000_000,
    developmentsPerDay: 100,
    operations: ['resize'],
    formats: ['webp'],
  })
  await page.reload()
  await page.getByText('1 of 10').waitFor()
  t.equal(await page.getByLabel('Storage, in MB').inputValue(), '2.5')
  t.ok(await page.getByLabel('webp', { exact: true }).isChecked())
  for (const name of ['Only selected operations', 'Only selected formats'])
    await page.getByLabel(name).uncheck()
  for (const name of ['Storage, in MB', 'Derivatives, in MB', 'Renderings per day'])
    await page.getByLabel(name).fill('')
  await page.getByRole('button', { name: 'Save limits' }).click()
  await until('the other limits are removed', patienceMs, async () => {
    const limits = (await shown(email))?.limits
    return JSON.stringify(limits) === '{"images":10}'
  })
})

t.test('a user gets rights, is disabled and enabled, and gets a new password', async t => {
  await page.getByLabel('Role').selectOption('admin')
  await page.getByLabel('Image URLs may only use presets').check()
  await page.getByLabel('Image URLs may also fetch originals').check()
  await page.getByRole('button', { name: 'Save rights' }).click()
  await page.getByText('Rights saved').waitFor()
  t.match(await shown(email), { role: 'admin', presetsOnly: true, originals: true, limits: { images: 10 } })

  await page.getByRole('button', { name: 'Disable' }).click()
  await dialog.getByRole('button', { name: 'Disable' }).click()
  await page.getByRole('button', { name: 'Enable' }).waitFor()
  t.equal(await signIn(bench.account), 401)
  await page.getByRole('button', { name: 'Enable' }).click()
  await page.getByRole('button', { name: 'Disable' }).waitFor()
  t.equal(await signIn(bench.account), 200)

  await page.getByRole('button', { name: 'Reset password' }).click()
  await dialog.getByLabel('Password', { exact: true }).fill('a password for a while')
  await dialog.getByRole('button', { name: 'Set password' }).click()
  await page.getByText(`Password of ${email} changed`).waitFor()
  t.equal(await signIn(bench.account), 401)
  t.equal(await signIn({ email, password: 'a password for a while' }), 200)
})

t.test('the list and the page of a user are accessible in both themes and fit a narrow screen', async t => {
  await inBothThemes(t, browser, admin, '/', async ({ page, isNarrow, audit }) => {
    if (isNarrow) {
      await page.getByRole('button', { name: 'More' }).click()
      await audit('the More menu')
      await page.getByRole('menuitemradio', { name: 'Users' }).click()
    } else await page.getByRole('link', { name: 'Users', exact: true }).click()
    await page.getByRole('table', { name: 'Users' }).waitFor()
    await audit('the list')
    await page.getByRole('link', { name: email }).click()
    await page.getByText('1 of 10').waitFor()
    await page.getByLabel('Only selected operations').check()
    await audit('the page')
    await page.getByRole('button', { name: 'Delete' }).click()
    await audit('the dialog')
  })
})

t.test('a user is deleted after their address is typed as a confirmation', async t => {
  t.equal((await bench.get(image.rawUrl)).status, 200)
  const owner = await openSession(bench.url, { email, password: 'a password for a while' })
  const other = await owner.upload(await photo(60, 90, 2).jpeg().toBuffer())
  t.equal((await owner.get(`/api/v1/images/${other.id}`, { method: 'DELETE' })).status, 204)
  await page.getByRole('button', { name: 'Delete' }).click()
  // the page was opened before these changes
  await dialog.getByText(/1 image and 1 deleted image with .* of originals/).waitFor()
  await dialog.getByLabel(`Type ${email} to confirm`).fill(ada.email)
  t.ok(await dialog.getByRole('button', { name: 'Delete permanently' }).isDisabled())
  await dialog.getByLabel(`Type ${email} to confirm`).fill(email)
  await dialog.getByRole('button', { name: 'Delete permanently' }).click()
  await page.waitForURL('**/users')
  await table.getByRole('link', { name: ada.email }).waitFor()
  t.equal(await table.getByRole('link', { name: email }).count(), 0)
  t.equal(await shown(email), undefined)
  t.equal(await signIn({ email, password: 'a password for a while' }), 401)
  await until(
    'the images of the user are deleted',
    patienceMs,
    async () => (await bench.get(image.rawUrl)).status !== 200,
  )
})

t.test('administrators cannot change their own role, and the console has no errors', async t => {
  await table.getByRole('link', { name: admin.account.email }).click()
  await page.getByLabel('Role').waitFor()
  t.ok(await page.getByLabel('Role').isDisabled())
  t.equal(await page.getByRole('button', { name: 'Delete' }).count(), 0)
  t.strictSame(problems.splice(0), [])
  await navigateTo(page, '/users/unknown')
  await page.getByText('This user does not exist').waitFor()
  await until('the browser has logged both requests', patienceMs, () => problems.length >= 2)
  t.match(problems, [/404/, /404/], 'the browser logs the error response')
})
