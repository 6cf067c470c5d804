import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { pngChunk } from '../../engine/metadata/png-chunk.ts'

/** Small files that cost a decoder much time or memory. All of them are valid, or nearly. */

/** A TIFF with this number of pages of one grey pixel each. All directories point at the same pixel. */
export function tiffOfPages(pages: number): Buffer {
  const entries: readonly [tag: number, type: number, value: number][] = [
    [256, 3, 1],
    [257, 3, 1],
    [258, 3, 8],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 8],
    [277, 3, 1],
    [278, 3, 1],
    [279, 4, 1],
  ]
  const head = 10
  const size = 2 + 12 * entries.length + 4
  const file = Buffer.alloc(head + size * pages)
  file.write('II*\0', 'latin1')
  file.writeUInt32LE(head, 4)
  for (let page = 0; page < pages; page++) {
    const at = head + page * size
    file.writeUInt16LE(entries.length, at)
    for (const [index, [tag, type, value]] of entries.entries()) {
      const entry = at + 2 + 12 * index
      file.writeUInt16LE(tag, entry)
      file.writeUInt16LE(type, entry + 2)
      file.writeUInt32LE(1, entry + 4)
      file.writeUInt32LE(value, entry + 8)
    }
    file.writeUInt32LE(page + 1 < pages ? at + size : 0, at + size - 4)
  }
  return file
}

/** Each function makes a compressed PNG chunk that inflates to this number of bytes. */
export const inflatingChunks = {
  zTXt: (bytes: number) => pngChunk('zTXt', deflatedAfter('Comment\0\0', bytes)),
  iTXt: (bytes: number) => pngChunk('iTXt', deflatedAfter('Comment\0\x01\0\0\0', bytes)),
  iCCP: (bytes: number) => {
    const profile = Buffer.alloc(bytes)
    profile.writeUInt32BE(bytes, 0)
    profile.write('\x04\x30\0\0mntrRGB XYZ ', 8, 'latin1')
    profile.write('acsp', 36, 'latin1')
    return pngChunk('iCCP', Buffer.concat([Buffer.from('icc\0\0', 'latin1'), deflateSync(profile)]))
  },
} as const

const deflatedAfter = (head: string, bytes: number) =>
  Buffer.concat([Buffer.from(head, 'latin1'), deflateSync(Buffer.alloc(bytes, 65), { level: 9 })])

/** A PNG of one colour with such chunks before its pixels. */
export async function pngWithChunks(
  name: keyof typeof inflatingChunks,
  count: number,
  bytesEach: number,
): Promise<Buffer> {
  const png = await sharp({ create: { width: 20, height: 20, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
  const added = inflatingChunks[name](bytesEach)
  const header = 33
  const copies = Array.from({ length: count }, () => added).flat()
  return Buffer.concat([png.subarray(0, header), ...copies, png.subarray(header)])
}

const svg = (content: string) =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="500" height="500">${content}</svg>`)

/** Nested groups, each drawn through a slow filter. */
export function svgOfFilters(depth: number, steps: number): Buffer {
  const noise = '<feTurbulence type="fractalNoise" baseFrequency="0.9" numOctaves="9"/>'
  const blur = '<feMorphology operator="dilate" radius="40"/><feGaussianBlur stdDeviation="30"/>'
  const filter = `<filter id="f" x="0" y="0" width="1" height="1">${(noise + blur).repeat(steps)}</filter>`
  const shape = '<rect width="500" height="500"/>'
  return svg(filter + '<g filter="url(#f)">'.repeat(depth) + shape + '</g>'.repeat(depth))
}

/** Shapes with a mask that is itself masked, and so on. */
export function svgOfMasks(depth: number, shapes: number): Buffer {
  const masks = Array.from(
    { length: depth },
    (_, index) =>
      `<mask id="m${index}" mask="url(#m${index + 1})"><rect width="500" height="500" fill="#fff"/></mask>`,
  )
  return svg(masks.join('') + '<rect width="500" height="500" mask="url(#m0)"/>'.repeat(shapes))
}

/** A path of many wide segments with round joins. */
export function svgOfPath(segments: number): Buffer {
  const points = Array.from({ length: segments }, (_, i) => `${(i * 7919) % 500} ${(i * 104_729) % 500}`)
  const stroke = 'fill="none" stroke="#000" stroke-width="99" stroke-linejoin="round"'
  return svg(`<path d="M${points.join(' ')}" ${stroke}/>`)
}

/** Groups that each use the next one ten times. */
export function svgOfUses(depth: number): Buffer {
  const level = (index: number) => `<g id="g${index}">${`<use href="#g${index + 1}" x="1"/>`.repeat(10)}</g>`
  const levels = Array.from({ length: depth }, (_, index) => level(index))
  return svg(`<defs>${levels.join('')}<g id="g${depth}"><path d="M0 0h9v9z"/></g></defs><use href="#g0"/>`)
}

/** A PDF whose page draws a form, which draws the next one ten times, and so on. */
export function pdfOfForms(depth: number): Buffer {
  const forms = Array.from({ length: depth }, (_, index) => {
    const isLast = index === depth - 1
    const draw = isLast ? '0 0 500 500 re f' : '/F Do\n'.repeat(10)
    return formOf(draw, isLast ? '' : `/XObject<</F ${firstForm + index + 1} 0 R>>`)
  })
  return pdfOfPage(forms)
}

/** A PDF whose page draws a form that draws itself twice. */
export const pdfOfLoop = (): Buffer => pdfOfPage([formOf('/F Do\n/F Do', `/XObject<</F ${firstForm} 0 R>>`)])

/** The number of the object that the page draws. */
const firstForm = 5

const formOf = (draw: string, resources: string) =>
  streamOf(draw, `/Type/XObject/Subtype/Form/BBox[0 0 500 500]/Resources<<${resources}>>`)

const streamOf = (content: string, entries = '') =>
  `<<${entries}/Length ${content.length}>>\nstream\n${content}\nendstream\n`

function pdfOfPage(forms: readonly string[]): Buffer {
  const resources = `/Resources<</XObject<</F ${firstForm} 0 R>>>>`
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Count 1/Kids[3 0 R]>>',
    `<</Type/Page/Parent 2 0 R/MediaBox[0 0 500 500]/Contents 4 0 R${resources}>>`,
    streamOf('/F Do'),
    ...forms,
  ]
  const bodies = objects.map((object, index) => `${index + 1} 0 obj${object}endobj\n`)
  return Buffer.from(`%PDF-1.4\n${bodies.join('')}trailer<</Size ${objects.length + 1}/Root 1 0 R>>\n%%EOF\n`)
}

/** A GIF with this number of frames of one pixel, on a canvas of this side. */
export function gifOfFrames(frames: number, side: number): Buffer {
  const head = Buffer.from('GIF89a\0\0\0\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1')
  head.writeUInt16LE(side, 6)
  head.writeUInt16LE(side, 8)
  const frame = Buffer.from('2c00000000010001000002024401 00'.replaceAll(' ', ''), 'hex')
  return Buffer.concat([head, ...Array.from({ length: frames }, () => frame), Buffer.from(';')])
}
