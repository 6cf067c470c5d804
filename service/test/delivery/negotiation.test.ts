import sharp from 'sharp'
import { classifyProfile } from '../../engine/metadata/icc.ts'
import { imageAcceptByBrowser } from '../../plan/browsers.ts'
import { build } from '../support/build.ts'
import { animation, disc, draw, photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf, callJson } from '../support/session.ts'
import { signed } from '../support/signed.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(300, 200).jpeg().toBuffer()
const drawing = await draw(72, 72, x => (x < 20 ? [250, 250, 250] : [20, 60, 120]))
  .png()
  .toBuffer()
const [black, white] = [
  [0, 0, 0],
  [255, 255, 255],
] as const
const twoColors = { palette: true, colours: 2, dither: 0 } as const
const animated = await animation(40)
const flat = (width: number, height: number) => {
  const image = sharp({ create: { width, height, channels: 3, background: 'teal' } })
  return image.jpeg().toBuffer()
}

t.test('auto keeps animation and transparency for every Accept header', async t => {
  const bench = await build(t)
  const urls = [
    ...(await signed(bench, picture, '_resize_w-90.auto', '_resize_w-70,h-70,fit-contain.auto')),
    ...(await signed(bench, drawing, '.auto')),
    ...(await signed(bench, await disc(40).png().toBuffer(), '.auto')),
    ...(await signed(bench, animated, '.auto', '_page_n-2.auto', '_page_animate-0.auto')),
  ]
  const { chromium, firefox, safari } = imageAcceptByBrowser
  // the disc and the frames of the animation are icons
  const modern = ['avif', 'avif', 'avif', 'webp', 'webp', 'webp', 'webp']
  const old = ['png', 'png', 'png', 'gif', 'gif', 'gif']
  const cases: [accept: string, ...types: string[]][] = [
    [chromium, ...modern],
    [firefox, ...modern],
    [safari, ...modern],
    ['image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', ...modern],
    ['image/webp,*/*;q=0.8', 'webp', 'webp', 'webp', 'webp', 'webp', 'webp', 'webp'],
    ['*/*', 'jpeg', ...old],
    ['image/avif, image/*;q=0.1', 'avif', 'avif', 'avif', 'avif', 'gif', 'avif', 'avif'],
    ['image/avif;q=0.2, image/jpeg', 'jpeg', 'avif', 'jpeg', 'avif', 'gif', 'avif', 'avif'],
    // as Safari sent it before 14
    ['image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5', 'jpeg', ...old],
    ['image/png;q=0', 'jpeg', ...old],
  ]
  for (const [accept, ...types] of cases) {
    for (const [index, url] of urls.entries()) {
      const still = index > 4
      const expected = types[index] === 'gif' && still ? 'png' : types[index]
      const response = await bench.get(url, { headers: { accept } })
      const { format, pages = 1 } = await sharp(await bytesOf(response), { animated: true }).metadata()
      t.equal(response.headers.get('content-type'), `image/${expected}`, `${accept} of ${index}`)
      t.equal(format, expected === 'avif' ? 'heif' : expected)
      t.equal(pages, index === 4 ? 3 : 1, 'only the animation keeps its frames')
      t.equal(response.headers.get('vary'), 'Accept')
    }
  }
  const scan = await bench.upload(
    await draw(120, 80, x => (x % 9 < 2 ? black : white))
      .png(twoColors)
      .toBuffer(),
  )
  for (const [operations, chosen] of [
    ['', 'webp'],
    ['_resize_w-90', 'avif'],
  ]) {
    const path = `/processed/${bench.userId}/${scan.id}${operations}.auto`
    const explained = await callJson(bench, 'POST', '/api/v1/explain', { path, accept: chromium })
    t.match(await explained.json(), { format: { chosen } }, 'black and white at its own size is WebP')
  }
})

