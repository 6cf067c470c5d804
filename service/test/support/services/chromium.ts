import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'
import { whenAllFilesEnded } from '../tap.ts'
import { findObstacle } from './debian.ts'

/** No sandbox, because tests may run as root, and no background network requests. */
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
 * Why no browser can be started here; undefined when one can. Installs the package if necessary and possible. With
 * `CI=true`, a missing browser is an error.
 */
export async function findChromiumObstacle(environment = process.env): Promise<string | undefined> {
  const obstacle = await findObstacle({
    programs: ['chromium-headless-shell'],
    packages: ['chromium-headless-shell'],
  })
  if (obstacle && environment.CI === 'true') throw new Error(`Chromium is not available: ${obstacle}`)
  return obstacle
}

/** The browser of this process. To start one takes a second of CPU time. */
let shared: Promise<Browser> | undefined

/** Debian's Chromium, which all test files of a process share. What the test opens in it is closed when the test ends. */
export async function startChromium(t: Test): Promise<Browser> {
  shared ??= launch()
  const browser = await shared
  const others = new Set(browser.contexts())
  t.teardown(async () => {
    const own = browser.contexts().filter(context => !others.has(context))
    await Promise.all(own.map(context => context.close()))
  })
  return browser
}

async function launch(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium-headless-shell',
    args: words,
    timeout: 120_000,
  })
  whenAllFilesEnded(() => browser.close())
  return browser
}

/** A page, and its problems so far. */
export interface WatchedPage {
  readonly page: Page
  /** Console errors, including violations of the CSP, and requests to other hosts. */
  readonly problems: string[]
}

/** How long a step may take on a busy machine, in milliseconds. */
const stepMs = 30_000

/** Opens a page in its own session and watches it from the start. */
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
