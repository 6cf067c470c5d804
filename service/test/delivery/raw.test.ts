import { once } from 'node:events'
import { connect } from 'node:net'
import { build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'

const picture = await photo(320, 240).jpeg().toBuffer()
const size = picture.length

t.test('an original is sent unchanged, whole or by range', async t => {
  const bench = await build(t)
  const image = await bench.upload(picture)
  const url = image.rawUrl
  const whole = await bench.get(url)
  const headers = {
    'content-type': 'image/jpeg',
    'content-length': String(size),
    'accept-ranges': 'bytes',
    'cache-control': 'public, max-age=31536000, immutable',
    'cache-tag': `u-${bench.userId} i-${image.id}`,
    'x-content-type-options': 'nosniff',
    'darkroom-cache': 'store',
    etag: `"${image.sha256}"`,
  }
  t.match(Object.fromEntries(whole.headers), headers)
  t.equal(whole.headers.get('vary'), null)
  t.ok((await bytesOf(whole)).equals(picture))

  const head = await bench.get(url, { method: 'HEAD' })
  t.equal(head.status, 200)
  t.match(Object.fromEntries(head.headers), headers)
  t.equal((await head.arrayBuffer()).byteLength, 0)

  const etag = headers.etag
  const current = await bench.get(url, { headers: { 'if-none-match': `W/${etag}` } })
  t.equal(current.status, 304)
  t.equal(current.headers.get('etag'), etag)

  const parts: [range: string, start: number, end: number][] = [
    ['bytes=0-0', 0, 0],
    ['bytes=0-99', 0, 99],
    ['bytes=100-199', 100, 199],
    [`bytes=${size - 1}-`, size - 1, size - 1],
    ['bytes=-10', size - 10, size - 1],
    [`bytes=-${size + 5}`, 0, size - 1],
    [`bytes=5-${size + 1000}`, 5, size - 1],
  ]
  for (const [range, start, end] of parts) {
    for (const ifRange of [undefined, etag]) {
      const response = await bench.get(url, {
        headers: { range, ...(ifRange && { 'if-range': ifRange }) },
      })
      t.equal(response.status, 206, range)
      t.equal(response.headers.get('content-range'), `bytes ${start}-${end}/${size}`)
      t.equal(response.headers.get('content-length'), String(end - start + 1))
      t.equal(response.headers.get('etag'), etag)
      t.ok(Buffer.from(await response.arrayBuffer()).equals(picture.subarray(start, end + 1)))
    }
  }
  const wholes: Record<string, string>[] = [
    { range: 'bytes=0-1,5-6' },
    { range: 'bytes=9-5' },
    { range: 'bytes=-' },
    { range: 'pages=1-2' },
    { range: 'bytes=0-1', 'if-range': '"other"' },
    { range: 'bytes=0-1', 'if-range': `W/${etag}` },
    { range: 'bytes=0-1', 'if-range': new Date().toUTCString() },
  ]
  for (const headers of wholes) {
    const response = await bench.get(url, { headers })
    t.ok((await bytesOf(response)).equals(picture), JSON.stringify(headers))
    t.equal(response.headers.get('content-range'), null)
  }
  for (const range of [`bytes=${size}-`, `bytes=${size + 10}-${size + 20}`, 'bytes=-0']) {
    const response = await bench.get(url, { headers: { range } })
    t.equal(response.headers.get('content-range'), `bytes */${size}`, range)
    await isProblemResponse(t, response, 'range-not-satisfiable', range)
  }
})

t.test('clients that disconnect during an original do not block later requests', async t => {
  const bench = await build(t)
  const large = await photo(2000, 1500).png({ compressionLevel: 0 }).toBuffer()
  const image = await bench.upload(large)
  for (let round = 0; round < 30; round++) {
    const leaving = new AbortController()
    const response = await bench.get(image.rawUrl, { signal: leaving.signal })
    await response.body!.getReader().read()
    leaving.abort()
  }
  t.ok((await bytesOf(await bench.get(image.rawUrl))).equals(large))
})

t.test('a closing service does not wait for idle connections', async t => {
  const bench = await build(t)
  const socket = connect(Number(new URL(bench.url).port), '127.0.0.1')
  await once(socket, 'connect')
  const closed = once(socket, 'close')
  await bench.close()
  await closed
})
