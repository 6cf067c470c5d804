import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { drawUltraHdr } from '../../engine/gain-map/ultra-hdr.test.data.ts'
import { creditsXmp } from '../../engine/metadata/credits.ts'
import { pngChunk } from '../../engine/metadata/png-chunk.ts'
import { bitmap, cornersBitmap, cornersHeic, icon, pdf, rows } from '../support/foreign-files.ts'
import { tiffOfPages } from '../support/hostile-files.ts'
import { animation, disc, photo } from '../support/pictures.ts'
import { floatTiff } from '../support/tiff-file.ts'

/** A file of each kind that is accepted, small, so that mutations often hit what matters. */
export type Seeds = Readonly<Record<string, Buffer>>

const xmp = creditsXmp({ copyright: 'Ansel', artist: 'Dorothea & Co' })
const exif = {
  IFD0: { Copyright: 'Ansel', Make: 'Camera' },
  IFD2: { FNumber: '28/10', ISOSpeedRatings: '100' },
}

const svg = `<?xml version="1.0"?><!-- drawing --><svg xmlns="http://www.w3.org/2000/svg" width="40" viewBox="0 0 40 30" style="background: #fee">
<style>:root{--main: oklch(60% 0.1 20)} rect{fill:var(--main, red)}</style><rect width="9" height="9" opacity=".5"/>
<text x="1" y="9" font-family="serif">a&#233;</text><image href="data:image/webp;base64,UklGRhIAAABXRUJQ"/></svg>`

/** IPTC's application record in a Photoshop segment. */
const iptc = Buffer.from(
  'Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\0\x1c\x02\x50\0\x04Jose\x1c\x02\x74\0\x03own',
  'latin1',
)

const jpegSegment = (code: number, body: Buffer) =>
  Buffer.concat([Buffer.from([0xff, code, (body.length + 2) >> 8, (body.length + 2) & 255]), body])

const afterStart = (jpeg: Buffer, ...parts: Buffer[]) =>
  Buffer.concat([jpeg.subarray(0, 2), ...parts, jpeg.subarray(2)])

/** Draws all seeds, by name. The name begins with the format. */
export async function drawSeeds(): Promise<Seeds> {
  const small = photo(40, 30)
  const tagged = small.clone().withExif(exif).withXmp(xmp)
  const p3 = small.clone().withIccProfile('p3')
  const png = await small.clone().png().toBuffer()
  const jpeg = await tagged.clone().jpeg({ quality: 50 }).toBuffer()
  const side = 8
  const bmp = cornersBitmap(side, side)
  const palette = [0, 0, 0, 0, 255, 255, 255, 0]
  const made: Record<string, Promise<Buffer> | Buffer> = {
    jpg: afterStart(jpeg, jpegSegment(0xed, iptc)),
    'jpg progressive': p3.clone().jpeg({ progressive: true, quality: 40 }).toBuffer(),
    'jpg cmyk': small.clone().toColourspace('cmyk').jpeg({ quality: 40 }).toBuffer(),
    'jpg ultra hdr': drawUltraHdr({ image: small.clone() }),
    png: tagged.clone().png().toBuffer(),
    'png p3': p3.clone().png().toBuffer(),
    'png palette': disc(20).png({ palette: true }).toBuffer(),
    'png interlaced': small.clone().resize(9).png({ progressive: true }).toBuffer(),
    'png chunks': withPngChunks(png),
    'png 16': small.clone().resize(9).toColourspace('rgb16').png().toBuffer(),
    webp: tagged.clone().webp({ quality: 40 }).toBuffer(),
    'webp alpha': disc(20).webp({ lossless: true }).toBuffer(),
    'webp animated': animation(8).then(gif => sharp(gif, { animated: true }).webp().toBuffer()),
    gif: animation(9),
    'gif partial': partialGif(),
    tiff: small.clone().tiff({ compression: 'lzw' }).toBuffer(),
    'tiff jpeg': small.clone().tiff({ compression: 'jpeg' }).toBuffer(),
    'tiff big': small.clone().resize(9).tiff({ bigtiff: true, compression: 'none' }).toBuffer(),
    'tiff pages': tiffOfPages(4),
    'tiff floats': floatTiff([0, 0.5, 1, 3]),
    avif: tagged.clone().avif({ effort: 0 }).toBuffer(),
    'avif alpha': disc(20).avif({ effort: 0 }).toBuffer(),
    heic: cornersHeic,
    bmp,
    'bmp palette': bitmap({
      width: 8,
      height: -2,
      bits: 1,
      palette,
      samples: [0xaa, 0, 0, 0, 0x55, 0, 0, 0],
    }),
    'bmp rle': bitmap({
      width: 4,
      height: 2,
      bits: 8,
      compression: 1,
      palette,
      samples: [4, 1, 0, 0, 0, 3, 1, 0, 1, 0, 0, 2, 1, 0, 0, 1],
    }),
    'bmp masks': bitmap({
      width: 2,
      height: 2,
      bits: 32,
      compression: 3,
      size: 124,
      masks: [255, 0xff00, 0xff0000, 0xff000000],
      samples: rows(2, 2, (x, y) => [x, y, 9, 200]),
    }),
    ico: icon([
      { data: png, side: 40 },
      { data: bitmap({ width: 2, height: 4, bits: 24, bare: true, samples: Array(24).fill(7) }), side: 2 },
    ]),
    pdf: pdf([
      { size: [40, 30], draw: '1 0 0 rg 0 0 20 15 re f' },
      { size: [20, 20], draw: '0 0 9 9 re f' },
    ]),
    svg: Buffer.from(svg),
    'svg gzip': gzipSync(svg),
    'svg utf-16': Buffer.from(`\ufeff${svg}`, 'utf16le'),
  }
  const { icc, exif: written } = await sharp(await p3.withExif(exif).jpeg().toBuffer()).metadata()
  const parts = { exif: written ?? png, icc: icc ?? png, xmp: Buffer.from(xmp), iptc }
  const drawn = Object.entries({ ...made, ...parts }).map(
    async ([name, file]) => [name, Buffer.from(await file)] as const,
  )
  return Object.fromEntries(await Promise.all(drawn))
}

function withPngChunks(png: Buffer): Buffer {
  const number = (...values: number[]) => {
    const bytes = Buffer.alloc(4 * values.length)
    values.forEach((value, index) => {
      bytes.writeUInt32BE(value, 4 * index)
    })
    return bytes
  }
  return Buffer.concat([
    png.subarray(0, 33),
    ...pngChunk('cICP', Buffer.from([12, 13, 0, 1])),
    ...pngChunk('gAMA', number(45_455)),
    ...pngChunk('cHRM', number(31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000)),
    ...pngChunk('tEXt', Buffer.from('Comment\0text')),
    png.subarray(33),
  ])
}

/** An animation whose first frame does not cover the canvas, and whose frames are disposed of. */
function partialGif(): Buffer {
  const frame = (left: number) =>
    Buffer.from([0x21, 0xf9, 4, 8, 5, 0, 0, 0, 0x2c, left, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0])
  const head = Buffer.from('GIF89a\x02\0\x02\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1')
  return Buffer.concat([head, frame(0), frame(1), frame(0), Buffer.from([0x3b])])
}
