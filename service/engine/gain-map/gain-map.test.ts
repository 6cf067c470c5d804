import sharp from 'sharp'
import t from '../../test/support/tap.ts'
import { difference, drawTestImage, inspect, render as renderAny } from '../rendering.test.data.ts'
import { findGainMap } from './gain-map.ts'
import {
  drawUltraHdr,
  extractGainMap,
  hdrColorAt,
  rewriteWithLibultrahdr,
  xmpOfGainMap,
} from './ultra-hdr.test.data.ts'

const render = (file: Buffer, chain: string) => renderAny(file, chain, 'jpg')
const size = { width: 480, height: 320 }
const image = () => drawTestImage(size.width, size.height, 3, 40)

/** Mean difference between an image and its gain map, which were drawn alike. */
async function differenceToMap(file: Buffer) {
  const { width, height } = await sharp(file).metadata()
  const map = await extractGainMap(file)
  if (map === undefined) return 999
  const enlarged = await sharp(map).resize(width, height, { fit: 'fill' }).png().toBuffer()
  return (await difference(enlarged, await sharp(file).png().toBuffer())).mean
}

t.test('the gain map follows every geometric operation in every orientation', async t => {
  const chains = [
    '',
    'resize_w-240',
    'crop_x-121,y-40,w-200,h-160',
    'crop_x-120,y-0,w-201,h-200_resize_w-120',
    'flip_d-h',
    'flip_d-v_rotate_a-90',
    'rotate_a-90_flip_d-v_crop_x-0,y-0,w-0.5,h-0.5',
    'rotate_a-270_resize_w-150,h-100',
    'rotate_a-180_flip_d-hv_rotate_a-90_rotate_a-90_resize_w-300',
    'resize_w-200,h-200,g-north',
    'rotate_a-90_resize_w-200_sharpen_s-1',
  ]
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const file = await drawUltraHdr({ image: image(), orientation })
    const { gainMap } = await inspect(file)
    t.strictSame(gainMap, { width: 120, height: 80 })
    for (const chain of orientation === 1 ? chains : chains.slice(-5)) {
      const { data, width, height } = await render(file, `${chain}_encode_profile-keep`.replace(/^_/, ''))
      const map = await sharp(await extractGainMap(data)).metadata()
      const name = `${orientation}: ${chain || 'nothing'}`
      t.ok(
        Math.abs(map.width - width / 4) <= 1 && Math.abs(map.height - height / 4) <= 1,
        `${name}: its size`,
      )
      const distance = await differenceToMap(data)
      t.ok(distance < 4, `${name}: the map matches the image, ${distance.toFixed(1)}`)
    }
  }
})

t.test('a blur is applied to the gain map as well', async t => {
  const file = await drawUltraHdr({ image: drawTestImage(size.width, size.height, 3, 8) })
  for (const chain of ['blur_s-20_resize_w-240', 'rotate_a-90_resize_w-160_blur_s-10', 'blur_s-20']) {
    const { data } = await render(file, `${chain}_encode_profile-keep`)
    const distance = await differenceToMap(data)
    t.ok(distance < 4, `${chain}: ${distance.toFixed(1)}`)
  }
})

t.test('highlights keep their brightness', async t => {
  const white = () => sharp({ create: { ...size, channels: 3, background: '#fff' } })
  const [before = 0] = await hdrColorAt(await drawUltraHdr({ image: white() }), 100, 100)
  const file = await drawUltraHdr({ image: white(), grey: true })
  const { data } = await render(file, 'resize_w-120_encode_profile-keep')
  const [after = 0] = await hdrColorAt(data, 60, 40)
  t.ok(before > 4, `brighter than white: ${before}`)
  t.ok(Math.abs(after / before - 1) < 0.03, `${after} of ${before}`)
  t.equal((await sharp(await extractGainMap(data)).metadata()).space, 'b-w')
})

t.test('per-channel values are kept, and only numbers pass through', async t => {
  const list = (name: string, values: string) =>
    `<hdrgm:${name}>\n<rdf:Seq>${values.replace(/\S+/g, '<rdf:li>$&</rdf:li>\n')}</rdf:Seq></hdrgm:${name}>`
  const xmp = xmpOfGainMap(
    'hdrgm:HDRCapacityMax="3" hdrgm:Gamma="1e0" secret="a secret place"',
    `${list('GainMapMax', '3.5 -0.25 +2')}${list('GainMapMin', '-1 -2 x')}`,
  )
  const map = findGainMap(await drawUltraHdr({ image: image(), gainMapXmp: xmp }))!
  t.strictSame(
    [...map.metadata.xmp!],
    [
      ['GainMapMax', ['3.5', '-0.25', '+2']],
      ['Gamma', ['1e0']],
      ['HDRCapacityMax', ['3']],
    ],
  )
  const file = await drawUltraHdr({ image: image(), gainMapXmp: xmp, secret: 'a secret place' })
  for (const chain of ['encode_profile-keep', 'resize_w-99_encode_profile-keep,meta-keep']) {
    const { data } = await render(file, chain)
    t.notOk(data.includes('secret'), chain)
    // libultrahdr cannot read lists, which Adobe writes
    t.strictSame(findGainMap(data)?.metadata, map.metadata)
  }
})

