import { boxesOf, contentsOf, type HeifBox } from '../foreign/heif-boxes.ts'

/** The brands of image sequences, and those of the same content as a still picture. */
const stillBrands: Readonly<Record<string, string>> = { avis: 'avif', msf1: 'mif1' }

/** Items that are pictures: coded, put together from others (a grid, an overlay) or derived from one. */
const pictures = /^(av01|grid|iovl|iden|tmap)$/

/**
 * Makes libvips show what browsers show of an AVIF (ISO/IEC 23008-12): the still picture of an image sequence, and the
 * primary item, whichever place it has. All changes keep the length of the file, so offsets stay valid.
 * @returns the same buffer when nothing has to change
 */
export function showPrimaryItem(file: Buffer): Buffer {
  if (!/^ftyp/.test(file.toString('latin1', 4, 8))) return file
  const copy = Buffer.from(file)
  const boxes = boxesOf(copy)
  const brands = boxes[0]?.content
  const isSequence = brands !== undefined && replaceBrands(brands)
  const tracks = isSequence ? boxes.filter(({ type }) => type === 'moov') : []
  // without its tracks the file is a still picture; they are skipped as free space
  for (const { start } of tracks) copy.write('free', start + 4, 'latin1')
  const isHidden = hideOtherPictures(boxes)
  return isSequence || isHidden ? copy : file
}

/** Replaces brands in `ftyp`: major brand, version, compatible brands. */
function replaceBrands(brands: Buffer): boolean {
  let isReplaced = false
  for (let at = 0; at + 4 <= brands.length; at += at === 0 ? 8 : 4) {
    const still = stillBrands[brands.toString('latin1', at, at + 4)]
    if (still === undefined) continue
    brands.write(still, at, 'latin1')
    isReplaced = true
  }
  return isReplaced
}

/** Marks every picture but the primary one as hidden (section 6.4.2), as libvips counts the others as pages. */
function hideOtherPictures(boxes: readonly HeifBox[]): boolean {
  const meta = contentsOf(boxes, 'meta')
  const children = meta ? boxesOf(meta.subarray(4)) : []
  const primary = primaryItem(children)
  const items = contentsOf(children, 'iinf')
  if (primary === undefined || items === undefined || items.length < 6) return false
  let isHidden = false
  for (const { type, content } of boxesOf(items.subarray(items[0] === 0 ? 6 : 8))) {
    const isWide = content[0] === 3
    if (type !== 'infe' || content.length < (isWide ? 14 : 12) || (content[0] !== 2 && !isWide)) continue
    const id = isWide ? content.readUInt32BE(4) : content.readUInt16BE(4)
    const kind = content.toString('latin1', isWide ? 10 : 8, isWide ? 14 : 12)
    const flags = content.readUInt8(3)
    if (id === primary || !pictures.test(kind) || flags & 1) continue
    content.writeUInt8(flags | 1, 3)
    isHidden = true
  }
  return isHidden
}

/** The id in `pitm`. */
export function primaryItem(children: readonly HeifBox[]): number | undefined {
  const primary = contentsOf(children, 'pitm')
  if (primary === undefined || primary.length < 6) return undefined
  if (primary[0] === 0) return primary.readUInt16BE(4)
  return primary.length < 8 ? undefined : primary.readUInt32BE(4)
}
