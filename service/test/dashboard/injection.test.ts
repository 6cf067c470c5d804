import type { Page } from 'playwright-core'
import { publicNetworkPolicy } from '../../net/network-policy.ts'
import { administrator } from '../support/administrator.ts'
import { navigateTo, openDashboard, patienceMs, readClipboard, startDashboard } from '../support/dashboard.ts'
import { photo } from '../support/pictures.ts'
import { openPage } from '../support/services/chromium.ts'
import { callJson, openSession, read, type Session, type ShownImage } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'
import { until } from '../support/until.ts'

const { bench, browser } = await startDashboard(t, { ...publicNetworkPolicy, allows: () => false })

/** A script that leaves a mark in the page and on the console, so that it is seen wherever it runs. */
const script = (number: number) => `window.injected=${number};console.log('injected',${number})`
/** Markup without spaces, because an e-mail address must not contain any. */
const element = `<svg><img/src=x/onerror="${script(1)}">`
const texts = {
  image: `<img src=x onerror="${script(2)}">`,
  attribute: `"><script>${script(3)}</script>`,
  quote: `' onmouseover='${script(4)}' autofocus onfocus='${script(5)}`,
  url: `javascript:${script(6)}`,
  markdown: '<img src="](x)" onerror=injected()>`](y)`',
}

/** An SVG that tries every way to run a script. */
const svg = `<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="90" height="60"
  onload="${script(11)}"><title>${'<![CDATA['}${texts.attribute}]]></title>
  <script>${script(12)}</script><script href="/injected/13.js"/>
  <a xlink:href="${texts.url}"><rect id="link" width="90" height="60" fill="#c33" onclick="${script(14)}"/></a>
  <animate attributeName="x" dur="0.1s" onbegin="${script(15)}"/><image href="/injected/16" onerror="${script(17)}"/>
  <foreignObject width="9" height="9"><iframe xmlns="http://www.w3.org/1999/xhtml" srcdoc="&lt;script>${script(18)}&lt;/script>"/>
  <body xmlns="http://www.w3.org/1999/xhtml" onload="${script(19)}"><img src="x" onerror="${script(20)}"/></body></foreignObject>
</svg>`

async function upload(session: Session, file: Buffer | string, name: string, title: string, tag: string) {
  const form = new FormData()
  form.append('title', title)
  form.append('tags', tag)
  form.append('alt', title)
  form.append('metadata', JSON.stringify({ text: title }))
  form.append('file', new Blob([new Uint8Array(Buffer.from(file))]), name)
  const headers = { authorization: `Bearer ${session.token}` }
  const response = await fetch(`${bench.url}/api/v1/images`, { method: 'POST', body: form, headers })
  return read<ShownImage>(response, 201)
}

const picture = await photo(90, 60).jpeg().toBuffer()
const password = 'a long enough password'
const root = await administrator(bench)
// a user whose e-mail address contains markup, which the API accepts but not the dashboard's form, and an administrator
// who owns one of each kind of thing to which a hostile user can give a name
const create = async (email: string) => {
  const created = await callJson(root, 'POST', '/api/v1/users', { email, password, role: 'admin' })
  return (await read<{ id: string }>(created, 201)).id
}
const userId = await create(`${element}@example.com`)
await create('hostile@example.com')
const hostile = await openSession(bench.url, { email: 'hostile@example.com', password })
const images: ShownImage[] = []
for (const text of Object.values(texts))
  images.push(
    await upload(
      hostile,
      picture,
      `${text.replaceAll('/', '')}.jpg`,
      text,
      text.slice(0, 60).replaceAll(',', ''),
    ),
  )
const drawn = await upload(hostile, svg, `${element}.svg`, element, element.slice(0, 60))
const hook = await read<{ id: string }>(
  await callJson(hostile, 'POST', '/api/v1/webhooks', {
    url: `https://example.com/${texts.image}?${texts.attribute}&${texts.quote}`,
    events: ['image.ready', 'image.deleted'],
  }),
  201,
)
await read(
  await callJson(hostile, 'POST', '/api/v1/api-keys', {
    name: texts.attribute.slice(0, 60),
    scopes: ['sign'],
  }),
  201,
)

/** Watches a page for scripts that were injected. */
function watch(page: Page) {
  const injected: string[] = []
  page.on('console', message => {
    if (message.text().startsWith('injected')) injected.push(message.text())
  })
  // a request that the Content-Security-Policy blocks has no response
  page.on('response', response => {
    if (response.url().includes('/injected')) injected.push(response.url())
  })
  page.on('dialog', dialog => {
    injected.push(`dialog ${dialog.message()}`)
    dialog.dismiss().catch(() => {})
  })
  return injected
}

/** Elements that only injected markup can have made. */
const foreign = `[...document.querySelectorAll('[onerror],[onload],[onmouseover],[onfocus],[src="x"],script:not([src]),a')]
  .filter(one => one.tagName !== 'A' || /^(javascript|data|vbscript):/i.test(one.href)).map(one => one.outerHTML)`

async function isClean(t: Test, page: Page, name: string): Promise<void> {
  t.strictSame(await page.evaluate(foreign), [], `${name}: no markup was injected`)
  t.equal(await page.evaluate('typeof window.injected'), 'undefined', `${name}: no script ran`)
}

