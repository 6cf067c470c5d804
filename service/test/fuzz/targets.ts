import { decodeBmp } from '../../engine/foreign/bmp.ts'
import { readHeicProperties } from '../../engine/foreign/heic-properties.ts'
import { decodeIco } from '../../engine/foreign/ico.ts'
import { readJxlSize } from '../../engine/foreign/jxl-size.ts'
import { sniffBytes, sniffForeignFormat } from '../../engine/foreign/sniff.ts'
import { backgroundOf } from '../../engine/foreign/svg-background.ts'
import { attachImages, detachImages, findCharacters } from '../../engine/foreign/svg-needs.ts'
import { withPlainStyles } from '../../engine/foreign/svg-styles.ts'
import { readSvgText } from '../../engine/foreign/svg-text.ts'
import { findGainMap } from '../../engine/gain-map/gain-map.ts'
import { readCredits } from '../../engine/metadata/credits.ts'
import { readExif } from '../../engine/metadata/exif.ts'
import { classifyProfile } from '../../engine/metadata/icc.ts'
import type { Container } from '../../engine/quality/containers/container.ts'
import { gifContainer } from '../../engine/quality/containers/gif.ts'
import { jpegContainer } from '../../engine/quality/containers/jpeg.ts'
import { pngContainer } from '../../engine/quality/containers/png.ts'
import { webpContainer } from '../../engine/quality/containers/webp.ts'
import { asLibvipsReads, needsRewriting } from '../../engine/sources/as-libvips-reads.ts'
import { hasMostPixels } from '../../engine/sources/damaged-png.ts'
import { lacksScans } from '../../engine/sources/jpeg-scans.ts'
import { checkTiffCoding } from '../../engine/sources/tiff-coding.ts'
import { countPages, readDirectories } from '../../engine/sources/tiff-directories.ts'

/** A parser of bytes. It may throw errors of the catalogue only. */
export interface Target {
  readonly read: (file: Buffer) => unknown
  /** It runs in a codec's thread, where a RangeError means that the file is truncated. */
  readonly inThread?: boolean
  /** It only reads files of this format. Others are tried, but rarely. */
  readonly format?: string
}

const limits = { page: 1, maxPixels: 1_000_000 }

/** Whatever a container's parts are, they can be put together and split again. */
const splits =
  ({ split, join }: Container) =>
  (file: Buffer) => {
    const parts = split(file)
    if (parts === undefined) return false
    const again = split(join(parts, { width: 40, height: 30 }))
    if (again?.pixels.length !== parts.pixels.length) throw new Error('the joined file has other parts')
    return true
  }

function readVector(file: Buffer) {
  const detached = detachImages(readSvgText(file))
  const text = attachImages(withPlainStyles(detached.text), detached.images)
  return [backgroundOf(text), findCharacters(text)]
}

function readPages(file: Buffer) {
  checkTiffCoding(file)
  return countPages(file) > 0 && readDirectories(file, 200).length > 0
}

/** Parsers of bytes, by name. */
export const targets: Readonly<Record<string, Target>> = {
  sniff: {
    read: file =>
      sniffForeignFormat(file.subarray(0, sniffBytes)) ?? needsRewriting(file.subarray(0, sniffBytes)),
  },
  'as libvips reads': { read: file => asLibvipsReads(file, { mayLackEnd: true, isDamagedPng: false }) },
  'damaged png': {
    read: file => asLibvipsReads(file, { mayLackEnd: false, isDamagedPng: true }),
    format: 'png',
  },
  'png pixels': { read: hasMostPixels, format: 'png' },
  'jpg scans': { read: lacksScans, format: 'jpg' },
  'gain map': { read: findGainMap, format: 'jpg' },
  'tiff directories': {
    read: readPages,
    format: 'tiff',
  },
  exif: { read: file => readExif(file).image.size > 0, format: 'exif' },
  'exif credits': { read: exif => readCredits({ exif }).copyright, format: 'exif' },
  'xmp credits': { read: xmp => readCredits({ xmp }).copyright, format: 'xmp' },
  'iptc credits': { read: iptc => readCredits({ iptc }).artist, format: 'iptc' },
  icc: { read: classifyProfile, format: 'icc' },
  bmp: { read: file => decodeBmp(file, limits), inThread: true, format: 'bmp' },
  ico: { read: file => decodeIco(file, limits), inThread: true, format: 'ico' },
  'heic properties': { read: file => readHeicProperties(file).exif, format: 'heic' },
  'jxl size': { read: readJxlSize, inThread: true },
  svg: { read: readVector, inThread: true, format: 'svg' },
  'jpg container': { read: splits(jpegContainer), format: 'jpg' },
  'png container': { read: splits(pngContainer), format: 'png' },
  'webp container': { read: splits(webpContainer), format: 'webp' },
  'gif container': { read: splits(gifContainer), format: 'gif' },
}
