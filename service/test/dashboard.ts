import type { Browser, BrowserContextOptions } from 'playwright-core'
import { openPage, type WatchedPage } from './services/chromium.ts'
import type { Session } from './session.ts'

/** Opens a page of the dashboard and signs in there, as the session's user. */
export async function enter(
  browser: Browser,
  { url, account }: Session,
  path = '/',
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const watched = await openPage(browser, url, options)
  const { page } = watched
  await page.goto(path)
  await page.getByLabel('Email').fill(account.email)
  await page.getByLabel('Password').fill(account.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('navigation', { name: 'Dashboard' }).waitFor()
  return watched
}