t.test(
  'auto keeps Display P3 and credits, and serves 24 megapixels, where JPEG XL would be smaller',
  async t => {
    const bench = await build(t)
    const wide = sharp(picture)
      .withIccProfile('p3')
      .withExif({ IFD0: { Copyright: 'me' } })
    const [exact = '', profile = '', credits = ''] = await signed(
      bench,
      await wide.jpeg().toBuffer(),
      '_encode_lossless-1.auto',
      '_encode_lossless-1,profile-p3.auto',
      '_encode_lossless-1,meta-copyright.auto',
    )
    const accept = imageAcceptByBrowser.safari
    const answer = async (url: string, type: string) => {
      const response = await bench.get(url, { headers: { accept } })
      t.equal(response.status, 200)
      t.equal(response.headers.get('content-type'), type)
      return bytesOf(response)
    }
    await answer(exact, 'image/jxl')
    t.equal(classifyProfile((await sharp(await answer(profile, 'image/webp')).metadata()).icc), 'p3')
    t.match((await sharp(await answer(credits, 'image/webp')).metadata()).exif?.toString('latin1'), 'me')
    const { id } = await bench.upload(await flat(6000, 4000))
    const path = `/processed/${bench.userId}/${id}_encode_lossless-1.auto`
    const large = await callJson(bench, 'POST', '/api/v1/explain', { path, accept })
    t.match(await large.json(), { format: { chosen: 'webp' } })
  },
)

t.test('the response cache serves a negotiated URL by each Accept header', async t => {
  const bench = await build(t)
  const [url = '', still = ''] = await signed(bench, picture, '_resize_w-90.auto', '_resize_w-auto.jpg')
  const get = async (target: string, accept: string, tag?: string) => {
    const headers = { accept, ...(tag === undefined ? {} : { 'if-none-match': tag }) }
    const response = await bench.get(target, { headers })
    await response.arrayBuffer()
    return response
  }
  // a response of the router has the time of the verification
  const isFromResponseCache = (response: Response) =>
    !response.headers.get('server-timing')?.includes('verify')
  const types = new Map([
    ['image/avif,*/*', 'image/avif'],
    ['*/*', 'image/jpeg'],
    ['image/webp', 'image/webp'],
    ['image/avif;q=0, */*', 'image/jpeg'],
  ])
  for (const accept of types.keys()) await get(url, accept)
  await until('every Accept header is served by the response cache', 10_000, async () => {
    const answers: Response[] = []
    for (const [accept, type] of types) {
      const response = await get(url, accept)
      t.equal(response.headers.get('content-type'), type)
      t.equal(response.headers.get('vary'), 'Accept')
      const current = await get(url, accept, response.headers.get('etag') ?? '')
      t.equal(current.status, 304)
      t.equal(current.headers.get('vary'), 'Accept')
      answers.push(response, current)
    }
    return answers.every(isFromResponseCache)
  })
  for (let round = 0; round < 3; round++)
    t.notOk(
      isFromResponseCache(await get(still, '*/*')),
      'URLs that depend on hints are not in the response cache',
    )
})

const hinted = 'Sec-CH-DPR, Sec-CH-Width, Sec-CH-Viewport-Width, Save-Data'

