import { build } from '../support/build.ts'
import { startHttpServer } from '../support/http-server.ts'
import { photo } from '../support/pictures.ts'
import { findChromiumObstacle, openPage, startChromium } from '../support/services/chromium.ts'
import { callJson, read } from '../support/session.ts'
import t, { skipFile, type Test } from '../support/tap.ts'

const obstacle = await findChromiumObstacle()
if (obstacle) skipFile(`no browser to test with: ${obstacle}`)
const browser = await startChromium(t)
const picture = await photo(60, 40).jpeg().toBuffer()

/** What the pages can do. It is a text, since the tests are not compiled for browsers. */
const script = `
/** Shows an image and reads its pixels. */
async function draw(url, crossOrigin) {
  const image = new Image()
  if (crossOrigin) image.crossOrigin = 'anonymous'
  image.src = url
  try { await image.decode() } catch { return 'blocked' }
  const canvas = document.createElement('canvas')
  canvas.getContext('2d').drawImage(image, 0, 0)
  try { canvas.toDataURL(); return 'read' } catch { return 'tainted' }
}
/** The parts of a response that the page may read; null when the browser blocks it. */
async function ask(url, init) {
  const response = await fetch(url, init).catch(() => null)
  if (response === null) return null
  const [variant, range, type] = ['darkroom-variant', 'content-range', 'content-type'].map(name => response.headers.get(name))
  return { status: response.status, bytes: (await response.arrayBuffer()).byteLength, variant, range, type }
}
const isTimed = url => performance.getEntriesByName(url).at(-1).requestStart > 0`

/** Serves a page on an origin of its own, isolated from other origins (`COEP: require-corp`). */
async function serveOrigin(t: Test): Promise<string> {
  const port = await startHttpServer(t, (_request, response) => {
    response.setHeader('cross-origin-embedder-policy', 'require-corp')
    response.setHeader('cross-origin-opener-policy', 'same-origin')
    response.setHeader('content-type', 'text/html').end(`<script>${script}</script>`)
  })
  return `http://127.0.0.1:${port}`
}

/** What a page shows of a response. */
interface Shown {
  readonly status: number
}

/** Opens the page of an origin. */
async function openOrigin(origin: string) {
  const { page } = await openPage(browser, origin)
  await page.goto('/')
  const call = <Result>(name: string, ...values: unknown[]) =>
    page.evaluate<Result>(`${name}(...${JSON.stringify(values)})`)
  return {
    draw: (url: string, crossOrigin: boolean) => call<string>('draw', url, crossOrigin),
    ask: (url: string, init: RequestInit = {}) => call<Shown | null>('ask', url, init),
    /** Follows a link. @returns the name under which the browser saves the file */
    follow: async (url: string) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.evaluate(`location.href = ${JSON.stringify(url)}`),
      ])
      return download.suggestedFilename()
    },
    isTimed: (url: string) => call<boolean>('isTimed', url),
    isIsolated: () => page.evaluate<boolean>('crossOriginIsolated'),
  }
}

t.test(
  'a page of another origin draws images into a canvas, and fetches them with their headers',
  async t => {
    const bench = await build(t)
    const { id, rawUrl } = await bench.upload(picture)
    const url = await bench.sign(`/processed/${bench.userId}/${id}_resize_w-30.webp`)
    const page = await openOrigin(await serveOrigin(t))
    t.equal(await page.isIsolated(), true)
    t.equal(await page.draw(url, false), 'tainted', 'an isolated page shows the image')
    t.equal(await page.draw(url, true), 'read')
    t.equal(await page.draw(rawUrl, true), 'read')
    t.match(await page.ask(url), { status: 200, variant: /^(final|standin)$/, type: 'image/webp' })
    t.equal(await page.isTimed(url), true, 'the page sees the timing')
    const part = { headers: { range: 'bytes=0-9', 'x-loader': 'a preflight' } }
    t.match(await page.ask(rawUrl, part), { status: 206, bytes: 10, range: `bytes 0-9/${picture.length}` })
    t.match(await page.ask(url.replace(/s=../, 's=--')), { status: 403, type: 'application/problem+json' })
    const order = { path: new URL(rawUrl).pathname, download: 'Ann’s “Übersicht”; 日本.png' }
    const signed = await read<{ url: string }>(await callJson(bench, 'POST', '/api/v1/sign', order))
    t.equal(await page.follow(signed.url), 'Ann’s “Übersicht”; 日本.jpg', 'a link saves the file')
    const headers = { authorization: `Bearer ${bench.token}` }
    t.equal(await page.ask(`${bench.url}/api/v1/me`, { headers }), null, 'the API cannot be called')
  },
)

t.test('pages of the listed origins alone read images and call the API, and never with cookies', async t => {
  const [listed, other, unlisted] = [await serveOrigin(t), await serveOrigin(t), await serveOrigin(t)]
  const bench = await build(t, {
    DARKROOM_IMAGE_ORIGINS: `${listed},${other}`,
    DARKROOM_API_ORIGINS: listed,
  })
  const { id } = await bench.upload(picture)
  const url = await bench.sign(`/processed/${bench.userId}/${id}_resize_w-30.webp`)
  const me = `${bench.url}/api/v1/me`
  const token = { headers: { authorization: `Bearer ${bench.token}` } }
  for (const [origin, pixels, status] of [
    [listed, 'read', 200],
    [other, 'read', null],
    [unlisted, 'blocked', null],
  ] as const) {
    const page = await openOrigin(origin)
    t.equal(await page.draw(url, false), 'tainted', `${origin} shows the image`)
    t.equal(await page.draw(url, true), pixels)
    t.match(await page.ask(me, token), status && { status })
    if (origin !== listed) continue
    const headers = { 'content-type': 'application/json' }
    const login = { method: 'POST', headers, body: JSON.stringify(bench.account) }
    const path = `${bench.url}/api/v1/auth/`
    t.match(await page.ask(`${path}login`, login), { status: 200 })
    t.equal(await page.ask(`${path}login`, { ...login, credentials: 'include' }), null)
    t.equal(await page.ask(me, { ...token, credentials: 'include' }), null)
    t.match(await page.ask(`${path}refresh`, { method: 'POST' }), { status: 403 })
    t.match(await page.ask(`${path}logout`, { method: 'POST', ...token }), { status: 204 })
  }
})
