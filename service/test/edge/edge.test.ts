import sharp from 'sharp'
import { imageAcceptByBrowser } from '../../plan/browsers.ts'
import { complete, putNew, type Received } from '../support/direct.ts'
import { type Cluster, openCluster } from '../support/edge.ts'
import { animation, disc, photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { findNginxObstacle } from '../support/services/nginx.ts'
import { bytesOf, callJson, read, type ShownImage } from '../support/session.ts'
import t, { skipFile } from '../support/tap.ts'
import { until } from '../support/until.ts'

const obstacle = await findNginxObstacle()
if (obstacle) skipFile(`no nginx to test with: ${obstacle}`)
const { edge, origins, session }: Cluster = await openCluster(t)
const picture = await photo(600, 400).jpeg().toBuffer()
const image = await session.upload(picture)

const pathOf = ({ id }: ShownImage, rest: string) => `/processed/${session.userId}/${id}${rest}`
const linesAbout = async (what: string) => (await edge.log()).split('\n').filter(line => line.includes(what))
const cacheStatus = (response: Response) => response.headers.get('x-cache')
/** The same request without nginx. */
const direct = (url: string, headers: Record<string, string>) =>
  fetch(url.replace(edge.url, `http://127.0.0.1:${origins[0].port}`), { headers })

/** The parts of a response that must be equal with nginx and without it. */
async function summaryOf(response: Response) {
  const names = [
    ...['content-type', 'content-length', 'etag', 'cache-tag', 'vary', 'x-content-type-options'],
    ...['access-control-allow-origin', 'timing-allow-origin', 'cross-origin-resource-policy'],
  ]
  await response.arrayBuffer()
  return [response.status, ...names.map(name => response.headers.get(name))]
}

t.test(
  'concurrent requests for a new derivative render it once, and then nginx answers from its cache',
  async t => {
    const url = await session.sign(pathOf(image, '_resize_w-333_blur_s-2.avif'))
    const countRenders = async () => {
      const counts = origins.map(origin => origin.metric('darkroom_development_seconds_count'))
      return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
    }
    const before = await countRenders()
    const responses = await Promise.all(Array.from({ length: 100 }, () => session.get(url)))
    const [first, ...others] = await Promise.all(responses.map(bytesOf))
    t.ok(others.every(body => body.equals(first!)))
    t.equal((await sharp(first).metadata()).width, 333)
    t.equal((await countRenders()) - before, 1)
    const asked = () => linesAbout('_resize_w-333_blur_s-2.avif')
    await until('all requests are logged', 2000, async () => (await asked()).length >= 100)
    t.equal(
      (await asked()).filter(line => line.includes('cache=MISS')).length,
      1,
      'one request reached the service',
    )
    const hit = await session.get(url)
    t.equal(cacheStatus(hit), 'HIT')
    t.ok((await bytesOf(hit)).equals(first!))
    t.equal(hit.headers.get('server'), 'nginx')
    const head = await session.get(url, { method: 'HEAD' })
    t.equal(cacheStatus(head), 'HIT')
    t.equal(head.headers.get('content-length'), String(first!.length))
    const headers = { 'if-none-match': hit.headers.get('etag') ?? '' }
    const current = await session.get(url, { headers })
    t.equal(current.status, 304)
    t.equal(current.headers.get('access-control-allow-origin'), '*')
    t.equal((await countRenders()) - before, 1)
  },
)

t.test('HEAD and conditional requests fill the cache too', async t => {
  const url = await session.sign(pathOf(image, '_resize_w-50.webp'))
  const head = await session.get(url, { method: 'HEAD' })
  const [etag = '', length] = [head.headers.get('etag') ?? undefined, head.headers.get('content-length')]
  t.equal(cacheStatus(head), 'MISS')
  const hit = await session.get(url)
  t.equal(cacheStatus(hit), 'HIT')
  t.equal(String((await bytesOf(hit)).length), length)
  const again = `${await session.sign(pathOf(image, '_resize_w-50.webp'), 3600)}`
  const current = await session.get(again, { headers: { 'if-none-match': etag } })
  t.equal(current.status, 304)
  t.equal(cacheStatus(current), 'MISS')
  t.equal(cacheStatus(await session.get(again)), 'HIT')
})

t.test('nginx negotiates the same formats by Accept as the service and caches them separately', async t => {
  const others = await Promise.all([
    session.upload(await disc(60).png().toBuffer()),
    session.upload(await animation(40)),
  ])
  const urls = await Promise.all([
    ...[image, ...others].map(one => session.sign(pathOf(one, '_resize_w-100.auto'))),
    session.sign(pathOf(image, '_resize_w-40_encode_lossless-1.auto')),
  ])
  const browsers = [
    ...Object.values(imageAcceptByBrowser),
    'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8',
    'image/webp,*/*',
    'image/jxl,image/webp,*/*;q=0.1',
    'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    '*/*',
    'IMAGE/WEBP , */*',
    'image/svg+xml,image/*;q=0',
    `image/webp,${'x'.repeat(1100)}/y`,
    '',
  ]
  const unusual = [
    'image/avif, image/*;q=0.1',
    'image/webp;q=0.5,image/jpeg',
    'image/avif;q=0.5,image/webp',
    'image/webp;q=0, image/webp',
    'image/png,image/*;q=0.8',
    'image/webp;level=1',
    'a/b;c="d,image/webp,e"',
    'image/webpx,*/*',
    'image/jpeg;q=0.1,*/*',
  ]
  const asked = [...browsers, ...unusual].flatMap(accept => urls.map(url => ({ accept, url })))
  for (const { accept, url } of [...asked, ...asked.toReversed()]) {
    const headers = { accept }
    const answers = [await session.get(url, { headers }), await direct(url, headers)].map(summaryOf)
    const [one, two] = await Promise.all(answers)
    t.strictSame(one, two, accept.slice(0, 80))
  }
  for (const accept of ['image/avif,image/webp,*/*;q=0.01', '*/*;q=0.3']) {
    t.equal(
      cacheStatus(await session.get(urls[0]!, { headers: { accept } })),
      'HIT',
      'an equivalent Accept header hits the cache',
    )
  }
  for (const { accept, url } of asked) {
    const usual = browsers.includes(accept)
    t.equal(
      cacheStatus(await session.get(url, { headers: { accept } })),
      usual ? 'HIT' : 'BYPASS',
      accept.slice(0, 80),
    )
  }
})

t.test('browsers that name AVIF share one cache entry, except where JPEG XL is smaller', async t => {
  const { chromium, firefox, safari } = imageAcceptByBrowser
  const ask = async (rest: string, accept: string) => {
    const response = await session.get(await session.sign(pathOf(image, rest)), { headers: { accept } })
    await response.arrayBuffer()
    return `${cacheStatus(response)} ${response.headers.get('content-type')}`
  }
  t.equal(await ask('_resize_w-101.auto', firefox), 'MISS image/avif')
  t.equal(await ask('_resize_w-101.auto', chromium), 'HIT image/avif')
  t.equal(await ask('_resize_w-101.auto', safari), 'HIT image/avif')
  t.equal(await ask('_resize_w-41_encode_lossless-1.auto', firefox), 'MISS image/webp')
  t.equal(await ask('_resize_w-41_encode_lossless-1.auto', chromium), 'MISS image/jxl')
  t.equal(await ask('_resize_w-41_encode_lossless-1.auto', safari), 'HIT image/jxl')
})

t.test('client hints vary the cache only where the URL uses them', async t => {
  await callJson(session, 'PUT', '/api/v1/presets/wide', { operations: 'resize_w-auto' })
  const rests = ['_resize_w-auto.jpg', '_resize_w-90,dpr-auto.auto', '_preset_n-wide.jpg', '_resize_w-90.jpg']
  const urls = await Promise.all(rests.map(rest => session.sign(pathOf(image, rest))))
  const hints: Record<string, string>[] = [
    {},
    { 'sec-ch-width': '200' },
    { 'sec-ch-width': '320', 'save-data': 'on' },
    { 'sec-ch-viewport-width': '160', 'sec-ch-dpr': '2' },
    { 'sec-ch-dpr': '1.5', accept: 'image/webp' },
    { 'sec-ch-dpr': '3' },
    { 'sec-ch-width': '1e3' },
  ]
  const asked = hints.flatMap(headers => urls.map(url => ({ headers: { accept: '*/*', ...headers }, url })))
  for (const { headers, url } of [...asked, ...asked.toReversed()]) {
    t.strictSame(
      await summaryOf(await session.get(url, { headers })),
      await summaryOf(await direct(url, headers)),
    )
  }
  for (const { headers, url } of asked) t.equal(cacheStatus(await session.get(url, { headers })), 'HIT')
})

t.test('response that varies by a header outside the cache key is not cached', async t => {
  const path = pathOf(image, '_resize_w-41.%61uto')
  const url = await session.sign(path)
  const types = new Set<string | null>()
  for (const accept of ['image/webp', '*/*', 'image/webp']) {
    const response = await session.get(edge.url + new URL(url).search.replace(/^/, path), {
      headers: { accept },
    })
    t.equal(response.status, 200)
    t.equal(cacheStatus(response), 'MISS')
    types.add(response.headers.get('content-type'))
  }
  t.strictSame([...types], ['image/jpeg'])
})

t.test('unsigned requests create no cache entry, and equivalent signed URLs share one', async t => {
  const url = await session.sign(pathOf(image, '_resize_w-61.jpg'), 3600)
  await bytesOf(await session.get(url))
  const { pathname, searchParams } = new URL(url)
  const reversed = [...searchParams].reverse().map(pair => pair.join('='))
  for (const same of [`${url}&utm_source=x`, `${pathname}?x=1&${reversed.join('&')}`]) {
    t.equal(cacheStatus(await session.get(same)), 'HIT')
  }
  for (const wrong of [pathname, `${url}&s=${searchParams.get('s')}`, url.replace(/s=../, 's=AA')]) {
    for (const _ of [1, 2]) {
      const refused = await session.get(wrong)
      await isProblemResponse(t, refused, 'bad-signature')
      t.equal(cacheStatus(refused), 'MISS')
    }
  }
})

t.test('long URLs and headers do not make nginx take a process as failed', async t => {
  const { id } = await session.upload(await photo(30, 20, 77).jpeg().toBuffer())
  // with nginx's own 4 kB for the cache key and the headers, the third of these lengths is too much
  const long = [2_000, 3_400, 3_500, 7_900].map(length => {
    const url = `${edge.url}/processed/${session.userId}/${id}_resize_w-${length}.jpg?s=`
    return url.padEnd(length, 'a')
  })
  for (const url of long)
    t.equal((await fetch(url)).status, (await direct(url, {})).status, `${url.length} characters`)
  for (const width of [1, 2, 3, 4])
    await bytesOf(await fetch(await session.sign(pathOf({ id } as ShownImage, `_resize_w-${width}.jpg`))))
})

t.test('a download is cached with its file name, apart from the image that is shown', async t => {
  const path = pathOf(image, '_resize_w-62.jpg')
  const answer = await callJson(session, 'POST', '/api/v1/sign', { path, download: 'Dune 1' })
  const { url } = await read<{ url: string }>(answer)
  const shown = await session.get(await session.sign(path))
  t.equal(shown.headers.get('content-disposition'), null)
  const bytes = await bytesOf(shown)
  for (const status of ['MISS', 'HIT']) {
    const saved = await session.get(`${url}&utm_source=${status}`)
    t.equal(cacheStatus(saved), status)
    t.equal(saved.headers.get('content-disposition'), 'attachment; filename="Dune 1.jpg"')
    t.ok((await bytesOf(saved)).equals(bytes))
  }
  const twice = await session.get(`${url}&dl=Dune%201`)
  await isProblemResponse(t, twice, 'bad-signature')
})

t.test('direct upload through nginx works across processes', async t => {
  const large = await photo(1400, 1000).tiff({ compression: 'none' }).toBuffer()
  t.ok(large.length > 2_000_000, `${large.length} bytes`)
  for (let round = 0; round < 2; round++) {
    const { id, url } = await putNew(session, large)
    t.ok(url.startsWith(`${edge.url}/`), 'the upload URL is that of nginx')
    t.match(await read<Received>(await complete(session, id), 201), { width: 1400, bytes: large.length })
  }
})