t.test(
  'client hints replace auto by numbers, and the URL with those numbers has the same derivative',
  async t => {
    const bench = await build(t)
    const wide = await photo(2000, 500).jpeg({ quality: 95 }).toBuffer()
    const [auto = '', named = '', density = '', sparing = '', own = ''] = await signed(
      bench,
      wide,
      '_resize_w-auto.jpg',
      '_resize_w-640.jpg',
      '_resize_w-100,h-auto,dpr-auto.webp',
      '_resize_w-640_encode_q-60.jpg',
      '_resize_w-auto_encode_q-80.jpg',
    )
    t.match(auto, '_resize_w-auto.jpg?', 'the signed URL still contains auto')
    const get = async (url: string, headers: Record<string, string>) => {
      const response = await bench.get(url, { headers })
      const body = await bytesOf(response)
      return { response, body, width: (await sharp(body).metadata()).width }
    }
    const first = await get(auto, { 'sec-ch-width': '600', 'sec-ch-dpr': '2' })
    t.equal(first.width, 640)
    t.equal(first.response.headers.get('vary'), hinted)
    t.equal(first.response.headers.get('accept-ch'), 'Sec-CH-DPR, Sec-CH-Width, Sec-CH-Viewport-Width')
    const same = await bench.get(named)
    t.equal(same.headers.get('darkroom-cache'), 'memory', 'both URLs give one object')
    t.equal(same.headers.get('etag'), first.response.headers.get('etag'))
    t.equal(same.headers.get('vary'), null)
    t.equal(same.headers.get('accept-ch'), null)
    await bytesOf(same)

    t.equal((await get(auto, {})).width, 1280)
    t.equal(
      (await get(auto, { width: '200', dpr: '1', 'viewport-width': '200' })).width,
      1280,
      'hints by their older names are ignored',
    )
    t.equal((await get(auto, { 'sec-ch-viewport-width': '390', 'sec-ch-dpr': '3' })).width, 1280)
    t.equal((await get(auto, { 'sec-ch-viewport-width': '390' })).width, 400)
    t.equal((await get(auto, { 'sec-ch-width': '2500' })).width, 2000, 'never enlarged')

    const saved = await get(auto, { 'sec-ch-width': '1280', 'sec-ch-dpr': '2', 'save-data': 'on' })
    t.equal(saved.width, 640, 'density 1')
    t.ok(saved.body.length < 0.8 * first.body.length, `${saved.body.length} of ${first.body.length} bytes`)
    t.equal((await bench.get(sparing)).headers.get('darkroom-cache'), 'memory')
    const kept = await get(own, { 'sec-ch-width': '640', 'save-data': 'on' })
    t.equal(kept.body.length, first.body.length, 'the quality in the URL is kept')

    const sharper = await get(density, { 'sec-ch-dpr': '2.6' })
    t.equal(sharper.width, 300)
    t.equal(sharper.response.headers.get('vary'), 'Sec-CH-DPR, Save-Data')
    t.equal((await get(density, { 'sec-ch-dpr': '2.6', 'save-data': 'on' })).width, 100)

    const etag = first.response.headers.get('etag')!
    const hints = { 'sec-ch-width': '640', 'if-none-match': etag }
    const current = await bench.get(auto, { headers: hints })
    t.equal(current.status, 304)
    t.equal(current.headers.get('vary'), hinted)
    const other = await bench.get(auto, { headers: { ...hints, 'sec-ch-width': '300' } })
    t.equal(other.status, 200, 'the entity tag of one width does not match another')
    await bytesOf(other)
  },
)

t.test('an error carries Vary for the headers it depends on, and sign refuses bad uses of auto', async t => {
  const bench = await build(t)
  const image = await bench.upload(picture)
  const start = `/processed/${bench.userId}/${image.id}`
  const vary = `Accept, ${hinted}`
  const cropped = await bench.sign(`${start}_resize_w-auto_crop_x-200,w-50,h-50.auto`)
  const inside = await bench.get(cropped)
  await bytesOf(inside)
  t.equal(inside.headers.get('vary'), vary)
  const outside = await bench.get(cropped, { headers: { 'sec-ch-width': '150' } })
  await isProblemResponse(t, outside, 'bad-url')
  t.equal(outside.headers.get('vary'), vary)
  t.equal(outside.headers.get('accept-ch'), null)

  const fluid = { operations: 'resize_w-auto', eager: false }
  t.ok((await callJson(bench, 'PUT', '/api/v1/presets/fluid', fluid)).ok)
  const preset = await bench.get(await bench.sign(`${start}_preset_n-fluid.jpg`), {
    headers: { 'sec-ch-width': '150' },
  })
  t.equal((await sharp(await bytesOf(preset)).metadata()).width, 160)
  t.equal(preset.headers.get('vary'), hinted, 'auto inside a preset counts, too')

  const named = await bench.sign(`${start}_crop_x-200,w-50,h-50.jpg`)
  t.equal((await bench.get(named, { method: 'HEAD' })).headers.get('vary'), null)
  const refused = await bench.get(`${start}_resize_w-auto.auto`)
  await isProblemResponse(t, refused, 'bad-signature')
  t.equal(refused.headers.get('vary'), null, 'the refusal depends on no header')
  for (const chain of [
    '_resize_h-auto',
    '_resize_w-automatic',
    '_resize_minw-auto',
    '_resize_w-10,dpr-all',
  ]) {
    await t.rejects(bench.sign(`${start}${chain}.jpg`), /answered 400/, chain)
  }
})