t.test('names with markup are shown as text on every page of the dashboard', async t => {
  const { page, problems } = await openDashboard(browser, hostile)
  const injected = watch(page)
  const views: Readonly<Record<string, string>> = {
    '/': '.frame img.loaded',
    ...Object.fromEntries(images.map(({ id }) => [`/images/${id}`, '.palette'])),
    [`/images/${drawn.id}`]: '.palette',
    [`/playground/${images[1]!.id}?op=text;t=${encodeURIComponent(texts.image)}`]: '.step',
    [`/playground/${drawn.id}`]: '.compare img',
    '/keys': '.table',
    '/webhooks': '.table',
    [`/webhooks/${hook.id}`]: 'main',
    '/users': '.table',
    [`/users/${userId}`]: '.rights',
    [`/?q=${encodeURIComponent(texts.attribute)}`]: '.frame',
    [`/?tag=${encodeURIComponent(texts.image.slice(0, 60))}`]: '.frame',
    [`/no/${encodeURIComponent(texts.image)}`]: '.state',
  }
  for (const [path, selector] of Object.entries(views)) {
    await navigateTo(page, path)
    await page.locator(selector).first().waitFor()
    await isClean(t, page, path)
  }
  await navigateTo(page, `/images/${images.at(-1)!.id}`)
  await page.getByRole('button', { name: 'Size, format and markup' }).click()
  await page.getByRole('button', { name: 'Copy Markdown' }).waitFor()
  await isClean(t, page, 'the texts to copy')
  await page.goto(`/?q=${encodeURIComponent(texts.quote)}`)
  await page.getByLabel(`Select ${texts.quote}`).check({ force: true })
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').waitFor()
  await isClean(t, page, 'the dialog')
  t.strictSame(injected, [])
  t.strictSame(problems, [], 'the Content-Security-Policy had nothing to block')
  await page.context().close()
})

t.test('alt texts are escaped in the texts that the playground copies', async t => {
  const { page } = await openDashboard(browser, hostile, `/playground/${images.at(-1)!.id}`)
  await page.locator('.compare img').first().waitFor()
  await page.getByRole('button', { name: 'Copy Markdown' }).click()
  t.match(await readClipboard(page), '![\\<img src="\\](x)" onerror=injected()>\\`\\](y)\\`](http')
  await page.getByRole('button', { name: 'Copy picture' }).click()
  let text = ''
  await until('the element is copied', patienceMs, async () => {
    text = await readClipboard(page)
    return text.startsWith('<picture>')
  })
  t.match(text, 'alt="&lt;img src=&quot;](x)&quot; onerror=injected()&gt;')
  await page.context().close()
})

t.test('the Content-Security-Policy blocks a script that got into a page', async t => {
  const { page, problems } = await openPage(browser, bench.url)
  const injected = watch(page)
  await page.goto('/')
  await page.getByLabel('Email').waitFor()
  const markup = `<img src=x onerror="${script(21)}"><iframe srcdoc="&lt;script>${script(22)}&lt;/script>"></iframe>`
  await page.evaluate(`document.body.insertAdjacentHTML('beforeend', ${JSON.stringify(markup)});
    const inline = document.createElement('script'); inline.textContent = ${JSON.stringify(script(23))}; document.body.append(inline);
    const foreign = document.createElement('script'); foreign.src = 'data:text/javascript,' + ${JSON.stringify(script(24))};
    document.body.append(foreign)`)
  await until(
    'each is blocked',
    patienceMs,
    () => problems.filter(one => /Content Security Policy/.test(one)).length >= 4,
  )
  t.equal(await page.evaluate('typeof window.injected'), 'undefined')
  t.strictSame(injected, [])
  await page.context().close()
})

t.test('an SVG original that is opened runs no script and loads nothing', async t => {
  const response = await hostile.get(drawn.rawUrl)
  t.match(response.headers.get('content-type'), 'image/svg+xml')
  t.match(response.headers.get('content-security-policy'), /^sandbox; default-src 'none'/)
  t.equal(response.headers.get('x-content-type-options'), 'nosniff')
  t.equal(await response.text(), svg, 'the original is untouched')

  const { page } = await openPage(browser, bench.url)
  const injected = watch(page)
  await page.goto(drawn.rawUrl)
  await page.mouse.move(40, 30)
  await page.mouse.click(40, 30)
  // a frame or an object in a page of the same site runs no script either
  const framed = await openPage(browser, bench.url)
  const injectedInFrame = watch(framed.page)
  const path = JSON.stringify(new URL(drawn.rawUrl).pathname + new URL(drawn.rawUrl).search)
  await framed.page.route('**/frame.html', route =>
    route.fulfill({
      contentType: 'text/html',
      body: `<iframe src=${path}></iframe><object data=${path}></object><embed src=${path}><img src=${path}>`,
    }),
  )
  await framed.page.goto('/frame.html', { waitUntil: 'load' })
  await framed.page.waitForLoadState('networkidle')
  t.strictSame([...injected, ...injectedInFrame], [])
  for (const { page: one } of [{ page }, framed]) {
    t.equal(await one.evaluate('typeof window.injected'), 'undefined')
    await one.context().close()
  }
})
