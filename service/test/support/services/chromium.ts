import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'
import { findObstacle } from './debian.ts'

/** No sandbox, as tests may run as root; and nothing that calls home. */
const words = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Why there can be no browser here (its package is installed first where the machine allows it); undefined when there
 * can. Under `CI=true` that is an error.
 */
export async function findChromiumObstacle(environment = process.env): Promise<string | undefined> {
  const obstacle = await findObstacle({ programs: ['chromium'], packages: ['chromium'] })
  if (obstacle && environment.CI === 'true') throw new Error(`No chromium to test with: ${obstacle}`)
  return obstacle
}

/** Starts Debian's Chromium; it ends with the test. */
export async function startChromium(t: Test): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: words,
    timeout: 120_000,
  })
  t.teardown(() => browser.close())
  return browser
}

/** A page, and what went wrong in it. */
export interface WatchedPage {
  readonly page: Page
  /** Errors in the console, of the page's policy too, and requests to another host; in words. */
  readonly problems: string[]
}

/** How long a step may take, in milliseconds: machines that run tests are busy. */
const stepMs = 30_000

/** Opens a page in a session of its own, and listens to it from the first moment on. */
export async function openPage(
  browser: Browser,
  baseURL: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    baseURL,
    viewport: { width: 1360, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  })
  context.setDefaultTimeout(stepMs)
  const page = await context.newPage()
  const problems: string[] = []
  const { host } = new URL(baseURL)
  page.on('console', message => {
    if (message.type() === 'error') problems.push(`${message.text()} ${message.location().url}`)
  })
  page.on('pageerror', error => problems.push(String(error)))
  page.on('request', request => {
    const url = new URL(request.url())
    if (url.protocol.startsWith('http') && url.host !== host) problems.push(`asked ${url.host}`)
  })
  return { page, problems }
}
