import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { openPage, type WatchedPage } from './services/chromium.ts'
import type { Session } from './session.ts'

/** How long the browser and the service may take for something, in milliseconds. */
export const patienceMs = 30_000

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

/** What was copied last. */
export function copied(page: Page): Promise<string> {
  return page.evaluate<string>('navigator.clipboard.readText()')
}

/** Where an element is. @throws when it is not seen */
export async function boxOf(locator: Locator) {
  const box = await locator.boundingBox()
  if (box === null) throw new Error('it is not seen')
  return box
}
