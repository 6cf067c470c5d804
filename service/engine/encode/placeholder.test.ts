import sharp from 'sharp'
import { readRgba } from '../../operations/analysis/rgba.ts'
import { encodeThumbhash } from '../../operations/analysis/thumbhash.ts'
import t from '../../test/support/tap.ts'
import { decodePageToPng } from '../foreign/page-png.ts'
import { drawPlaceholder } from './placeholder.ts'

const hashOf = async (background: string) => {
  const image = sharp({ create: { width: 90, height: 60, channels: 4, background } })
  return Buffer.from(encodeThumbhash(await readRgba(image))).toString('base64')
}
const opaque = await hashOf('#c03030')
const glass = await hashOf('#c0303080')

for (const format of ['jpg', 'png', 'webp', 'avif', 'gif', 'tiff', 'jxl'] as const) {
  t.test(`a placeholder is encoded as ${format} at the requested proportions`, async t => {
    const spec = { thumbhash: opaque, width: 2000, height: 500, format, alpha: false }
    const file = await drawPlaceholder(spec)
    const read =
      format === 'jxl' ? (await decodePageToPng('jxl', file, { page: 1, maxPixels: 1e6 })).png : file
    const { width, height } = await sharp(read).metadata()
    t.strictSame([width, height], [1024, 256])
    const { channels } = await sharp(read).removeAlpha().stats()
    t.ok(Math.abs(channels[0]!.mean - 0xc0) < 12 && Math.abs(channels[1]!.mean - 0x30) < 12)
  })
}

t.test('a placeholder is transparent only if format and image allow it', async t => {
  const alphaOf = async (alpha: boolean, format: 'webp' | 'jpg') => {
    const file = await drawPlaceholder({ thumbhash: glass, width: 30, height: 30, format, alpha })
    const [pixel] = [await sharp(file).ensureAlpha().raw().toBuffer()]
    return pixel[3]!
  }
  t.equal(await alphaOf(false, 'webp'), 255)
  t.equal(await alphaOf(true, 'jpg'), 255)
  const alpha = await alphaOf(true, 'webp')
  t.ok(alpha > 100 && alpha < 156, `${alpha}`)
})
