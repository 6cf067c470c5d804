import sharp from 'sharp'
import { build } from '../support/build.ts'
import { render } from '../support/corners.ts'
import { compare, draw, photo } from '../support/pictures.ts'
import t from '../support/tap.ts'

const bench = await build(t)

/** Fetches a derivative. */
const get = async (imageId: string, steps: string, format: string) => ({
  body: await render(bench, `${imageId}${steps && `_${steps}`}.${format}`),
})

/** Bars and rows of text-like marks in a few colours. */
const drawing = (width: number, height: number) =>
  draw(width, height, (x, y) => {
    if (y < 40) return [40, 50, 70]
    if (x % 120 > 90) return [60, 110, 220]
    return y % 20 < 9 && (x * 7 + y * 13) % 23 < 4 ? [30, 30, 36] : [246, 247, 249]
  })

t.test('a PNG keeps a palette, grey and black and white through scaling', async t => {
  const colored = await drawing(600, 400).png({ palette: true, dither: 0 }).toBuffer()
  const grey = await photo(300, 200).grayscale().toColourspace('b-w').png().toBuffer()
  const bilevel = await drawing(600, 400)
    .threshold(150)
    .toColourspace('b-w')
    .png({ palette: true, colours: 2, dither: 0 })
    .toBuffer()
  const metadataOf = async (source: Buffer, steps: string, format = 'png') => {
    const { body } = await get((await bench.upload(source)).id, steps, format)
    return { ...(await sharp(body).metadata()), bytes: body.length, body }
  }
  const half = await metadataOf(colored, 'resize_w-300')
  t.match(half, { isPalette: true, width: 300 })
  t.ok((await compare(half.body, sharp(colored).resize(300))).mean < 1, 'and looks the same')
  const full = await metadataOf(colored, 'resize_w-300_encode_lossless-1')
  t.match(full, { isPalette: false })
  t.ok(half.bytes < 0.6 * full.bytes, `${half.bytes} bytes with a palette, ${full.bytes} without`)
  t.match(await metadataOf(grey, 'resize_w-150'), { space: 'b-w', channels: 1 })
  t.match(await metadataOf(grey, 'resize_w-150', 'jpg'), { space: 'b-w', channels: 1 })
  t.match(await metadataOf(grey, 'resize_w-150_tint_c-f00'), { channels: 3 }, 'colour that is added stays')
  t.match(await metadataOf(bilevel, 'flip'), { bitsPerSample: 1 })
  t.match(await metadataOf(bilevel, 'resize_w-300'), { bitsPerSample: 4 }, '16 greys')
})

t.test('WebP is lossless where that is smaller, and lossy for photographs', async t => {
  const isLossless = (body: Buffer) => body.includes('VP8L')
  const plain = await drawing(600, 400).png().toBuffer()
  const { id } = await bench.upload(plain)
  const chosen = await get(id, '', 'webp')
  t.ok(isLossless(chosen.body))
  t.equal((await compare(chosen.body, plain)).mean, 0)
  t.notOk(isLossless((await get(id, 'encode_q-80', 'webp')).body), 'a quality in the URL is kept')
  const photograph = await bench.upload(await photo(300, 200).png().toBuffer())
  t.notOk(isLossless((await get(photograph.id, '', 'webp')).body))

  const frames = [0, 1, 2].map(at =>
    drawing(300, 200)
      .modulate({ hue: at * 90 })
      .png()
      .toBuffer(),
  )
  const moving = await sharp(await Promise.all(frames), { join: { animated: true } })
    .gif()
    .toBuffer()
  const animated = await bench.upload(moving)
  const webp = await get(animated.id, '', 'webp')
  t.ok(isLossless(webp.body) && webp.body.length < moving.length, `${webp.body.length} of ${moving.length}`)
  const lossy = await get(animated.id, 'encode_q-79', 'webp')
  t.ok(webp.body.length < lossy.body.length, `${webp.body.length}, lossy ${lossy.body.length}`)
  const gif = await get(animated.id, '', 'gif')
  t.ok(gif.body.length <= moving.length, `GIF: ${gif.body.length} of ${moving.length}`)
})
