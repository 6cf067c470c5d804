import { type Bench, build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import t, { type Test } from '../support/tap.ts'

const picture = await photo(120, 80).jpeg().toBuffer()
const [shop, blog, stranger] = [
  'https://shop.example.com',
  'http://localhost:3000',
  'https://evil.example.com',
]

interface Asked {
  readonly url: string
  readonly status: number
  readonly init?: RequestInit
}

/** One request for every kind of response with an image, and of its errors. */
async function everyResponse(bench: Bench): Promise<Asked[]> {
  const { id, rawUrl, bytes, sha256 } = await bench.upload(picture)
  const path = `/processed/${bench.userId}/${id}_resize_w-50`
  const [auto = '', foreign = '', wrong = ''] = await Promise.all(
    [`${path}.auto`, `${path}_page_n-9.jpg`, `${path}.jpg`].map((one, index) =>
      index === 1 ? bench.sign(`${path}.png`) : bench.sign(one),
    ),
  )
  const etag = (await bench.get(auto)).headers.get('etag') ?? ''
  const head = { method: 'HEAD' }
  const known = { headers: { 'if-none-match': '*' } }
  return [
    { url: auto, status: 200 },
    { url: auto, status: 200 },
    { url: auto, status: 200, init: head },
    { url: auto, status: 304, init: { headers: { 'if-none-match': etag } } },
    { url: `${auto}&x=1`, status: 304, init: known },
    { url: foreign, status: 200, init: head },
    { url: rawUrl, status: 200 },
    { url: rawUrl, status: 200, init: head },
    { url: rawUrl, status: 304, init: { headers: { 'if-none-match': `"${sha256}"` } } },
    { url: rawUrl, status: 206, init: { headers: { range: 'bytes=0-9' } } },
    { url: rawUrl, status: 416, init: { headers: { range: `bytes=${bytes}-` } } },
    { url: wrong.replace(/s=../, 's=--'), status: 403 },
    { url: wrong, status: 405, init: { method: 'POST' } },
    { url: rawUrl, status: 405, init: { method: 'OPTIONS' } },
  ]
}

const preflight = (origin: string, method: string) => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'x-any' },
})

const headersOf = ({ headers }: Response) => ({
  allowed: headers.get('access-control-allow-origin'),
  timing: headers.get('timing-allow-origin'),
  exposed: headers.get('access-control-expose-headers'),
  policy: headers.get('cross-origin-resource-policy'),
  credentials: headers.get('access-control-allow-credentials'),
})

/** Sends each request with an origin, and checks the response's headers. */
async function check(
  t: Test,
  bench: Bench,
  asked: readonly Asked[],
  origin: string | undefined,
  expected: object,
) {
  for (const { url, status, init } of asked) {
    const headers = { ...(init?.headers as Record<string, string>), ...(origin && { origin }) }
    const response = await fetch(url, { ...init, headers })
    await response.arrayBuffer()
    const name = `${status} of ${init?.method ?? 'GET'} ${new URL(url).pathname} for ${origin}`
    t.equal(response.status, status, name)
    t.match(headersOf(response), expected, name)
    t.equal(
      /(^|, )Origin$/.test(response.headers.get('vary') ?? ''),
      bench.environment.DARKROOM_IMAGE_ORIGINS !== undefined,
      name,
    )
  }
}

t.test('every response with an image, errors included, may be read by pages of all origins', async t => {
  const bench = await build(t)
  const asked = await everyResponse(bench)
  const open = { allowed: '*', timing: '*', exposed: '*', policy: 'cross-origin', credentials: null }
  for (const origin of [undefined, shop]) await check(t, bench, asked, origin, open)
  for (const { url } of [asked[0]!, asked[6]!]) {
    const response = await fetch(url, preflight(shop, 'GET'))
    t.equal(response.status, 204)
    t.match(headersOf(response), open)
    t.equal(response.headers.get('access-control-allow-methods'), 'GET, HEAD')
    t.equal(response.headers.get('access-control-allow-headers'), '*')
  }
  const api = await bench.get('/api/v1/me', { headers: { origin: shop } })
  t.match(headersOf(api), { allowed: null, exposed: null }, 'the API is closed to other origins')
  t.equal(api.headers.get('vary'), null)
  t.equal((await fetch(`${bench.url}/api/v1/me`, preflight(shop, 'GET'))).status, 404)
})

t.test('with a list, only its origins may read images and call the API', async t => {
  const bench = await build(t, {
    DARKROOM_IMAGE_ORIGINS: `${shop} ${blog}`,
    DARKROOM_API_ORIGINS: shop,
  })
  const asked = await everyResponse(bench)
  const listed = { timing: `${shop}, ${blog}`, exposed: '*', policy: 'cross-origin', credentials: null }
  for (const [origin, allowed] of [
    [shop, shop],
    [blog, blog],
    [stranger, null],
    [undefined, null],
  ] as const)
    await check(t, bench, asked, origin, { ...listed, allowed })
  t.match(headersOf(await fetch(asked[0]!.url, preflight(blog, 'GET'))), { ...listed, allowed: blog })
  t.match(headersOf(await fetch(asked[0]!.url, preflight(stranger, 'GET'))), { ...listed, allowed: null })

  const me = `${bench.url}/api/v1/me`
  for (const [origin, allowed] of [
    [shop, shop],
    [blog, null],
    [undefined, null],
  ] as const) {
    const headers = { authorization: `Bearer ${bench.token}`, ...(origin && { origin }) }
    for (const [path, status] of [
      [me, 200],
      [`${me}/nothing`, 404],
    ] as const) {
      const response = await fetch(path, { headers })
      t.equal(response.status, status)
      t.match(headersOf(response), { allowed, timing: null, credentials: null, policy: null })
      t.equal(response.headers.get('vary'), 'Origin')
    }
    const unknown = await fetch(me, { headers: origin ? { origin } : {} })
    t.match([unknown.status, headersOf(unknown)], [401, { allowed }], 'errors can be read, too')
  }
  const asking = await fetch(me, preflight(shop, 'PATCH'))
  t.match([asking.status, headersOf(asking)], [204, { allowed: shop, credentials: null }])
  t.equal(asking.headers.get('access-control-allow-headers'), 'Authorization, Content-Type')
  t.match(asking.headers.get('access-control-allow-methods'), /PATCH/)
  t.equal((await fetch(me, preflight(blog, 'PATCH'))).status, 404)
  const dashboard = await fetch(`${bench.url}/`, { headers: { origin: shop } })
  t.match(headersOf(dashboard), { allowed: null }, 'the dashboard cannot be read')
})
