import type { JpegOptions, PngOptions, Sharp } from 'sharp'
import type { OutputSettings } from '../../operations/settings.ts'
import type { OutputFormat } from '../../plan/formats.ts'

/** Encoder settings. While the quality is still being searched, the encoder's default applies. */
type EncoderSettings = Omit<OutputSettings, 'quality'> & { readonly quality?: number }
/** A format that libvips encodes. JPEG XL goes through WebAssembly. */
export type NativeFormat = Exclude<OutputFormat, 'jxl'>

type Encoder = (pipeline: Sharp, settings: EncoderSettings) => Sharp

/** Passes an option only when it is set, so that sharp's default applies otherwise. */
const ifSet = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]: V })

/**
 * mozjpeg's steps, measured at 800 px and quality 80: scan optimisation (progressive) saves 3.5 % of the bytes in twice
 * the time, trellis quantisation another 10 % in four times, and its own quantisation table another 4 % at an SSIM that
 * is 0.002 lower.
 */
function jpegEffort(effort: number): JpegOptions {
  if (effort < 3) return {}
  if (effort < 5) return { optimiseScans: true }
  const trellis = { trellisQuantisation: true, overshootDeringing: true, optimiseScans: true }
  return effort < 8 ? trellis : { ...trellis, quantisationTable: 3 }
}

/** The quality at which an image with a palette of 256 colours looks the same as with all of its colours. */
const paletteQuality = 93

/** A quality below 100 means a palette. */
function pngOptions(settings: EncoderSettings): PngOptions {
  const { quality = 100, colors, palette, effort, progressive = false, lossless, filtered = false } = settings
  if (!lossless && (quality < 100 || colors !== undefined)) {
    const paletteEffort = Math.min(10, (effort ?? 4) + 1)
    return { palette: true, quality, progressive, effort: paletteEffort, ...ifSet('colours', colors) }
  }
  if (palette !== undefined) {
    // dithering would scatter dots over flat areas
    const best = { compressionLevel: 9, dither: 0, effort: 5, quality: paletteQuality }
    return { palette: true, progressive, colours: palette, ...best }
  }
  return { progressive, adaptiveFiltering: filtered, ...ifSet('compressionLevel', effort) }
}

/**
 * One encoder per format. Defaults suit a request that waits: effort is low where measurements show that more effort
 * takes several times as long for a few percent of the bytes. The option `effort` asks for more.
 */
const encoders: Record<NativeFormat, Encoder> = {
  jpg: (pipeline, { quality = 80, effort = 0, progressive = false }) =>
    pipeline.jpeg({
      quality,
      progressive,
      chromaSubsampling: quality >= 90 ? '4:4:4' : '4:2:0',
      ...jpegEffort(effort),
    }),
  png: (pipeline, settings) => pipeline.png(pngOptions(settings)),
  // sharp rejects quality 0; libwebp treats 0 to 19 alike
  webp: (pipeline, { quality = 79, effort = 3, lossless = false, near }) =>
    near === undefined || lossless
      ? pipeline.webp({ quality, lossless, effort: Math.round((effort * 6) / 9) })
      : pipeline.webp({
          quality: Math.max(1, near),
          nearLossless: true,
          effort: Math.round((effort * 6) / 9),
        }),
  avif: (pipeline, { quality = 58, effort = 1, lossless = false }) =>
    lossless
      ? pipeline.avif({ lossless, effort, chromaSubsampling: '4:4:4' })
      : pipeline.avif({ quality, effort, chromaSubsampling: '4:2:0', tune: 'iq' }),
  gif: (pipeline, { effort = 2, colors, progressive = false }) =>
    pipeline.gif({ effort: effort + 1, progressive, ...ifSet('colours', colors) }),
  tiff: (pipeline, { quality, lossless }) =>
    quality !== undefined && !lossless
      ? pipeline.tiff({ compression: 'jpeg', quality })
      : pipeline.tiff({ compression: 'lzw', predictor: 'horizontal' }),
}

/** Adds the format's encoder to a pipeline. */
export function applyEncoder(pipeline: Sharp, format: NativeFormat, settings: OutputSettings): Sharp {
  const { quality, ...rest } = settings
  return encoders[format](pipeline, typeof quality === 'number' ? { ...rest, quality } : rest)
}
