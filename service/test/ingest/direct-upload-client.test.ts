import { createApi } from 'darkroom/client'
import { type Bench, build } from '../support/build.ts'
import { inBucket, incomingObjects, rowsIn } from '../support/direct.ts'
import { photo } from '../support/pictures.ts'
import { sharedS3 } from '../support/services/s3.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'

const picture = await photo(800, 600).jpeg().toBuffer()
const file = new File([new Uint8Array(picture)], 'boat.jpg', { type: 'image/jpeg' })
const server = await sharedS3()
t.teardown(() => server?.stop())

const apiOf = ({ url, token }: Bench, own?: typeof fetch) =>
  createApi({ baseUrl: url, token, ...(own && { fetch: own }) })

for (const place of server ? ['files', 'S3'] : ['files']) {
  t.test(`${place}: the client uploads directly in one call`, async t => {
    const bench = await build(t, place === 'S3' && server ? await inBucket(server) : {})
    const asked: string[] = []
    const api = apiOf(bench, (url, init) => {
      asked.push(`${init?.method} ${new URL(String(url)).host}`)
      return fetch(url, init)
    })
    const image = await api.images.uploadDirect(file, { title: 'A boat', tags: ['sea'] })
    t.match(image, { title: 'A boat', tags: ['sea'], fileName: 'boat.jpg', width: 800, height: 600 })
    t.ok((await bytesOf(await fetch(image.rawUrl))).equals(picture))
    const { host } = new URL(place === 'S3' && server ? server.endpoint : bench.url)
    t.strictSame(asked.slice(0, 2), [`POST ${new URL(bench.url).host}`, `PUT ${host}`])
    const named = await api.images.uploadDirect(file, { name: 'ship.jpg' })
    t.match(named, { fileName: 'ship.jpg', duplicates: [image.id] })
  })
}

t.test('a failed direct upload throws and releases its quota', async t => {
  const bench = await build(t)
  const text = new Blob(['hello'])
  await t.rejects(apiOf(bench).images.uploadDirect(text), { code: 'not-an-image', status: 415 })
  await t.rejects(apiOf(bench).images.uploadDirect(new Blob([])), { code: 'bad-request', detail: /^bytes/ })
  const damaging = apiOf(bench, (url, init) =>
    fetch(url, init?.method === 'PUT' ? { ...init, body: new Uint8Array(picture.length) } : init),
  )
  await t.rejects(damaging.images.uploadDirect(file), { code: 'mismatch', status: 422, detail: /^sha256/ })
  const leaving = new AbortController()
  const left = apiOf(bench, (url, init) => {
    if (init?.method === 'PUT') leaving.abort(new Error('left'))
    return fetch(url, init)
  })
  await t.rejects(left.images.uploadDirect(file, {}, { signal: leaving.signal }), { message: 'left' })
  t.equal(await rowsIn(bench, bench), 0)
  t.strictSame(await incomingObjects(bench, bench), [])
})
