import sharp, { type Sharp, type SharpOptions } from 'sharp'
import type { ImageFacts } from '../../plan/facts.ts'

/**
 * Prepares the process's one libvips: no operation cache (each picture is developed once), one thread a picture
 * (parallel developments fill the cores), and an allow list of loaders, so that a file cannot reach a decoder
 * that nobody meant to offer (SVG, PDF and ImageMagick have a long history of holes).
 */
export function configureLibvips(): void {
  sharp.cache(false)
  sharp.concurrency(1)
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: loaders.map(name => `VipsForeignLoad${name}`) })
}

const loaders = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif']

/** The most seconds that one piece of work may run, all its pipelines together. */
export const maxRenderSeconds = 30

/** How a file is opened. */
export interface OpenOptions {
  readonly facts?: Pick<ImageFacts, 'profile' | 'space'>
  readonly seconds?: number
  /** The page or frame, counted from 1. */
  readonly page?: number
  /** How many from there on, below each other in one tall picture. */
  readonly pages?: number
}

/**
 * Opens an original: one page, EXIF orientation applied, pixels capped before decoding, read in strips, damage an
 * error rather than a grey area. An sRGB profile is not converted (sharp would, at full size).
 */
export function openSource(input: Buffer | string, maxPixels: number, options: OpenOptions = {}): Sharp {
  const { facts, seconds = maxRenderSeconds, page = 1, pages = 1 } = options
  const sharpOptions: SharpOptions = {
    autoOrient: pages === 1,
    failOn: 'error',
    limitInputPixels: maxPixels,
    sequentialRead: true,
    page: page - 1,
    pages,
  }
  const converted = facts?.profile === 'none' || facts?.profile === 'srgb'
  if (converted && facts.space !== 'cmyk') sharpOptions.ignoreIcc = true
  return sharp(input, sharpOptions).timeout({ seconds })
}

/** Pixels between two passes. */
export interface RawPixels {
  readonly data: Buffer
  readonly width: number
  readonly height: number
  readonly channels: 1 | 2 | 3 | 4
}

/** Continues from the pixels of the pass before, whose number the plan has bounded. */
export function openRaw({ data, width, height, channels }: RawPixels, seconds: number): Sharp {
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false }).timeout({ seconds })
}

/** Continues from a lossless file of the pass before, which carries profile and metadata with it. */
export function openIntermediate(file: Buffer, seconds: number): Sharp {
  return sharp(file, { limitInputPixels: false }).timeout({ seconds })
}
