import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { originalKey } from '../../storage/keys.ts'
import { administrator } from '../support/administrator.ts'
import { readArchive } from '../support/archive.ts'
import { build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { replace } from '../support/replace.ts'
import { bytesOf, callJson, read, type ShownImage } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

interface Link {
  readonly url: string
  readonly path: string
  readonly expiresAt: string
  readonly images: number
  readonly bytes: number
}

const bench = await build(t)
const jpeg = (seed: number) => photo(60, 40, seed).jpeg().toBuffer()
const pictures = await Promise.all([1, 2, 3].map(jpeg))
const upload = async (index: number, name: string) =>
  read<ShownImage>(await bench.tryUpload(pictures[index]!, name), 201)
const one = await upload(0, 'Tür 船.jpg')
const two = await upload(1, 'TÜR 船.JPG')
const three = await upload(2, 'con.jpg')
// so large that it does not fit into the buffers of a connection whose client does not read
const red = sharp({ create: { width: 3000, height: 3000, channels: 3, background: 'red' } })
const large = await bench.upload(await red.tiff({ compression: 'none' }).toBuffer())
const path = '/api/v1/images/downloads'
const tryOrder = (body: object) => callJson(bench, 'POST', path, body)
const order = async (body: object) => read<Link>(await tryOrder(body), 201)
/** Fetched without a token. */
const download = async ({ url }: Link) => fetch(url)

t.test('a selection is downloaded once as a ZIP archive of its originals', async t => {
  const link = await order({ ids: [three.id, one.id, two.id, three.id, 'unknown1'], fileName: 'Für Öl.zip' })
  t.match(link, { images: 3, bytes: one.bytes + two.bytes + three.bytes, expiresAt: /Z$/ })
  t.equal(link.url, bench.url + link.path)
  t.not(
    (await fetch(link.url, { method: 'HEAD' })).status,
    200,
    'looking at the headers does not use the link',
  )
  const response = await download(link)
  t.match(Object.fromEntries(response.headers), {
    'content-type': 'application/zip',
    'content-disposition': `attachment; filename="Fur Ol.zip"; filename*=UTF-8''F%C3%BCr%20%C3%96l.zip`,
    'cache-control': 'no-store',
  })
  const archive = await bytesOf(response)
  t.equal(response.headers.get('content-length'), String(archive.length))
  const files = await readArchive(archive)
  t.strictSame([...files.keys()], ['_con.jpg', 'Tür 船.jpg', 'TÜR 船 (2).jpg', 'errors.txt'])
  t.ok(files.get('Tür 船.jpg')?.equals(pictures[0]!))
  t.ok(files.get('TÜR 船 (2).jpg')?.equals(pictures[1]!))
  t.match(files.get('errors.txt')?.toString(), /unknown1: there is no such image/)
  if (existsSync('/usr/bin/unzip')) {
    const file = join(t.testdir(), 'archive.zip')
    await writeFile(file, archive)
    t.match((await promisify(execFile)('/usr/bin/unzip', ['-t', file])).stdout, /No errors detected/)
  }
  await isProblemResponse(t, await download(link), 'not-found', 'the link is used up')
  await bench.app.usage.flush()
  const usage = await read<{ items: { name: string; bytes: number }[] }>(
    await bench.get('/api/v1/usage?by=image'),
  )
  t.equal(usage.items.find(({ name }) => name === one.id)?.bytes, one.bytes)
})

t.test('an image that vanishes is listed in the archive, whose announced length stays right', async t => {
  const gone = await upload(0, 'gone.jpg')
  const key = originalKey(bench.userId, gone.id, 'jpg')
  const link = await order({ ids: [gone.id, one.id] })
  await bench.app.store.delete([key])
  const response = await download(link)
  const archive = await bytesOf(response)
  t.equal(response.headers.get('content-length'), String(archive.length))
  const files = await readArchive(archive)
  t.strictSame([...files.keys()], ['Tür 船.jpg', 'errors.txt'])
  t.match(
    files.get('errors.txt')?.toString(),
    new RegExp(`gone.jpg \\(${gone.id}\\): the image could not be read`),
  )
  await bench.get(`/api/v1/images/${gone.id}`, { method: 'DELETE' })
})

t.test('a link stays valid when the database fails before the archive begins', async t => {
  const link = await order({ ids: [one.id] })
  await bench.app.database.query('alter table images rename column file_name to lost')
  const failed = await download(link)
  await bench.app.database.query('alter table images rename column lost to file_name')
  await isProblemResponse(t, failed, 'internal')
  t.equal((await readArchive(await bytesOf(await download(link)))).size, 1)
})

t.test('a link ends with the API key that made it', async t => {
  const keys = '/api/v1/api-keys'
  const { id, secret } = await read<{ id: string; secret: string }>(
    await callJson(bench, 'POST', keys, { name: 'archives', scopes: ['images:read'] }),
    201,
  )
  const orderByKey = async () => {
    const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ ids: [one.id] })
    return read<Link>(await fetch(bench.url + path, { method: 'POST', headers, body }), 201)
  }
  const [valid, revoked] = [await orderByKey(), await orderByKey()]
  t.equal((await bytesOf(await download(valid))).length > 0, true)
  await bench.get(`${keys}/${id}`, { method: 'DELETE' })
  await isProblemResponse(t, await download(revoked), 'not-found')
})

