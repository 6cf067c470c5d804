import type { PagedFormat } from '../../plan/facts.ts'
import { startsWithSvg } from './svg-text.ts'

/** How files begin, as hex: a regular expression is to hold no control characters. */
const signatures: readonly [PagedFormat, RegExp][] = [
  ['jxl', /^(ff0a|0000000c4a584c200d0a870a)/],
  // the length of the header tells it from a text that begins with BM
  ['bmp', /^(4241.{24})?424d.{24}(0c|[123].|40|6c|7c)000000/],
  // icon or cursor, at most 255 entries, and in the first of them the byte that is 0 (of some writers 255)
  ['ico', /^0000(01|02)00(?!00)..00.{6}(00|ff)/],
]

/** A HEIF container: the major brand. */
const heif = /^....ftyp(he[im][csx]|hev[cmsx]|mif[12]|msf1|avic|jpeg|j2ki)/s
/** Of any brand that is named at the beginning: libvips reads AVIF. */
const avif = /^....ftyp.{0,200}avi[fs]/s
/** As PDF's implementation notes allow, something may stand before it. */
const pdf = /^.{0,1019}%PDF-/s

/** How many bytes of a file are looked at: an SVG may begin with comments. */
export const sniffBytes = 64 * 1024

/** The format of a file that libvips does not read here, by its first bytes and never by its name. */
export function sniffForeignFormat(head: Buffer): PagedFormat | 'svg' | undefined {
  const hex = head.toString('hex', 0, 64)
  const known = signatures.find(([, signature]) => signature.test(hex))
  if (known) return known[0]
  const text = head.toString('latin1', 0, 1024)
  if (heif.test(text) && !avif.test(text)) return 'heic'
  if (pdf.test(text)) return 'pdf'
  return startsWithSvg(head) ? 'svg' : undefined
}
