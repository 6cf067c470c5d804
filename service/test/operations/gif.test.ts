import sharp from 'sharp'
import { verifyDecodable } from '../../engine/sources/inspect.ts'
import { build } from '../support/build.ts'
import { readFrames } from '../support/frames.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'

const bench = await build(t)

/** Three frames of 20x20, each in one colour. */
function strip() {
  const data = Buffer.alloc(20 * 60 * 3)
  for (let index = 0; index < 20 * 60; index++) {
    const frame = Math.floor(index / 400)
    data.set([200, 40 + frame * 80, 60], index * 3)
  }
  return sharp(data, { raw: { width: 20, height: 60, channels: 3, pageHeight: 20 } })
}

t.test('timing beyond the limits of the formats is clamped', async t => {
  const file = await strip()
    .gif({ delay: Array(3).fill(100), loop: 3, dither: 0 })
    .toBuffer()
  file.writeUInt16LE(65_535, file.indexOf('NETSCAPE2.0') + 13)
  file.writeUInt16LE(65_535, file.indexOf(Buffer.from('21f904', 'hex')) + 4)
  const { id } = await bench.upload(file)
  for (const format of ['gif', 'webp']) {
    const url = await bench.sign(`/processed/${bench.userId}/${id}_resize_w-10.${format}`)
    const shown = await readFrames(await bytesOf(await bench.get(url)))
    t.equal(shown.pages, 3, `${format}: all frames`)
    t.ok(shown.loop === 0 || (shown.loop ?? 1) >= 65_535, `${format}: loops nearly for ever, ${shown.loop}`)
    t.ok((shown.delay?.[0] ?? 0) > 65_000, `${format}: the first delay is the longest possible`)
    t.equal(shown.delay?.[1], 100, `${format}: the other delays are kept`)
  }
})

t.test('an animation ends before a damaged frame, and the page of that frame gets 422', async t => {
  const file = await strip()
    .gif({ delay: [40, 80, 120], dither: 0 })
    .toBuffer()
  // codes that the dictionary does not have
  const at = lzwAt(file, 2)
  file.fill(0xff, at + 2, at + 2 + file[at + 1]!)
  const { id } = await bench.upload(file)
  const render = async (rest: string) =>
    bench.get(await bench.sign(`/processed/${bench.userId}/${id}${rest}`))
  const shown = await readFrames(await bytesOf(await render('_resize_w-10.webp')))
  t.match(shown, { pages: 2, width: 10, delay: [40, 80] }, 'the frames before it')
  await isProblemResponse(t, await render('_page_n-3.png'), 'undecodable')
  const verify = (page: number) => verifyDecodable(file, 1e6, { page })
  await t.rejects(verify(3), { code: 'undecodable' }, 'found also when the message of the decoder is lost')
  await verify(2)
})

/** The offset of the LZW code size of a frame. @param frame its index, the first is 0 */
function lzwAt(file: Buffer, frame: number): number {
  const table = (packed: number) => (packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0)
  let at = 13 + table(file[10]!)
  for (let found = 0; ; ) {
    const isImage = file[at] === 0x2c
    if (isImage) {
      at += 10 + table(file[at + 9]!)
      if (found++ === frame) return at
      at += 1
    } else at += 2
    while (file[at]! > 0) at += file[at]! + 1
    at++
  }
}

t.test('the canvas of a GIF is transparent where no frame covers it', async t => {
  const render = async (file: Buffer, format: string) => {
    const { id } = await bench.upload(file)
    return readFrames(
      await bytesOf(await bench.get(await bench.sign(`/processed/${bench.userId}/${id}.${format}`))),
    )
  }
  const clear = (pixel: readonly number[]) => pixel[3] === 0
  const opaque = (pixel: readonly number[]) => pixel[3] === 255
  for (const bits of [2, 8]) {
    const still = await render(coloredGif(bits, [[10, 10, 0]]), 'png')
    t.ok(
      clear(still.at(0, 2, 2)) && opaque(still.at(0, 12, 12)),
      `${bits} bits: a frame smaller than its canvas`,
    )
    const frames = [[0, 0, 2] as const, [10, 10, 1] as const]
    const moved = await render(coloredGif(bits, frames), 'webp')
    t.ok(opaque(moved.at(0, 2, 2)) && clear(moved.at(0, 18, 18)), `${bits} bits: the first frame`)
    t.ok(
      clear(moved.at(1, 2, 2)) && opaque(moved.at(1, 12, 12)),
      `${bits} bits: after disposal to background`,
    )
  }
})

/** A GIF of 20x20 pixels with red frames of 8x8, given by left, top and disposal, and no transparent index. */
function coloredGif(bits: number, frames: readonly (readonly [number, number, number])[]): Buffer {
  const header = Buffer.from('474946383961140014008000' + '00', 'hex')
  header[10] = 0x80 | (bits - 1)
  const palette = Buffer.alloc(3 * 2 ** bits, 0)
  palette[0] = 255
  const images = frames.map(([left, top, disposal]) => {
    const control = [0x21, 0xf9, 4, disposal << 2, 10, 0, 0, 0]
    const image = [0x2c, left, 0, top, 0, 8, 0, 8, 0, 0, bits]
    // a clear code before each pixel, so that the codes never become longer
    const codes = [
      ...Array(64)
        .fill([2 ** bits, 0])
        .flat(),
      2 ** bits + 1,
    ] as number[]
    const packed = packCodes(codes, bits + 1)
    const blocks: number[] = []
    for (let at = 0; at < packed.length; at += 255) {
      const block = packed.slice(at, at + 255)
      blocks.push(block.length, ...block)
    }
    return Buffer.from([...control, ...image, ...blocks, 0])
  })
  return Buffer.concat([header, palette, ...images, Buffer.from([0x3b])])
}

function packCodes(codes: readonly number[], length: number): number[] {
  const bytes = Array(Math.ceil((codes.length * length) / 8)).fill(0) as number[]
  for (const [index, code] of codes.entries()) {
    for (let bit = 0; bit < length; bit++) {
      const at = index * length + bit
      bytes[at >> 3]! |= ((code >> bit) & 1) << (at & 7)
    }
  }
  return bytes
}