t.test('a preset is applied to the images that a filter selects', async t => {
  await read(await callJson(bench, 'PUT', '/api/v1/presets/small', { operations: 'resize_w-20' }))
  await bench.get(`/api/v1/images/${one.id}`, {
    method: 'PATCH',
    body: JSON.stringify({ tags: ['shop/2026'] }),
    headers: { 'content-type': 'application/json' },
  })
  for (const format of ['auto', 'webp']) {
    const link = await order({ filter: { folder: 'shop' }, preset: 'small', format })
    const files = await readArchive(await bytesOf(await download(link)))
    const extension = format === 'auto' ? 'jpg' : format
    t.strictSame([...files.keys()], [`Tür 船.${extension}`])
    const { width } = await sharp(files.get(`Tür 船.${extension}`)).metadata()
    t.equal(width, 20)
  }
  await isProblemResponse(t, await tryOrder({ ids: [one.id], preset: 'unknown' }), 'not-found')
})

t.test('a pipelined download ends with its connection', async t => {
  const links = await Promise.all([1, 2, 3, 4].map(() => order({ ids: [large.id] })))
  const countWaiting = async () => (await bench.app.database.query('select from image_downloads')).length
  const waiting = await countWaiting()
  const socket = connect(Number(new URL(bench.url).port), '127.0.0.1')
  const requests = links.slice(0, 2).map(link => `GET ${link.path} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
  socket.write(requests.join(''))
  await until('both have begun', 10_000, async () => (await countWaiting()) === waiting - 2)
  socket.destroy()
  const responses: Response[] = []
  await until('there is room for two', 10_000, async () => {
    const response = await download(links[2 + responses.length]!)
    if (response.status === 200) responses.push(response)
    return responses.length === 2
  })
  t.equal(responses.length, 2)
  for (const { body } of responses) await body?.cancel()
})

t.test('orders without images, with too many or with a path as file name are refused', async t => {
  const other = await bench.join('other@example.com')
  await bench.app.database.query(
    `insert into images (id, user_id, state, title, tags, extension, format, width, height, pages, bytes, sha256)
     select 'drawn' || n, $1, 'ready', '', '{}', 'png', 'png', 1, 1, 1, 1, '' from generate_series(1, 1001) as n`,
    [other.userId],
  )
  const many = await callJson(other, 'POST', path, { filter: {} })
  t.match(await isProblemResponse(t, many, 'bad-request'), /filter: selects more than 1000 images/)
  await isProblemResponse(t, await callJson(other, 'POST', path, { ids: [one.id] }), 'not-found')
  await isProblemResponse(t, await tryOrder({ filter: { q: 'nothing' } }), 'not-found')
  for (const bad of [
    {},
    { ids: [] },
    { ids: [one.id], filter: {} },
    { ids: [one.id], fileName: '../a.zip' },
    { ids: [one.id], format: 'json' },
    { ids: [one.id], preset: '../x' },
    { ids: Array.from({ length: 1001 }, () => one.id) },
  ])
    await isProblemResponse(t, await tryOrder(bad), 'bad-request', JSON.stringify(bad).slice(0, 60))
  for (const s of ['', 'x'.repeat(32), `${'x'.repeat(64)}`])
    await isProblemResponse(t, await fetch(`${bench.url}${path}?s=${s}`), 'not-found', s)
})

t.test(
  'an original that is replaced while its archive is sent is listed, and the length stays right',
  async t => {
    const replaced = await upload(0, 'replaced.jpg')
    const response = await download(await order({ ids: [large.id, replaced.id, one.id] }))
    const other = await photo(90, 60, 9).jpeg().toBuffer()
    await read(await replace(bench, replaced.id, other), 200)
    const files = await readArchive(await bytesOf(response))
    t.strictSame([...files.keys()].slice(1), ['Tür 船.jpg', 'errors.txt'])
    t.match(files.get('errors.txt')?.toString(), /replaced.jpg .*the original was replaced/)
  },
)

t.test('two archives of a user are sent at once, and a client that leaves makes room', async t => {
  const links = await Promise.all([1, 2, 3].map(() => order({ ids: [large.id] })))
  const leaving = new AbortController()
  const [first, second] = await Promise.all(
    links.map((link, index) => {
      if (index === 2) return undefined
      return fetch(link.url, { signal: leaving.signal })
    }),
  )
  t.strictSame([first?.status, second?.status], [200, 200])
  const third = await download(links[2]!)
  t.match(third.headers.get('retry-after'), /^\d+$/)
  await isProblemResponse(t, third, 'too-many-requests')
  leaving.abort()
  await until('there is room', 10_000, async () => {
    const response = await download(links[2]!)
    if (response.status !== 200) return false
    const files = await readArchive(await bytesOf(response))
    return files.size === 1
  })
})

t.test('users with presets only get no originals without the right to them', async t => {
  const link = await order({ ids: [one.id] })
  const running = await download(await order({ ids: [large.id, one.id] }))
  const admin = await administrator(bench)
  await read(await callJson(admin, 'PATCH', `/api/v1/users/${bench.userId}`, { presetsOnly: true }))
  await isProblemResponse(t, await tryOrder({ ids: [one.id] }), 'forbidden')
  await isProblemResponse(t, await download(link), 'forbidden', 'nor by a link from before')
  await t.rejects(bytesOf(running), 'an archive that is being sent ends')
  const small = await order({ ids: [one.id], preset: 'small' })
  t.equal((await readArchive(await bytesOf(await download(small)))).size, 1)
})
