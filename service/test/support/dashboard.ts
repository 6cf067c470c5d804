import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import type { NetworkPolicy } from '../../net/network-policy.ts'
import { type Bench, build } from './build.ts'
import { findAccessibilityViolations } from './services/axe.ts'
import { findChromiumObstacle, openPage, startChromium, type WatchedPage } from './services/chromium.ts'
import type { Account, Session } from './session.ts'
import { skipFile } from './tap.ts'

/** How long the browser and the service may take for one step, in milliseconds. */
export const patienceMs = 30_000
/** The timeout of a test file, in milliseconds: a browser on a busy machine is slow. */
const fileTimeoutMs = 300_000

/**
 * Starts a service and a browser until the test file ends. Skips the test file when no browser can be started.
 * @param networkPolicy the hosts that the service may connect to
 */
export async function startDashboard(
  t: Test,
  networkPolicy?: NetworkPolicy,
): Promise<{ bench: Bench; browser: Browser }> {
  const obstacle = await findChromiumObstacle()
  if (obstacle) skipFile(`Chromium is not available: ${obstacle}`)
  t.setTimeout(fileTimeoutMs)
  const bench = await build(t, {}, networkPolicy)
  return { bench, browser: await startChromium(t) }
}

/** Opens a page of the dashboard and signs in as the session's user. */
export async function openDashboard(
  browser: Browser,
  { url, account }: Session,
  path = '/',
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const watched = await openPage(browser, url, options)
  const { page } = watched
  await page.goto(path)
  await signIn(page, account)
  return watched
}

/** Signs in on a page that shows the sign-in form. */
export async function signIn(page: Page, { email, password }: Account): Promise<void> {
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('navigation', { name: 'Dashboard' }).waitFor()
}

/** One look of the dashboard: a theme on a wide or a narrow screen. */
export interface Look {
  readonly page: Page
  readonly isNarrow: boolean
  /** Checks that the page is accessible and does not scroll horizontally; `name` says what it shows. */
  readonly audit: (name: string) => Promise<void>
}

/** Runs `check` in the dark theme on a wide screen and in the light theme on a narrow one, each in its own session. */
export async function inBothThemes(
  t: Test,
  browser: Browser,
  session: Session,
  path: string,
  check: (look: Look) => Promise<void>,
): Promise<void> {
  for (const [colorScheme, width] of [
    ['dark', 1360],
    ['light', 390],
  ] as const) {
    const isNarrow = width === 390
    const options = { colorScheme, viewport: { width, height: 844 }, hasTouch: isNarrow }
    const { page, problems } = await openDashboard(browser, session, path, options)
    const audit = async (name: string) => {
      t.strictSame(await findAccessibilityViolations(page), [], `${name} in ${colorScheme}`)
      const wide = await contentWidth(page)
      t.ok(wide <= width, `${name} is ${wide} pixels wide`)
    }
    await check({ page, isNarrow, audit })
    t.strictSame(problems, [], `the console in ${colorScheme} has no errors`)
    await page.context().close()
  }
}

/** Navigates within the dashboard, without a page load. */
export async function navigateTo(page: Page, path: string): Promise<void> {
  await page.evaluate(
    `history.pushState(null, '', ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent('popstate'))`,
  )
}

/** The width of the page's content in pixels. Larger than the viewport when the page scrolls horizontally. */
export function contentWidth(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth')
}

/** The text in the clipboard. */
export function readClipboard(page: Page): Promise<string> {
  return page.evaluate<string>('navigator.clipboard.readText()')
}

/** The bounding box of an element. @throws when it is not visible */
export async function boxOf(locator: Locator) {
  const box = await locator.boundingBox()
  if (box === null) throw new Error('the element is not visible')
  return box
}
