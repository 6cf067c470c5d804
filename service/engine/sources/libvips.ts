import sharp, { type Sharp, type SharpOptions } from 'sharp'
import type { ImageFacts } from '../../plan/facts.ts'
import { isPng } from '../metadata/png-chunk.ts'
import { asLibvipsReads, type KnownDamage } from './as-libvips-reads.ts'

/**
 * Configures the one libvips of the process: no operation cache, as each image is rendered once; one thread per image,
 * as parallel renders fill the cores; and an allow list of loaders, so that a file cannot reach a decoder that was
 * never meant to be offered (SVG, PDF and ImageMagick have a long history of vulnerabilities).
 */
export function configureLibvips(): void {
  sharp.cache(false)
  sharp.concurrency(1)
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: loaders.map(name => `VipsForeignLoad${name}`) })
}

/** What libvips does in this process, and the bytes that its images take. */
export function libvipsLoad() {
  const { queue, process: processing } = sharp.counters()
  return { queued: queue, processing, bytes: sharp.cache().memory.current * 1024 * 1024 }
}

const loaders = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif']

/** The default time limit of any work in seconds, all its pipelines together. For renders, see `renderSecondsFor`. */
export const maxRenderSeconds = 30

/**
 * How many times longer than estimated a render may take. The worst of 35 operations, encoding a GIF, took twice its
 * estimate of CPU time, and a busy machine gives a process less than half of a core.
 */
const slack = 5
/** Shorter than the time limit of the jobs that render. */
const longestSeconds = 270

/** The time limit of a render in seconds. It is so far above the estimate that every accepted URL can be rendered. */
export const renderSecondsFor = (costMs: number): number =>
  Math.min(longestSeconds, Math.max(maxRenderSeconds, Math.ceil((slack * costMs) / 1000)))

/** How a file is opened. */
export interface OpenOptions {
  /** The known facts of the original. A buffer with another number of bytes is another file, or a damaged one. */
  readonly facts?: Pick<ImageFacts, 'profile' | 'space'> &
    Partial<Pick<ImageFacts, 'bytes' | 'truncated' | 'floatRange'>>
  readonly seconds?: number
  /** False for the pixels as stored. By default one page is turned upright. */
  readonly autoOrient?: boolean
  /** The page or frame, counted from 1. */
  readonly page?: number
  /** Number of pages from there on. They are stacked into one tall image. */
  readonly pages?: number
}

/**
 * Opens an original: one page, EXIF orientation applied, pixels capped before decoding, read sequentially. Damaged data
 * is an error and is not replaced by grey pixels. The only exceptions are a truncated JPEG and a damaged PNG that were
 * accepted at upload, see `withEndMarker` and `withCollectedPixels`. An sRGB profile is ignored, as sharp would convert
 * it at full size.
 */
export function openSource(input: Buffer | string, maxPixels: number, options: OpenOptions = {}): Sharp {
  const { facts, seconds = maxRenderSeconds, page = 1, pages = 1, autoOrient = pages === 1 } = options
  const damage = typeof input === 'string' ? undefined : knownDamage(input, facts)
  const sharpOptions: SharpOptions = {
    autoOrient,
    failOn: damage?.isDamagedPng ? 'none' : 'error',
    limitInputPixels: maxPixels,
    sequentialRead: true,
    page: page - 1,
    pages,
  }
  const converted = facts?.profile === 'none' || facts?.profile === 'srgb'
  if (converted && facts.space !== 'cmyk') sharpOptions.ignoreIcc = true
  const source = typeof input === 'string' || !damage ? input : asLibvipsReads(input, damage)
  return sharp(source, sharpOptions).timeout({ seconds })
}

/** The damage that the facts name, if the file has the length of the one that they were read from. */
function knownDamage(file: Buffer, facts: OpenOptions['facts']): KnownDamage {
  const isAsInspected = facts?.bytes === undefined || facts.bytes === file.length
  return {
    mayLackEnd: isAsInspected,
    isDamagedPng: isAsInspected && facts?.truncated === true && isPng(file),
  }
}

/** Raw pixels between two passes. */
export interface RawPixels {
  readonly data: Buffer
  readonly width: number
  readonly height: number
  readonly channels: 1 | 2 | 3 | 4
}

/** Continues from the raw pixels of the previous pass. The plan has already limited their number. */
export function openRaw({ data, width, height, channels }: RawPixels, seconds: number): Sharp {
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false }).timeout({ seconds })
}

/** Continues from the lossless file of the previous pass, which carries profile and metadata. */
export function openIntermediate(file: Buffer, seconds: number): Sharp {
  return sharp(file, { limitInputPixels: false }).timeout({ seconds })
}
