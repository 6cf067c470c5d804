import { setTimeout } from 'node:timers/promises'
import { type Bench, build } from '../support/build.ts'
import { disc, photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(320, 240).jpeg().toBuffer()
const year = 'public, max-age=31536000, immutable'

/** The response headers that are part of the HTTP contract. */
function contractOf({ headers }: Response): Record<string, string | null> {
  const names = ['content-type', 'content-length', 'etag', 'cache-control', 'cache-tag', 'darkroom-variant']
  return Object.fromEntries(
    [...names, 'x-content-type-options', 'vary'].map(name => [name, headers.get(name)]),
  )
}

async function withPicture(bench: Bench, operations = '_resize_w-100', format = 'jpg') {
  const image = await bench.upload(picture)
  const url = await bench.sign(`/processed/${bench.userId}/${image.id}${operations}.${format}`)
  return { image, url }
}

t.test('a derivative has the headers of the HTTP contract from every cache tier', async t => {
  const bench = await build(t)
  const { image, url } = await withPicture(bench)
  const miss = await bench.get(url)
  const body = await bytesOf(miss)
  const contract = {
    'content-type': 'image/jpeg',
    'content-length': String(body.length),
    etag: miss.headers.get('etag'),
    'cache-control': year,
    'cache-tag': `u-${bench.userId} i-${image.id}`,
    'darkroom-variant': 'final',
    'x-content-type-options': 'nosniff',
    vary: null,
  }
  t.match(miss.headers.get('etag'), /^"[\w-]{16,}"$/, 'the entity tag is strong')
  t.strictSame(contractOf(miss), contract)
  t.match(miss.headers.get('server-timing'), /develop;dur=\d/)
  for (const tier of ['memory', 'memory']) {
    const hit = await bench.get(url)
    t.strictSame(contractOf(hit), contract)
    t.equal(hit.headers.get('darkroom-cache'), tier)
    t.match(hit.headers.get('server-timing'), /cache;desc="memory"/)
    t.ok((await bytesOf(hit)).equals(body))
  }
  for (const path of [url, `${url}&other=1`, `${url}&other=1`]) {
    const head = await bench.get(path, { method: 'HEAD' })
    t.equal(head.status, 200)
    t.strictSame(contractOf(head), contract, 'HEAD has the headers of GET')
    t.equal((await head.arrayBuffer()).byteLength, 0)
  }
  for (const count of [5, 6]) {
    t.equal(await bench.metric('darkroom_deliveries_total', { tier: 'memory' }), count)
    await bytesOf(await bench.get(url))
  }
  t.equal(await bench.metric('darkroom_deliveries_total', { tier: 'miss' }), 1)
  const again = await bench.restart()
  const stored = await again.get(url)
  t.strictSame(contractOf(stored), contract)
  t.equal(stored.headers.get('darkroom-cache'), 'store')
  const key = new URL(url).pathname.slice(1)
  const getEvicted = () => {
    again.app.cache.evict([key])
    return again.get(url)
  }
  await until('the store is read for prepared headers', 20_000, async () => {
    const response = await getEvicted()
    t.equal(response.headers.get('darkroom-cache'), 'store')
    t.strictSame(contractOf(response), contract)
    t.ok((await bytesOf(response)).equals(body))
    return /^cache;desc="store", store;dur=[\d.]+$/.test(response.headers.get('server-timing') ?? '')
  })
  t.equal((await again.get(url)).headers.get('darkroom-cache'), 'memory')
  const other = await photo(100, 75).jpeg({ quality: 40 }).toBuffer()
  await again.app.store.put(key, other, { contentType: 'image/jpeg' })
  const changed = await getEvicted()
  t.not(changed.headers.get('etag'), contract.etag, 'prepared headers are for the same bytes only')
  t.ok((await bytesOf(changed)).equals(other))
  await again.app.store.delete([key])
  const rendered = await getEvicted()
  t.equal(rendered.headers.get('darkroom-cache'), 'miss')
  t.strictSame(contractOf(rendered), contract)
  const fresh = await again.sign(`/processed/${again.userId}/${image.id}_resize_w-90.jpg`)
  const cold = await again.get(fresh, { method: 'HEAD' })
  t.equal(cold.status, 200)
  const length = Number(cold.headers.get('content-length'))
  t.equal(length, (await bytesOf(await again.get(fresh))).length)
})

t.test('If-None-Match with the current entity tag gives 304 without a render', async t => {
  const bench = await build(t)
  const { url } = await withPicture(bench)
  const first = await bench.get(url)
  await bytesOf(first)
  const etag = first.headers.get('etag')!
  const ask = (from: Bench, known: string) => from.get(url, { headers: { 'if-none-match': known } })
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, `"a" , W/${etag},"b"`, '*']) {
    for (const target of [url, `${url}&x=${encodeURIComponent(known)}`]) {
      const response = await bench.get(target, { headers: { 'if-none-match': known } })
      t.equal(response.status, 304, known)
      t.equal(response.headers.get('etag'), etag)
      t.equal(response.headers.get('cache-control'), year)
      t.match(response.headers.get('cache-tag'), /^u-/)
      t.equal((await response.arrayBuffer()).byteLength, 0)
    }
  }
  for (const known of ['"other"', etag.slice(0, -2), etag.replaceAll('"', '')]) {
    const response = await ask(bench, known)
    t.equal(response.status, 200, known)
    await bytesOf(response)
  }
  const again = await bench.restart()
  // before it closed, the first service stored the derivative and its row
  t.equal((await ask(again, etag)).status, 304, 'after a restart')
  t.equal(await again.metric('darkroom_development_seconds_count'), 0)
  t.notOk(again.app.cache.getFromMemory(new URL(url).pathname.slice(1)), 'the object was not read')
})