t.test('ISO 21496-1 metadata written by libultrahdr is read and kept', async t => {
  const file = await rewriteWithLibultrahdr(await drawUltraHdr({ image: image() }))
  t.ok(file.includes('21496') && !file.includes('hdrgm'), 'ISO metadata instead of XMP')
  const { data } = await render(file, 'crop_x-100,y-100,w-280,h-200_rotate_a-90_encode_profile-keep')
  for (const [x, y] of [
    [150, 150],
    [300, 250],
  ] as const) {
    const before = await hdrColorAt(file, x, y)
    // rotated by 90 degrees clockwise
    const after = await hdrColorAt(data, 199 - (y - 100), x - 100)
    for (const [channel, value] of before.entries())
      t.ok(Math.abs(after[channel]! - value) < 0.05 + 0.05 * value, `${after[channel]} of ${value}`)
    if (x === 300) t.ok(Math.max(...before) > 1.2, 'brighter than white')
  }
})

t.test('an unchanged image keeps its gain map bit for bit and does not grow', async t => {
  const file = await drawUltraHdr({ image: image() })
  const { data } = await render(file, 'encode_profile-keep,q-100')
  t.ok(data.length <= file.length, `${data.length} of ${file.length}`)
  t.equal((await difference(data, file)).mean, 0)
  t.ok(findGainMap(data)!.jpeg.equals(findGainMap(file)!.jpeg))
})

t.test('output has no trace of a gain map unless profile-keep is set', async t => {
  const file = await drawUltraHdr({ image: image() })
  const pristine = file.subarray(0, file.lastIndexOf(Buffer.from([0xff, 0xd8])))
  for (const chain of ['', 'resize_w-100', 'encode_q-100', 'encode_meta-keep', 'encode_q-100,meta-keep']) {
    const { data } = await render(file, chain)
    for (const word of ['MPF', 'hdrgm', 'GainMap', '21496']) t.notOk(data.includes(word), `${chain}: ${word}`)
    t.equal(data.lastIndexOf(Buffer.from([0xff, 0xd8, 0xff])), 0, `${chain}: one image`)
    if (!chain.includes('meta')) {
      const plain = await render(pristine, chain)
      t.ok(data.equals(plain.data), `${chain}: the same as for a JPEG without a map`)
    }
  }
})

t.test('a damaged or mismatched gain map is ignored', async t => {
  const whole = await drawUltraHdr({ image: image() })
  t.ok((await inspect(whole)).gainMap)
  const without = async (file: Buffer, name: string) => {
    t.notOk((await inspect(file)).gainMap, name)
    const { data } = await render(file, 'resize_w-99_encode_profile-keep')
    t.notOk(data.includes('MPF'), name)
  }
  for (const cut of [1, 700, 2000]) await without(whole.subarray(0, whole.length - cut), `${cut} bytes less`)
  const second = whole.lastIndexOf(Buffer.from([0xff, 0xd8, 0xff]))
  const noisy = Buffer.from(whole)
  noisy.fill(0xff, second + 1500, whole.length - 200)
  await without(noisy, 'its data is damaged')
  const at = whole.indexOf('MPF\0')
  for (let byte = at + 4; byte < at + 86; byte++) {
    const broken = Buffer.from(whole)
    broken[byte] = 0xff
    await t.resolves(inspect(broken), `byte ${byte - at} of the index`)
  }
  await without(await drawUltraHdr({ image: image(), gainMapXmp: xmpOfGainMap('') }), 'without values')
  const inverse = 'hdrgm:GainMapMax="1" hdrgm:HDRCapacityMax="1" hdrgm:BaseRenditionIsHDR="True"'
  await without(
    await drawUltraHdr({ image: image(), gainMapXmp: xmpOfGainMap(inverse) }),
    'an image whose base rendition is HDR',
  )
  const other = await drawUltraHdr({ image: drawTestImage(400, 100) })
  const [base] = [whole.subarray(0, second)]
  const tail = other.subarray(other.lastIndexOf(Buffer.from([0xff, 0xd8, 0xff])))
  const mixed = Buffer.concat([base, tail])
  mixed.writeUInt32BE(tail.length, at + 4 + 50 + 16 + 4)
  await without(mixed, 'of another aspect ratio')
})
