import sharp, { type Sharp } from 'sharp'
import { disc } from '../../test/support/pictures.ts'
import t from '../../test/support/tap.ts'
import { writeJxl } from './jxl-output.ts'
import { decodePageToPng } from './page-png.ts'

const pixelsOf = (pixels: Sharp) =>
  pixels.toColourspace('srgb').ensureAlpha().raw({ depth: 'uchar' }).toBuffer()

t.test('JPEG XL keeps colours and transparency of every kind of source', async t => {
  const eight = await disc(60).png().toBuffer()
  const sixteen = await sharp(eight).toColourspace('rgb16').png().toBuffer()
  const cases: [name: string, draw: () => Sharp][] = [
    ['colour', () => sharp(eight)],
    ['16 bits', () => sharp(sixteen)],
    ['made grey', () => sharp(eight).grayscale()],
    ['16 bits made grey', () => sharp(sixteen).grayscale()],
    ['opaque and made grey', () => sharp(eight).flatten({ background: '#fff' }).grayscale()],
  ]
  for (const [name, draw] of cases) {
    const { data, width, height } = await writeJxl(draw(), { lossless: true })
    t.strictSame([width, height], [60, 60])
    const { png } = await decodePageToPng('jxl', data, { page: 1, maxPixels: 1e6 })
    const wanted = await draw().png().toBuffer()
    t.ok((await pixelsOf(sharp(png))).equals(await pixelsOf(sharp(wanted))), name)
  }
})
