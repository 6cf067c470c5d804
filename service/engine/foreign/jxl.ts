import decode, { init as initDecoder } from '@jsquash/jxl/decode.js'
import encode, { init as initEncoder } from '@jsquash/jxl/encode.js'
import type { DecodedPage, DecodedPixels, PageRequest } from './decoded-page.ts'
import { readJxlSize } from './jxl-size.ts'
import { assertPageExists, assertSize, undecodableFile } from './page-limits.ts'
import { instantiateWasm } from './webassembly.ts'

/** Decodes a JPEG XL file: the first frame, with its orientation applied, converted to sRGB. */
export async function decodeJxl(
  file: Uint8Array,
  { page, maxPixels }: PageRequest,
  module: WebAssembly.Module,
): Promise<DecodedPage> {
  assertPageExists(page, 1)
  const size = readJxlSize(file)
  assertSize(size.width, size.height, maxPixels)
  await initDecoder({ instantiateWasm: instantiateWasm(module) })
  // the binding accepts views, and does not report why it fails
  const pixels = await decode(file as unknown as ArrayBuffer).catch(() => undefined)
  if (pixels === undefined) throw undecodableFile('the JPEG XL data is damaged or truncated')
  const { width, height, data } = pixels
  // a file may contain two headers, and the decoder may use another one than `readJxlSize`
  assertSize(width, height, maxPixels)
  return {
    content: { width, height, channels: 4, data: new Uint8Array(data.buffer, data.byteOffset, data.length) },
    pages: 1,
  }
}

/** JPEG XL encoder settings. */
export interface JxlSettings {
  /** 1–100. */
  readonly quality: number
  /** 1 (fastest) to 9 (smallest). */
  readonly effort: number
  readonly lossless: boolean
  readonly progressive: boolean
}

/** Encodes RGBA pixels as JPEG XL. */
export async function encodeJxl(
  { width, height, data }: DecodedPixels,
  settings: JxlSettings,
  module: WebAssembly.Module,
): Promise<Uint8Array> {
  await initEncoder({ instantiateWasm: instantiateWasm(module) })
  const pixels = { width, height, data: new Uint8ClampedArray(data.buffer, data.byteOffset, data.length) }
  const { lossless, quality } = settings
  return new Uint8Array(await encode(pixels, { ...settings, quality: lossless ? 100 : quality }))
}
