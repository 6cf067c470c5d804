import type { PagedFormat } from '../../plan/source-formats.ts'
import { startsWithSvg } from './svg-text.ts'

/** First bytes of files as hex, since a regular expression should contain no control characters. */
const signatures: readonly [PagedFormat, RegExp][] = [
  ['jxl', /^(ff0a|0000000c4a584c200d0a870a)/],
  // the header length distinguishes a bitmap from text that starts with BM
  ['bmp', /^(4241.{24})?424d.{24}(0c|[123].|40|6c|7c)000000/],
  // icon or cursor with at most 255 entries; the reserved byte of the first entry is 0 (255 from some programs)
  ['ico', /^0000(01|02)00(?!00)..00.{6}(00|ff)/],
]

/** The major brand of a HEIF container. */
const heif = /^....ftyp(he[im][csx]|hev[cmsx]|mif[12]|msf1|avic|jpeg|j2ki)/s
/** AVIF among the first brands: libvips reads these files. */
const avif = /^....ftyp.{0,200}avi[fs]/s
/** PDF's implementation notes allow data before the header. */
const pdf = /^.{0,1019}%PDF-/s

/** Bytes of a file that are examined. An SVG may start with comments. */
export const sniffBytes = 64 * 1024

/** Detects a format that libvips does not read here, from the first bytes and never from the file name. */
export function sniffForeignFormat(head: Buffer): PagedFormat | 'svg' | undefined {
  const hex = head.toString('hex', 0, 64)
  const match = signatures.find(([, signature]) => signature.test(hex))
  if (match) return match[0]
  const text = head.toString('latin1', 0, 1024)
  if (heif.test(text) && !avif.test(text)) return 'heic'
  if (pdf.test(text)) return 'pdf'
  return startsWithSvg(head) ? 'svg' : undefined
}
