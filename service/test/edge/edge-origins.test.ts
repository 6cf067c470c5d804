import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { openCluster } from '../support/edge.ts'
import { claimingPng, photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { replace } from '../support/replace.ts'
import { Form, send } from '../support/send.ts'
import { findNginxObstacle } from '../support/services/nginx.ts'
import { bytesOf, read, type ShownImage } from '../support/session.ts'
import t, { skipFile } from '../support/tap.ts'
import { until } from '../support/until.ts'

const obstacle = await findNginxObstacle()
if (obstacle) skipFile(`no nginx to test with: ${obstacle}`)
const [shop, blog] = ['https://shop.example.com', 'https://blog.example.com'] as const
const { edge, origins, session, replaceKey } = await openCluster(t, {
  DARKROOM_IMAGE_ORIGINS: `${shop}, ${blog}`,
  DARKROOM_API_ORIGINS: shop,
})
const image = await session.upload(await photo(600, 400).jpeg().toBuffer())
/** A valid image with 16 MB of random bytes appended. */
const large = Buffer.concat([await photo(90, 60).jpeg().toBuffer(), randomBytes(16_000_000)])

const cacheStatus = (response: Response) => response.headers.get('x-cache')
const derivative = (rest: string, expiresIn?: number) =>
  session.sign(`/processed/${session.userId}/${image.id}${rest}`, expiresIn)

async function fetchStatus(url: string): Promise<[status: number, cache: string | null]> {
  const response = await session.get(url)
  await response.arrayBuffer()
  return [response.status, cacheStatus(response)]
}

t.test('nginx streams uploads, caches originals and serves their ranges', async t => {
  const { rawUrl, bytes } = await session.upload(large)
  t.equal(bytes, large.length)
  const part = (range: string) => session.get(rawUrl, { headers: { range } })
  const cold = await part('bytes=100-199')
  t.equal(cold.status, 206)
  t.equal(cold.headers.get('content-range'), `bytes 100-199/${large.length}`)
  t.ok(Buffer.from(await cold.arrayBuffer()).equals(large.subarray(100, 200)))
  const whole = await session.get(rawUrl)
  t.equal(cacheStatus(whole), 'HIT')
  t.ok((await bytesOf(whole)).equals(large))
  const tail = await part('bytes=-10')
  t.ok(Buffer.from(await tail.arrayBuffer()).equals(large.subarray(-10)))
  t.match(await part(`bytes=${large.length}-`), { status: 416 })
  const several = await part('bytes=0-1,5-6')
  t.equal(several.status, 200)
  t.equal((await several.arrayBuffer()).byteLength, large.length)
})

t.test('nginx lets a new original of an image pass that is larger than a JSON body may be', async t => {
  const { id } = await session.upload(await photo(60, 40).jpeg().toBuffer())
  t.match(await read<ShownImage>(await replace(session, id, large)), { id, bytes: large.length })
})

t.test('nginx allows each listed origin by name and keeps one object for all', async t => {
  const url = await derivative('_resize_w-80.jpg')
  const { rawUrl } = image
  const allowedFor = async (target: string, origin: string, init: RequestInit = {}) => {
    const response = await session.get(target, { ...init, headers: { ...init.headers, origin } })
    await response.arrayBuffer()
    return [response.status, cacheStatus(response), response.headers.get('access-control-allow-origin')]
  }
  t.strictSame(await allowedFor(url, shop), [200, 'MISS', shop])
  t.strictSame(await allowedFor(url, blog), [200, 'HIT', blog])
  t.strictSame(await allowedFor(url, 'https://evil.example.com'), [200, 'HIT', null])
  t.strictSame(await allowedFor(url, blog, { method: 'HEAD' }), [200, 'HIT', blog])
  t.strictSame(await allowedFor(url, shop, { headers: { 'if-none-match': '*' } }), [304, 'HIT', shop])
  t.strictSame(await allowedFor(rawUrl, shop), [200, 'MISS', shop])
  for (const [range, status] of [
    ['bytes=0-9', 206],
    [`bytes=${image.bytes}-`, 416],
  ] as const) {
    const [answered, , allowed] = await allowedFor(rawUrl, blog, { headers: { range } })
    t.strictSame([answered, allowed], [status, blog])
  }
  t.strictSame(await allowedFor(`${url}0`, shop), [403, 'MISS', shop], 'errors can be read')
  const preflight = { method: 'OPTIONS', headers: { 'access-control-request-method': 'GET' } }
  t.strictSame(await allowedFor(url, blog, preflight), [204, null, blog])
  t.strictSame(await allowedFor(`${edge.url}/api/v1/me`, shop, preflight), [204, null, shop])
  const response = await session.get(url, { headers: { origin: shop } })
  t.equal(response.headers.get('vary'), 'Origin')
  t.equal(response.headers.get('timing-allow-origin'), `${shop}, ${blog}`)
  t.equal(response.headers.get('cross-origin-resource-policy'), 'cross-origin')
})

t.test('nginx and the service both reject too large uploads with a problem document', async t => {
  const authorization = `Bearer ${session.token}`
  for (const size of [51_500_000, 60_000_000]) {
    const form = new Form().file('file', Buffer.alloc(1000))
    const headers = { authorization, 'content-type': form.type, 'content-length': String(size) }
    const answer = await send(edge.url, '/api/v1/images', { method: 'POST', headers, body: [form.bytes] })
    t.match(JSON.parse(answer.body), { status: 413, code: 'too-large', requestId: /^[\w-]{32,36}$/ })
    t.match(answer, { status: 413, headers: { 'content-type': 'application/problem+json' } })
    t.equal(answer.headers['cache-control'], 'no-store')
    if (size > 52_000_000) t.equal(answer.headers['access-control-allow-origin'], '*')
  }
  for (const size of [51_500_000, 53_500_000]) {
    const refused = await session.tryUpload(Buffer.alloc(size))
    t.match(await refused.json(), { status: 413, code: 'too-large' }, 'fetch gets the response')
  }
  await isProblemResponse(t, await session.tryUpload(claimingPng(60_000, 60_000)), 'too-many-pixels')
})

t.test('API responses are not cached, and errors are cached as long as their headers allow', async t => {
  const list = async () =>
    (await read<{ items: unknown[] }>(await session.get('/api/v1/images'))).items.length
  const before = await list()
  const other = await session.upload(await photo(30, 20).jpeg().toBuffer())
  t.equal(await list(), before + 1)
  t.equal(cacheStatus(await session.get('/api/v1/images')), null)
  t.match(await send(edge.url, '/api/v1/images'), { status: 401, headers: { 'cache-control': 'no-store' } })
  for (const path of ['/healthz', '/readyz']) t.match(await session.get(path), { status: 200 })
  t.match(await send(edge.url, '/metrics'), { status: 404 })

  const mistake = await session.sign({ imageId: other.id, format: 'jpg' })
  t.match(await session.get(`/api/v1/images/${other.id}`, { method: 'DELETE' }), { status: 204 })
  // for a second another process may still serve the image, and this nginx, which gets no purge calls, would cache it
  await setTimeout(1100)
  t.match(await fetchStatus(mistake), [410, 'MISS'])
  const gone = await session.get(mistake)
  t.equal(gone.headers.get('cache-control'), 'public, max-age=60')
  t.equal(cacheStatus(gone), 'HIT')
  const post = await session.get(mistake, { method: 'POST', body: 'x' })
  await isProblemResponse(t, post, 'method-not-allowed')
})

t.test('image is cached until its signature expires, and keeps its Date header', async t => {
  const url = await derivative('_resize_w-70.jpg', 4)
  const first = await session.get(url)
  await first.arrayBuffer()
  const [, maxAge] = /max-age=(\d+)/.exec(first.headers.get('cache-control') ?? '') ?? []
  t.ok(Number(maxAge) <= 4)
  await setTimeout(1100)
  const second = await session.get(url)
  t.equal(cacheStatus(second), 'HIT')
  t.equal(second.headers.get('date'), first.headers.get('date'))
  const ends = Number(new URL(url).searchParams.get('e')) * 1000
  // nginx counts whole seconds from when it received the response
  await setTimeout(ends - Date.now() + 1_020)
  for (const _ of [1, 2]) t.match(await fetchStatus(url), [410, 'EXPIRED'])
})

t.test('access log contains no signature', async t => {
  await until('the requests are logged', 2000, async () => (await edge.log()).includes(image.id))
  t.notMatch(await edge.log(), /[?&]s=/)
})

t.test('image cached under a revoked key stays until its cache file is deleted', async t => {
  const [url, fresh] = [await derivative('_resize_w-75.jpg'), await derivative('_resize_w-76.jpg')]
  await fetchStatus(url)
  await replaceKey(new URL(url).searchParams.get('k') ?? '')
  await setTimeout(1100)
  t.strictSame(await fetchStatus(url), [200, 'HIT'])
  t.match(await fetchStatus(fresh), [403, 'MISS'])
  const purge = `grep -rlaF 'i-${image.id}' ${edge.cacheDirectory} | xargs -r rm`
  await promisify(execFile)('sh', ['-c', purge])
  t.strictSame(await fetchStatus(url), [403, 'MISS'])
})

t.test('a path is routed to one process while it lives, then to the other', async t => {
  const widths = Array.from({ length: 12 }, (_, index) => 100 + index)
  let round = 0
  /** The port of the process that answered for each width. Each round has its own signatures, so nothing is cached. */
  const routeAll = async () => {
    round += 1
    const urls = await Promise.all(widths.map(width => derivative(`_resize_w-${width}.jpg`, 3600 + round)))
    const answers = await Promise.all(urls.map(fetchStatus))
    t.strictSame(
      answers,
      answers.map(() => [200, 'MISS']),
    )
    const lines = async () =>
      (await edge.log()).split('\n').filter(line => line.includes(`${image.id}_resize_w-1`))
    await until('all requests are logged', 2000, async () => (await lines()).length >= round * widths.length)
    const last = (await lines()).slice(-widths.length)
    return widths.map(width => {
      const line = last.find(line => line.includes(`_resize_w-${width}.jpg`))
      return Number(/from=(?:\S+, )?\S+:(\d+) /.exec(line ?? '')?.[1])
    })
  }
  const [one, two] = origins
  const first = await routeAll()
  t.strictSame(new Set(first), new Set([one.port, two.port]), 'both processes are used')
  t.strictSame(await routeAll(), first)
  await one.stop()
  t.strictSame(new Set(await routeAll()), new Set([two.port]))
  t.match(await session.get('/readyz'), { status: 200 })

  const known = await derivative('_resize_w-333.jpg')
  await fetchStatus(known)
  const unknown = await derivative('_resize_w-334.jpg')
  await two.stop()
  t.strictSame(await fetchStatus(known), [200, 'HIT'])
  for (const path of [unknown, '/api/v1/images', '/readyz']) {
    const refused = await session.get(path)
    t.match(await refused.json(), { status: 503, code: 'unavailable' })
    t.equal(refused.headers.get('retry-after'), '1')
    t.equal(refused.headers.get('cache-control'), 'no-store')
    t.equal(refused.headers.get('access-control-allow-origin'), '*')
  }
})
