import sharp from 'sharp'
import { thumbHashToAverageRGBA } from 'thumbhash'
import { type Bench, build } from '../support/build.ts'
import { ingested } from '../support/ingested.ts'
import { animation, compare, photo } from '../support/pictures.ts'
import { headOfPortrait, portrait } from '../support/portrait.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'

const person = await portrait()
const landscape = await photo(900, 600).jpeg({ quality: 90 }).toBuffer()

const infoUrl = (bench: Bench, imageId: string) =>
  bench.sign({ imageId, operations: [{ op: 'info' }], format: 'json' })

t.test('info returns a description that is signed, cached and revalidated like an image', async t => {
  const bench = await build(t)
  const exif = { IFD0: { Make: 'Darkroom' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '48/1 8/1 0/1' } }
  const file = await sharp(person).withExif(exif).jpeg().toBuffer()
  const image = await bench.upload(file)
  const url = await infoUrl(bench, image.id)
  const first = await bench.get(url)
  t.equal(first.status, 200)
  t.equal(first.headers.get('content-type'), 'application/json')
  const text = await first.text()
  t.notMatch(text, /gps|latitude/i, 'the location is private')
  const info = JSON.parse(text)
  t.match(info, {
    format: 'jpg',
    width: 800,
    height: 500,
    orientation: 1,
    pages: 1,
    alpha: false,
    bytes: file.length,
    sha256: image.sha256,
    exif: { make: 'Darkroom' },
    kind: 'graphic',
    dominantColor: '#7a8a80',
    pHash: /^[0-9a-f]{16}$/,
    blurhash: /^.{28}$/,
    focal: null,
  })
  const { r, g, b } = thumbHashToAverageRGBA(Buffer.from(info.thumbhash, 'base64'))
  t.ok(Math.abs(r - 0.45) < 0.08 && Math.abs(g - 0.47) < 0.08 && Math.abs(b - 0.45) < 0.08, `${[r, g, b]}`)
  t.equal(info.faces.length, 1)

  const etag = first.headers.get('etag')!
  const again = await bench.get(url)
  t.equal(again.headers.get('darkroom-cache'), 'memory')
  t.equal(await again.text(), text)
  t.equal((await bench.get(url, { headers: { 'if-none-match': etag } })).status, 304)
  const head = await bench.get(url, { method: 'HEAD' })
  t.equal(head.headers.get('content-length'), String(Buffer.byteLength(text)))
  t.equal((await bench.get(url.replace(/s=.{4}/, 's=AAAA'))).status, 403)

  const second = await bench.restart()
  const stored = await second.get(url)
  t.equal(stored.headers.get('darkroom-cache'), 'store')
  t.equal(await stored.text(), text)
})

t.test('info describes vector images and animations', async t => {
  const bench = await build(t)
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"><rect width="90" height="60" fill="#1e64c8"/></svg>'
  const vector = await bench.upload(Buffer.from(svg))
  t.match(await (await bench.get(await infoUrl(bench, vector.id))).json(), {
    format: 'svg',
    width: 90,
    height: 60,
    kind: 'graphic',
    dominantColor: '#1e64c8',
    faces: [],
  })
  const animated = await bench.upload(await animation(60))
  t.match(await (await bench.get(await infoUrl(bench, animated.id))).json(), {
    format: 'gif',
    width: 60,
    pages: 3,
  })
})

t.test('info requires the extension json and must be the only operation', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(landscape)
  const rejected = async (name: string, detail: RegExp) => {
    const path = `/processed/${bench.userId}/${id}${name}`
    const response = await bench.get('/api/v1/sign', {
      method: 'POST',
      body: JSON.stringify({ path }),
      headers: { 'content-type': 'application/json' },
    })
    t.equal(response.status, 400, name)
    t.match(await response.json(), { code: 'bad-url', detail }, name)
  }
  await rejected('_info.jpg', /^info: .*with the extension json/)
  await rejected('_info.auto', /^info/)
  await rejected('.json', /^json: is the extension of info only/)
  await rejected('_resize_w-100.json', /^json: is the extension of info only/)
  await rejected('_resize_w-100_info.json', /^info: must be the only operation, with/)
  await rejected('_info_grayscale.json', /^info: must be the only operation, with/)
})