t.test('auto negotiates the format by Accept; only its responses have Vary', async t => {
  const bench = await build(t)
  const { url, image } = await withPicture(bench, '_resize_w-100', 'auto')
  const transparent = await bench.upload(await disc(80).png().toBuffer())
  const clear = await bench.sign(`/processed/${bench.userId}/${transparent.id}_resize_w-40.auto`)
  const cases: [accept: string, photo: string, clear: string][] = [
    ['image/avif,image/webp,image/apng,*/*;q=0.8', 'avif', 'webp'],
    ['image/webp,*/*', 'webp', 'webp'],
    ['image/avif;q=0,image/webp', 'webp', 'webp'],
    ['image/avif;q=0.000 , IMAGE/WEBP ; q=0.5', 'webp', 'webp'],
    ['image/avif;q=0.001', 'avif', 'avif'],
    ['image/avif;q=0, image/webp;q=0, */*', 'jpeg', 'png'],
    ['*/*', 'jpeg', 'png'],
    ['image/*', 'jpeg', 'png'],
    ['text/html', 'jpeg', 'png'],
    ['image/avifx, ximage/webp', 'jpeg', 'png'],
    [',;q=,', 'jpeg', 'png'],
  ]
  for (const [accept, ...types] of cases) {
    for (const [index, target] of [url, clear].entries()) {
      const response = await bench.get(target, { headers: { accept } })
      await bytesOf(response)
      t.equal(response.headers.get('content-type'), `image/${types[index]}`, accept)
      t.equal(response.headers.get('vary'), 'Accept')
    }
  }
  const avif = await bench.get(url, { headers: { accept: 'image/avif' } })
  const etag = avif.headers.get('etag')!
  await bytesOf(avif)
  const other = await bench.get(url, { headers: { accept: '*/*', 'if-none-match': etag } })
  t.equal(other.status, 200, 'the entity tag of one format does not match another')
  const same = await bench.get(url, { headers: { accept: 'image/avif', 'if-none-match': etag } })
  t.equal(same.status, 304)
  t.equal(same.headers.get('vary'), 'Accept')
  const named = await bench.sign(`/processed/${bench.userId}/${image.id}_resize_w-100.avif`)
  const shared = await bench.get(named)
  t.equal(
    shared.headers.get('darkroom-cache'),
    'memory',
    'a URL with the extension avif gets the derivative that auto has cached',
  )
  t.equal(shared.headers.get('vary'), null)
})

t.test('max-age ends no later than the signature expires', async t => {
  const bench = await build(t)
  const image = await bench.upload(picture)
  const path = `/processed/${bench.userId}/${image.id}_resize_w-100.jpg`
  const maxAge = (response: Response) =>
    Number(/^public, max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '')?.[1])
  const [long, short, raw] = await Promise.all([
    bench.sign(path, 1000),
    bench.sign(path, 3),
    bench.sign(new URL(image.rawUrl).pathname, 3),
  ])
  const end = Number(new URL(short).searchParams.get('e')) * 1000
  for (let round = 0; round < 3; round++) {
    const response = await bench.get(long)
    t.ok(maxAge(response) <= 1000 && maxAge(response) > 990)
    await bytesOf(response)
  }
  while (Date.now() < end - 150) {
    for (const url of [short, raw]) {
      const response = await bench.get(url)
      const answered = Date.now()
      // on a slow machine a request sent in time may arrive too late
      if (response.status === 410 && answered >= end) break
      t.equal(response.status, 200)
      t.ok(answered + (maxAge(response) - 1) * 1000 <= end, 'max-age does not outlive e')
      await bytesOf(response)
    }
    await setTimeout(200)
  }
  await setTimeout(Math.max(0, end - Date.now()) + 20)
  for (const url of [short, raw]) await isProblemResponse(t, await bench.get(url), 'expired')
})
