import sharp from 'sharp'
import { drawUltraHdr, extractGainMap } from '../../engine/gain-map/ultra-hdr.test.data.ts'
import { build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'

const bench = await build(t)
const original = await drawUltraHdr({ image: photo(800, 600) })
const { id } = await bench.upload(original)

async function get(chain: string, format = 'jpg') {
  const response = await bench.get(await bench.sign(`/processed/${bench.userId}/${id}_${chain}.${format}`))
  const body = await bytesOf(response)
  t.equal(response.status, 200, `${chain}: ${response.status === 200 ? 'rendered' : body}`)
  return { body, note: response.headers.get('darkroom-note') ?? undefined }
}

t.test('profile-keep keeps the gain map and scales it in proportion', async t => {
  const { body, note } = await get('resize_w-400_encode_profile-keep')
  t.equal(note, undefined)
  t.match(await sharp(body).metadata(), { width: 400, height: 300 }, 'any decoder reads the main image')
  t.match(await sharp(await extractGainMap(body)).metadata(), { width: 100, height: 75 })
  t.match(await sharp(await extractGainMap(original)).metadata(), { width: 200, height: 150 })
  const searched = await get('resize_w-400_encode_q-auto,progressive-1,profile-keep')
  t.ok(await extractGainMap(searched.body), 'together with other JPEG options')
  t.match(await sharp(searched.body).metadata(), { isProgressive: true })
})

t.test('without profile-keep no gain map is left', async t => {
  for (const chain of [
    'resize_w-400',
    'encode_q-100',
    'resize_w-400_encode_profile-p3',
    'encode_meta-keep',
  ]) {
    const { body, note } = await get(chain)
    t.equal(note, undefined, chain)
    t.notOk(body.includes('MPF') || body.includes('hdrgm'), chain)
    t.equal(body.lastIndexOf(Buffer.from([0xff, 0xd8, 0xff])), 0, `${chain}: a single image`)
  }
})

t.test('a gain map that would be wrong is dropped, with a note', async t => {
  const chains = [
    'grayscale',
    'rotate_a-20',
    'pad_all-10',
    'text_t-hello',
    'trim',
    'resize_w-300,h-300,g-smart',
    'adjust_b-1.5',
    'median_s-3',
  ]
  for (const chain of chains) {
    const { body, note } = await get(`${chain}_encode_profile-keep`)
    t.equal(note, 'gain-map-lost', chain)
    t.notOk(body.includes('MPF') || body.includes('hdrgm'), chain)
  }
  const { body, note } = await get('resize_w-400_encode_maxbytes-9000,profile-keep')
  t.equal(note, 'gain-map-lost', 'the byte budget is for the main image')
  t.ok(body.length <= 9000)
  const webp = await get('resize_w-400_encode_profile-keep', 'webp')
  t.equal(webp.note, undefined, 'other formats cannot hold a gain map')
})