t.test('an image is analysed once, after upload or when the analysis is needed', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(landscape)
  await ingested(bench.app.database, id)
  const stored = async () => {
    const rows = await bench.app.database.query<{ insight: unknown }>(
      'select insight from images where id = $1',
      [id],
    )
    return rows[0]?.insight
  }
  const analysed = await stored()
  t.match(analysed, { kind: 'photo', faces: [] })

  await bench.app.database.query('update images set insight = null where id = $1', [id])
  const url = await infoUrl(bench, id)
  const responses = await Promise.all([bench.get(url), bench.get(url), bench.get(url)])
  t.strictSame(
    responses.map(({ status }) => status),
    [200, 200, 200],
  )
  t.strictSame(await stored(), analysed, 'the analysis is deterministic')
})

t.test('face gravity crops to the face, and falls back to smart with a note', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(person)
  const crop = (imageId: string, g: string) =>
    bench.sign({ imageId, operations: [{ op: 'resize', w: 200, h: 250, g }], format: 'png' })
  const withFace = await bench.get(await crop(id, 'face'))
  t.equal(withFace.headers.get('darkroom-note'), null)
  const body = await bytesOf(withFace)
  // The image is scaled by half; the crop is 200 wide and centred on the head.
  const left = Math.round((headOfPortrait.left + headOfPortrait.width / 2) * 400 - 100)
  const expected = sharp(person)
    .resize(400, 250)
    .extract({ left: Math.min(200, left), top: 0, width: 200, height: 250 })
  const { mean } = await compare(body, await expected.png().toBuffer())
  t.ok(mean < 6, `differs by ${mean.toFixed(1)}`)

  const empty = await bench.upload(landscape)
  const withoutFace = await bench.get(await crop(empty.id, 'face'))
  t.equal(withoutFace.headers.get('darkroom-note'), 'no-face')
  const smart = await bytesOf(await bench.get(await crop(empty.id, 'smart')))
  t.ok((await bytesOf(withoutFace)).equals(smart), 'the result equals smart')

  const noDetection = `update images set insight = insight || '{"faces": null}' where id = $1`
  await bench.app.database.query(noDetection, [id])
  const again = await bench.restart()
  const operations = [{ op: 'resize', w: 100, h: 100, g: 'face' }]
  const undetected = await again.get(await again.sign({ imageId: id, operations, format: 'png' }))
  t.equal(undetected.status, 200)
  t.equal(undetected.headers.get('darkroom-note'), 'face-unavailable')
})

t.test('placeholders are tiny and look like the image', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(landscape)
  for (const k of ['blur', 'thumbhash', 'color']) {
    const url = await bench.sign({ imageId: id, operations: [{ op: 'placeholder', k }], format: 'webp' })
    const response = await bench.get(url)
    const body = await bytesOf(response)
    t.ok(body.length < 600, `${k} has ${body.length} bytes`)
    const size = k === 'color' ? { width: 1, height: 1 } : { width: 32, height: 21 }
    t.match(await sharp(body).metadata(), size, k)
    if (k === 'color') continue
    const { mean } = await compare(
      sharp(body).resize(90, 60, { fit: 'fill' }),
      sharp(landscape).resize(90, 60),
    )
    t.ok(mean < 30, `${k} differs by ${mean.toFixed(1)}`)
  }
  const operations = [
    { op: 'resize', w: 100, h: 100 },
    { op: 'placeholder', k: 'thumbhash' },
  ]
  const square = await bytesOf(await bench.get(await bench.sign({ imageId: id, operations, format: 'png' })))
  t.match(
    await sharp(square).metadata(),
    { width: 32, height: 32, hasAlpha: false },
    'the placeholder shows the result of the operations before it',
  )
})
