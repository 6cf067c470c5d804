import type { JpegOptions, Sharp } from 'sharp'
import type { OutputSettings } from '../../operations/settings.ts'
import type { OutputFormat } from '../../plan/formats.ts'

/** What an encoder is told: a quality that is yet to be looked for is its default. */
type EncoderSettings = Omit<OutputSettings, 'quality'> & { readonly quality?: number }
/** A format that libvips writes itself. */
export type NativeFormat = Exclude<OutputFormat, 'jxl'>

type Encoder = (pipeline: Sharp, settings: EncoderSettings) => Sharp

/** An option only when it was asked for: sharp's own default holds otherwise. */
const given = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]: V })

/**
 * mozjpeg's steps, at 800 px and quality 80: the best order of scans (progressive) 3.5 % fewer bytes in twice the time,
 * trellis quantisation 10 % more in four times, its own quantisation table 4 % more, with an SSIM lower by 0.002.
 */
function jpegEffort(effort: number): JpegOptions {
  if (effort < 3) return {}
  if (effort < 5) return { optimiseScans: true }
  const trellis = { trellisQuantisation: true, overshootDeringing: true, optimiseScans: true }
  return effort < 8 ? trellis : { ...trellis, quantisationTable: 3 }
}

/**
 * One encoder a format. Defaults are what a request can wait for: their effort is low where DESIGN's measurements
 * show that more costs several times the time for a few percent of bytes; `effort` asks for more.
 */
const encoders: Record<NativeFormat, Encoder> = {
  jpg: (pipeline, { quality = 80, effort = 0, progressive = false }) =>
    pipeline.jpeg({
      quality,
      progressive,
      chromaSubsampling: quality >= 90 ? '4:4:4' : '4:2:0',
      ...jpegEffort(effort),
    }),
  // a quality below 100 asks for a palette
  png: (pipeline, { quality = 100, colors, effort, progressive = false, lossless }) =>
    (quality < 100 || colors !== undefined) && !lossless
      ? pipeline.png({
          palette: true,
          quality,
          progressive,
          effort: Math.min(10, (effort ?? 4) + 1),
          ...given('colours', colors),
        })
      : pipeline.png({ progressive, ...given('compressionLevel', effort) }),
  // sharp takes no quality of 0; libwebp has the same step up to 19
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
    pipeline.gif({ effort: effort + 1, progressive, ...given('colours', colors) }),
  tiff: (pipeline, { quality, lossless }) =>
    quality !== undefined && !lossless
      ? pipeline.tiff({ compression: 'jpeg', quality })
      : pipeline.tiff({ compression: 'lzw', predictor: 'horizontal' }),
}

/** Adds the output's encoder to the last pass. */
export function applyEncoder(pipeline: Sharp, format: NativeFormat, settings: OutputSettings): Sharp {
  const { quality, ...rest } = settings
  return encoders[format](pipeline, typeof quality === 'number' ? { ...rest, quality } : rest)
}
